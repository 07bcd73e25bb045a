/* Blocking file work, done at start and at a change of config only: never while a call waits for it. */
#include "gateway/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

static bool
read_all(int fd, char *bytes, size_t capacity, size_t *out_length)
{
    size_t length = 0;
    while (length < capacity) {
        ssize_t got = read(fd, bytes + length, capacity - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    *out_length = length;
    return true;
}

static bool
write_all(int fd, struct text contents)
{
    while (contents.length > 0) {
        ssize_t put = write(fd, contents.bytes, contents.length);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        contents = text_slice(contents, (size_t)put, contents.length);
    }
    return true;
}

bool
state_file_read(struct arena *arena, const char *path, size_t max_bytes, struct text *out_contents,
                struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_set_errno(err, errno, "opening %s", path);

    struct stat status;
    bool is_good = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= (off_t)max_bytes;
    if (!is_good) {
        close(fd);
        return error_set(err, ERROR_INVALID, "%s is not a file of at most %zu bytes", path, max_bytes);
    }
    size_t capacity = (size_t)status.st_size;
    char *bytes = arena_alloc_raw(arena, capacity);
    bool is_read = read_all(fd, bytes, capacity, &capacity);
    int why = errno;
    close(fd);
    if (!is_read)
        return error_set_errno(err, why, "reading %s", path);
    *out_contents = (struct text){bytes, capacity};
    return true;
}

static bool
sync_folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash ? text_c_string(arena, (struct text){path, (size_t)(slash - path) + 1}) : ".";
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool is_synced = fsync(fd) == 0;
    close(fd);
    return is_synced;
}

bool
state_file_replace(struct arena *arena, const char *path, struct text contents, struct error *err)
{
    const char *beside = text_c_string(arena, text_format(arena, "%s.new", path));
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(err, errno, "making %s", beside);

    bool is_written = write_all(fd, contents) && fdatasync(fd) == 0;
    int why = errno;
    close(fd);
    if (is_written && rename(beside, path) == 0 && sync_folder_of(arena, path))
        return true;
    if (is_written)
        why = errno;
    unlink(beside);
    return error_set_errno(err, why, "writing %s", path);
}

bool
state_file_make_folder(struct arena *arena, const char *path, struct error *err)
{
    char *partial = text_c_string(arena, text_of(path));
    for (char *at = partial + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char kept = *at;
        *at = '\0';
        if (mkdir(partial, 0700) != 0 && errno != EEXIST)
            return error_set_errno(err, errno, "making the folder %s", partial);
        *at = kept;
        if (kept == '\0')
            return true;
    }
}
