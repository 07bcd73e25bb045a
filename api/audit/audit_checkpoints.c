/* Opening, which reads everything once, and appending. */
#include "api/audit/audit_checkpoints.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "api/audit/audit_checkpoint_reader.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"

struct audit_checkpoints {
    struct audit_checkpoints_options options;
    int fd;
    struct merkle_head head;
    uint64_t count;
    bool needs_blank; /* the newest one has no blank line behind it */
    bool is_broken;   /* what stands at the end is not known */
};

static bool open_file(struct audit_checkpoints *checkpoints, struct error *err);
static bool read_all(struct audit_checkpoints *checkpoints, struct error *err);
static bool check(const struct audit_checkpoints *checkpoints, const struct audit_checkpoint *checkpoint,
                  struct error *err);
static bool write_note(struct audit_checkpoints *checkpoints, struct text note, struct error *err);

static void
close_file(void *owner)
{
    struct audit_checkpoints *checkpoints = owner;
    close(checkpoints->fd);
}

bool
audit_checkpoints_open(struct arena *arena, const struct audit_checkpoints_options *options,
                       struct audit_checkpoints **out_checkpoints, struct error *err)
{
    struct audit_checkpoints *checkpoints = arena_alloc(arena, sizeof(*checkpoints));
    checkpoints->options = *options;
    checkpoints->options.path = text_c_string(arena, text_of(options->path));
    checkpoints->options.origin = text_copy(arena, options->origin);
    checkpoints->head.root = merkle_tree_root(&(const struct merkle_tree){0});
    if (!open_file(checkpoints, err))
        return false;
    arena_defer(arena, close_file, checkpoints);
    if (!read_all(checkpoints, err))
        return false;
    *out_checkpoints = checkpoints;
    return true;
}

/* A new file is there for good, with its name in its folder, before anything is written to it. */
static bool
open_file(struct audit_checkpoints *checkpoints, struct error *err)
{
    const char *path = checkpoints->options.path;
    struct stat status;
    if (stat(path, &status) != 0 && errno == ENOENT && !file_write_atomic(path, (struct text){0}, 0644, err))
        return false;
    int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return error_set_errno(err, errno, "opening %s", path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return error_set(err, ERROR_CONFLICT, "%s is written by another program", path);
    }
    checkpoints->fd = fd;
    return true;
}

static bool
take(struct audit_checkpoints *checkpoints, const struct audit_noted *noted, struct error *err)
{
    if (!check(checkpoints, &noted->checkpoint, err))
        return false;
    checkpoints->head = noted->checkpoint.head;
    checkpoints->count++;
    checkpoints->needs_blank = !noted->is_last_line_blank;
    return true;
}

static bool
read_all(struct audit_checkpoints *checkpoints, struct error *err)
{
    scoped_arena struct arena *reading = arena_new(0);
    const char *path = checkpoints->options.path;
    struct audit_checkpoint_reader *reader = NULL;
    struct audit_noted noted;
    struct error why = {0};
    uint64_t whole_bytes = 0;
    if (!audit_checkpoint_reader_open(reading, path, &reader, err))
        return false;
    while (audit_checkpoint_reader_next(reader, &noted, &why) && take(checkpoints, &noted, &why))
        whole_bytes = noted.end_bytes;
    if (noted.is_cut && ftruncate(checkpoints->fd, (off_t)whole_bytes) != 0)
        return error_set_errno(err, errno, "taking the half written checkpoint off the end of %s", path);
    if (noted.is_cut || why.kind == ERROR_NONE)
        return true;
    return error_set(err, why.kind, "%s:%llu: checkpoint %llu: %s", path, (unsigned long long)noted.line,
                     (unsigned long long)noted.number, why.message);
}

/* What must be true of every one, read or to be written. */
static bool
check(const struct audit_checkpoints *checkpoints, const struct audit_checkpoint *checkpoint,
      struct error *err)
{
    scoped_arena struct arena *scratch = arena_new(0);
    const struct merkle_head *last = &checkpoints->head, *head = &checkpoint->head;
    size_t key;
    if (!text_equals(checkpoint->origin, checkpoints->options.origin))
        return error_set(err, ERROR_INVALID, "it is of another log, \"%.200s\"",
                         text_c_string(scratch, checkpoint->origin));
    if (!audit_checkpoint_verify(scratch, checkpoint, &checkpoints->options.keys, &key, err))
        return false;
    if (head->size < last->size)
        return error_set(err, ERROR_INVALID, "it states %llu rows, the one before it %llu",
                         (unsigned long long)head->size, (unsigned long long)last->size);
    if (head->size == last->size && !merkle_hash_equals(&head->root, &last->root))
        return error_set(err, ERROR_INVALID, "it states other rows than the one before it of the same size");
    return true;
}

struct merkle_head
audit_checkpoints_head(const struct audit_checkpoints *checkpoints)
{
    return checkpoints->head;
}

uint64_t
audit_checkpoints_count(const struct audit_checkpoints *checkpoints)
{
    return checkpoints->count;
}

bool
audit_checkpoints_append(struct audit_checkpoints *checkpoints, struct text note,
                         const struct merkle_proof *proof, struct error *err)
{
    scoped_arena struct arena *scratch = arena_new(0);
    struct audit_checkpoint checkpoint;
    if (checkpoints->is_broken)
        return error_set(err, ERROR_UNAVAILABLE, "%s could not be written before: it must be opened again",
                         checkpoints->options.path);
    if (!audit_checkpoint_parse(scratch, note, &checkpoint, err) || !check(checkpoints, &checkpoint, err))
        return error_context(err, "the new checkpoint is refused");
    if (!merkle_proves_consistency(proof, &checkpoints->head, &checkpoint.head))
        return error_set(
            err, ERROR_INVALID,
            "the new checkpoint is refused: its %llu rows do not begin with the %llu of the one before",
            (unsigned long long)checkpoint.head.size, (unsigned long long)checkpoints->head.size);
    if (checkpoints->count > 0 && checkpoint.head.size == checkpoints->head.size)
        return true;
    if (!write_note(checkpoints, note, err))
        return false;
    checkpoints->head = checkpoint.head;
    checkpoints->count++;
    checkpoints->needs_blank = false;
    return true;
}

/* In one write, so that a crash leaves half of it at worst, which is seen when it is opened again. */
static bool
write_note(struct audit_checkpoints *checkpoints, struct text note, struct error *err)
{
    scoped_arena struct arena *scratch = arena_new(0);
    struct text bytes =
        text_format(scratch, "%s%.*s\n", checkpoints->needs_blank ? "\n" : "", TEXT_ARG(note));
    errno = ENOSPC; /* what a write that stopped half way means */
    checkpoints->is_broken = write(checkpoints->fd, bytes.bytes, bytes.length) != (ssize_t)bytes.length ||
                             fdatasync(checkpoints->fd) != 0;
    return !checkpoints->is_broken || error_set_errno(err, errno, "writing %s", checkpoints->options.path);
}
