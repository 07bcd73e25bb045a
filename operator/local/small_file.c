/* Small files, written by rename so that a reader sees the old or the new bytes, never half of either.
 *
 * Not synced to disk: what the operator keeps can be computed again after a power cut. */
#include "operator/local/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

enum { LONGEST_PATH = 4096 };

static bool write_all(int fd, struct text bytes);
static bool read_all(struct arena *arena, int fd, size_t most_bytes, struct text *out_bytes);

bool
small_file_write(const char *path, struct text bytes, mode_t mode, struct error *err)
{
    char temporary[LONGEST_PATH];
    int length = snprintf(temporary, sizeof(temporary), "%s.%d.new", path, (int)getpid());
    if (length < 0 || (size_t)length >= sizeof(temporary))
        return error_set(err, ERROR_INVALID, "the path %.200s... is too long", path);

    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return error_set_errno(err, errno, "writing %s", temporary);
    bool is_written = fchmod(fd, mode) == 0 && write_all(fd, bytes);
    int failure = errno;
    is_written = close(fd) == 0 && is_written;
    if (is_written && rename(temporary, path) == 0)
        return true;
    failure = is_written ? errno : failure;
    unlink(temporary);
    return error_set_errno(err, failure, "writing %s", path);
}

bool
small_file_read(struct arena *arena, const char *path, size_t most_bytes, struct text *out_bytes,
                struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return error_set_errno(err, errno, "reading %s", path);

    struct stat status;
    bool is_known = fstat(fd, &status) == 0, is_right = false;
    if (is_known && !S_ISREG(status.st_mode))
        error_set(err, ERROR_INVALID, "%s is not a regular file", path);
    else if (is_known && (uint64_t)status.st_size > most_bytes)
        error_set(err, ERROR_INVALID, "%s has %lld bytes, at most %zu are read", path,
                  (long long)status.st_size, most_bytes);
    else if (!is_known || !read_all(arena, fd, most_bytes, out_bytes))
        error_set_errno(err, errno, "reading %s", path);
    else
        is_right = true;
    close(fd);
    return is_right;
}

bool
small_file_make_folder(const char *path, mode_t mode, struct error *err)
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

static bool
write_all(int fd, struct text bytes)
{
    for (size_t at = 0; at < bytes.length;) {
        ssize_t written = write(fd, bytes.bytes + at, bytes.length - at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        at += (size_t)written;
    }
    return true;
}

/* The file may grow while it is read: one byte beyond the bound is enough to know. */
static bool
read_all(struct arena *arena, int fd, size_t most_bytes, struct text *out_bytes)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return false;
    size_t capacity = (size_t)status.st_size + 4096;
    char *bytes = arena_alloc_raw(arena, capacity);
    size_t length = 0;
    for (;;) {
        if (length == capacity) {
            char *larger = arena_alloc_raw(arena, capacity * 2);
            memcpy(larger, bytes, length);
            bytes = larger;
            capacity *= 2;
        }
        ssize_t got = read(fd, bytes + length, capacity - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        length += (size_t)got;
        if (length > most_bytes) {
            errno = EFBIG;
            return false;
        }
    }
    *out_bytes = (struct text){bytes, length};
    return true;
}
