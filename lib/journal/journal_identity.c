/* Written beside its place, synced, renamed: a reader finds a whole id or none. */
#include "lib/journal/journal_identity.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/id.h"

static const char file_name[] = "id", new_name[] = "id.new";

static bool take_id(struct arena *arena, int fd, struct text *out_id, struct error *err);
static bool make_id(struct arena *arena, int folder_fd, struct text *out_id, struct error *err);

bool
journal_identity_open(struct arena *arena, int folder_fd, struct text *out_id, struct error *err)
{
    int fd = openat(folder_fd, file_name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return make_id(arena, folder_fd, out_id, err) || error_context(err, "making the journal's id");
    if (fd < 0)
        return error_set_errno(err, errno, "opening the journal's id");
    bool is_read = take_id(arena, fd, out_id, err);
    close(fd);
    return is_read;
}

static bool
take_id(struct arena *arena, int fd, struct text *out_id, struct error *err)
{
    char id[ID_ULID_LENGTH + 1];
    ssize_t length = read(fd, id, sizeof(id));
    if (length < 0)
        return error_set_errno(err, errno, "reading the journal's id");
    if (length != ID_ULID_LENGTH)
        return error_set(err, ERROR_INVALID,
                         "the journal's file \"id\" has %zd bytes, not the %d of an id: was it edited?",
                         length, ID_ULID_LENGTH);
    *out_id = text_copy(arena, (struct text){id, ID_ULID_LENGTH});
    return true;
}

static bool
make_id(struct arena *arena, int folder_fd, struct text *out_id, struct error *err)
{
    char id[ID_ULID_LENGTH];
    id_ulid(id, clock_unix_ms());
    int fd = openat(folder_fd, new_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(err, errno, "making its file");
    bool is_written = write(fd, id, sizeof(id)) == (ssize_t)sizeof(id) && fsync(fd) == 0;
    int why = errno;
    close(fd);
    if (!is_written)
        return error_set_errno(err, why, "writing its file");
    if (renameat(folder_fd, new_name, folder_fd, file_name) < 0 || fsync(folder_fd) < 0)
        return error_set_errno(err, errno, "putting it in its place");
    *out_id = text_copy(arena, (struct text){id, sizeof(id)});
    return true;
}
