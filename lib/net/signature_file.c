/* Private keys are created, never replaced, and read only where they are still private. */
#include "lib/net/signature_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/net/digest.h"

static bool write_new(const char *path, struct text pem, struct error *err);

bool
signature_file_save(const char *path, const struct signature_key *key, struct error *err)
{
    scoped_arena struct arena *scratch = arena_new(0);
    struct text pem = {0};
    if (!signature_key_print(scratch, key, &pem, err))
        return false;
    bool is_written = write_new(path, pem, err);
    digest_forget((char *)(uintptr_t)pem.bytes, pem.length); /* our own copy */
    return is_written;
}

static bool
write_new(const char *path, struct text pem, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == EEXIST)
        return error_set(err, ERROR_CONFLICT, "%s is there already and is not replaced", path);
    if (fd < 0)
        return error_set_errno(err, errno, "making %s", path);
    bool is_written = write(fd, pem.bytes, pem.length) == (ssize_t)pem.length && fsync(fd) == 0;
    int failure = errno;
    if (close(fd) != 0 && is_written) {
        failure = errno;
        is_written = false;
    }
    if (is_written)
        return true;
    unlink(path);
    return error_set_errno(err, failure, "writing %s", path);
}

bool
signature_file_load(struct arena *arena, const char *path, struct signature_key **out_key, struct error *err)
{
    scoped_arena struct arena *scratch = arena_new(0);
    struct stat status;
    struct text pem = {0};
    if (stat(path, &status) != 0)
        return error_set_errno(err, errno, "looking at %s", path);
    if (!file_read(scratch, path, SIGNATURE_MAX_PEM_BYTES, &pem, err))
        return false;
    if ((status.st_mode & S_IRWXO) != 0 && text_find(pem, TEXT("PRIVATE KEY-----")) >= 0)
        return error_set(err, ERROR_DENIED,
                         "%s holds a private key and everybody may open it: chmod 0600 it, and make a new "
                         "key if others could have read it",
                         path);
    bool is_read = signature_key_read(arena, pem, out_key, err);
    digest_forget((char *)(uintptr_t)pem.bytes, pem.length); /* our own copy */
    return is_read || error_context(err, "%s", path);
}

bool
signature_file_load_public(const char *path, struct signature_public_key *out_keys, size_t capacity,
                           size_t *out_count, struct error *err)
{
    scoped_arena struct arena *scratch = arena_new(0);
    struct text rest = {0};
    struct error why = {0};
    if (!file_read(scratch, path, SIGNATURE_MAX_PEM_BYTES, &rest, err))
        return false;
    *out_count = 0;
    while (*out_count < capacity && signature_public_read(&rest, &out_keys[*out_count], &why))
        (*out_count)++;
    if (*out_count == capacity && text_find(rest, TEXT("-----BEGIN")) >= 0)
        return error_set(err, ERROR_INVALID, "%s holds more than %zu keys", path, capacity);
    if (why.kind == ERROR_INVALID || *out_count == 0)
        return error_set(err, ERROR_INVALID, "%s: %s", path, why.message);
    return true;
}
