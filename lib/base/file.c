/* Reading and replacing files in one piece. Nothing here walks folders or watches them. */
#include "lib/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

enum { FIRST_BYTES = 4096 };

static bool
read_all(struct arena *arena, int fd, size_t file_bytes, size_t max_bytes, struct text *out_bytes);
static bool write_all(int fd, struct text bytes);
static bool write_beside(const char *path, const char *beside, struct text bytes, mode_t mode);
static bool sync_folder_of(const char *path);

bool
file_read(struct arena *arena, const char *path, size_t max_bytes, struct text *out_bytes, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a pipe must not hold us up */
    if (fd < 0)
        return error_set_errno(err, errno, "reading %s", path);

    struct stat status;
    bool is_known = fstat(fd, &status) == 0, is_right = false;
    if (is_known && !S_ISREG(status.st_mode))
        error_set(err, ERROR_INVALID, "%s is not a regular file", path);
    else if (is_known && (uint64_t)status.st_size > max_bytes)
        error_set(err, ERROR_INVALID, "%s has %lld bytes, at most %zu are read", path,
                  (long long)status.st_size, max_bytes);
    else if (!is_known || !read_all(arena, fd, (size_t)status.st_size, max_bytes, out_bytes))
        error_set_errno(err, errno, "reading %s", path);
    else
        is_right = true;
    close(fd);
    return is_right;
}

bool
file_write_atomic(const char *path, struct text bytes, mode_t mode, struct error *err)
{
    char beside[PATH_MAX];
    int length = snprintf(beside, sizeof(beside), "%s.%d.new", path, (int)getpid());
    if (length < 0 || (size_t)length >= sizeof(beside))
        return error_set(err, ERROR_INVALID, "the path %.200s... is too long", path);
    if (!write_beside(path, beside, bytes, mode)) {
        int failure = errno;
        unlink(beside);
        return error_set_errno(err, failure, "writing %s", path);
    }
    if (!sync_folder_of(path))
        return error_set_errno(err, errno, "syncing the folder of %s", path);
    return true;
}

bool
file_make_folder(const char *path, mode_t mode, struct error *err)
{
    if (mkdir(path, mode) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "making the folder %s", path);
    struct stat status;
    if (lstat(path, &status) != 0)
        return error_set_errno(err, errno, "looking at %s", path);
    if (!S_ISDIR(status.st_mode))
        return error_set(err, ERROR_INVALID, "%s is in the way: it is not a folder", path);
    if ((status.st_mode & 07777) != mode && chmod(path, mode) != 0)
        return error_set_errno(err, errno, "setting the mode of %s", path);
    return true;
}

bool
file_make_folders(const char *path, mode_t mode, struct error *err)
{
    char partial[PATH_MAX];
    if (strlen(path) >= sizeof(partial))
        return error_set(err, ERROR_INVALID, "the path %.200s... is too long", path);
    for (size_t at = 1; path[0] != '\0'; at++) {
        if (path[at] != '/' && path[at] != '\0')
            continue;
        memcpy(partial, path, at);
        partial[at] = '\0';
        if (mkdir(partial, mode) != 0 && errno != EEXIST)
            return error_set_errno(err, errno, "making the folder %s", partial);
        if (path[at] == '\0')
            break;
    }
    return true;
}

/* The file may grow while it is read, and those in /proc say that they are empty: read to the end, whatever
 * its size was. */
static bool
read_all(struct arena *arena, int fd, size_t file_bytes, size_t max_bytes, struct text *out_bytes)
{
    size_t capacity = file_bytes > 0 ? file_bytes + 1 : FIRST_BYTES, length = 0;
    char *bytes = arena_alloc_raw(arena, capacity);
    for (;;) {
        ssize_t got = read(fd, bytes + length, capacity - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        length += (size_t)got;
        if (length > max_bytes) {
            errno = EFBIG;
            return false;
        }
        if (length == capacity) {
            char *larger = arena_alloc_raw(arena, capacity * 2);
            memcpy(larger, bytes, length);
            bytes = larger;
            capacity *= 2;
        }
    }
    *out_bytes = (struct text){bytes, length};
    return true;
}

static bool
write_all(int fd, struct text bytes)
{
    while (bytes.length > 0) {
        ssize_t written = write(fd, bytes.bytes, bytes.length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes = text_slice(bytes, (size_t)written, bytes.length);
    }
    return true;
}

/* False with errno; what lies at beside then is nobody's. */
static bool
write_beside(const char *path, const char *beside, struct text bytes, mode_t mode)
{
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return false;
    bool is_written = fchmod(fd, mode) == 0 && write_all(fd, bytes) && fsync(fd) == 0;
    int failure = errno;
    if (close(fd) != 0 && is_written)
        return false;
    errno = failure;
    return is_written && rename(beside, path) == 0;
}

static bool
sync_folder_of(const char *path)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    if (slash) {
        size_t length = (size_t)(slash - path) + 1;
        memcpy(folder, path, length); /* shorter than the name beside path, which fitted */
        folder[length] = '\0';
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool is_synced = fsync(fd) == 0;
    int failure = errno;
    close(fd);
    errno = failure;
    return is_synced;
}
