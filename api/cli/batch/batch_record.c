/* Two append-only files and a bit a line. */
#include "api/cli/batch/batch_record.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "api/cli/batch/batch_line.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/line_reader.h"

struct record_file {
    const char *path;
    int fd; /* -1: not open */
    int64_t count;
    bool is_dirty;
};

struct batch_record {
    const struct batch_index *index;
    uint64_t *done;
    struct record_file output, errors;
};

static bool open_file(struct batch_record *record, struct record_file *file, struct error *err);
static bool make_folder_of(const char *path, struct error *err);
static bool load(struct batch_record *record, struct record_file *file, struct error *err);
static bool take_answer(struct batch_record *record, const struct record_file *file, const struct line *line,
                        struct error *err);
static bool sync_file(struct record_file *file, struct error *err);
static void close_files(void *owner);

bool
batch_record_open(struct arena *arena, const struct batch_paths *paths, const struct batch_index *index,
                  struct batch_record **out_record, struct error *err)
{
    struct batch_record *record = arena_alloc(arena, sizeof(*record));
    *record = (struct batch_record){
        .index = index,
        .done = arena_alloc_array(arena, index->line_count / 64 + 1, sizeof(uint64_t)),
        .output = {.path = paths->output, .fd = -1},
        .errors = {.path = paths->errors, .fd = -1},
    };
    arena_defer(arena, close_files, record);
    if (!open_file(record, &record->output, err) || !open_file(record, &record->errors, err))
        return false;
    *out_record = record;
    return true;
}

static bool
open_file(struct batch_record *record, struct record_file *file, struct error *err)
{
    if (!make_folder_of(file->path, err))
        return false;
    file->fd = open(file->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file->fd < 0)
        return error_set_errno(err, errno, "opening %s", file->path);
    if (flock(file->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return error_set(err, ERROR_CONFLICT,
                         "%s is being written by another run; wait for its end, or give "
                         "this one its own --output",
                         file->path);
    return load(record, file, err);
}

static bool
make_folder_of(const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return true;
    scoped_arena struct arena *scratch = arena_new(0);
    char *folder = text_c_string(scratch, (struct text){path, (size_t)(slash - path)});
    return file_make_folders(folder, 0755, err);
}

static bool
load(struct batch_record *record, struct record_file *file, struct error *err)
{
    scoped_arena struct arena *reading = arena_new(0);
    struct line_reader *reader = NULL;
    struct line line;
    uint64_t whole_bytes = 0;
    bool is_cut = false;
    if (!line_reader_open(reading, file->path, BATCH_LINE_MAX_BYTES, &reader, err))
        return false;
    err->kind = ERROR_NONE;
    while (!is_cut && line_reader_next(reader, &line, err)) {
        is_cut = line.is_cut;
        if (is_cut)
            continue;
        whole_bytes = line.end;
        if (text_trim(line.text).length > 0 && !line.is_too_long && !take_answer(record, file, &line, err))
            return false;
        file->count += text_trim(line.text).length > 0;
    }
    if (err->kind != ERROR_NONE)
        return false;
    if (is_cut && ftruncate(file->fd, (off_t)whole_bytes) != 0)
        return error_set_errno(err, errno, "taking the cut last line off %s", file->path);
    return true;
}

static bool
take_answer(struct batch_record *record, const struct record_file *file, const struct line *line,
            struct error *err)
{
    scoped_arena struct arena *scratch = arena_new(0);
    const struct batch_index *index = record->index;
    uint64_t number = 0;
    struct text custom_id;
    if (!batch_line_read_answer(scratch, line->text, &number, &custom_id))
        return error_set(err, ERROR_INVALID,
                         "%s:%llu is no answer that weir batch wrote; give --output a file of its own",
                         file->path, (unsigned long long)line->number);
    if (number > index->line_count || index->hashes[number - 1] != batch_index_hash(custom_id))
        return error_set(err, ERROR_INVALID,
                         "%s:%llu answers \"%.*s\" in line %llu, but the input has another line there; give "
                         "another input another --output",
                         file->path, (unsigned long long)line->number, TEXT_ARG(custom_id),
                         (unsigned long long)number);
    if (bit_is_set(record->done, number - 1))
        return error_set(err, ERROR_INVALID, "%s:%llu answers line %llu a second time", file->path,
                         (unsigned long long)line->number, (unsigned long long)number);
    bit_set(record->done, number - 1);
    return true;
}

bool
batch_record_is_done(const struct batch_record *record, uint64_t line_number)
{
    return bit_is_set(record->done, line_number - 1);
}

bool
batch_record_add(struct batch_record *record, uint64_t line_number, bool has_failed, struct text text,
                 struct error *err)
{
    struct record_file *file = has_failed ? &record->errors : &record->output;
    file->is_dirty = true;
    while (text.length > 0) {
        ssize_t written = write(file->fd, text.bytes, text.length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_set_errno(err, errno, "writing %s", file->path);
        text = text_slice(text, (size_t)written, text.length);
    }
    file->count++;
    bit_set(record->done, line_number - 1);
    return true;
}

bool
batch_record_sync(struct batch_record *record, struct error *err)
{
    return sync_file(&record->output, err) && sync_file(&record->errors, err);
}

static bool
sync_file(struct record_file *file, struct error *err)
{
    if (file->is_dirty && fdatasync(file->fd) != 0)
        return error_set_errno(err, errno, "writing %s to disk", file->path);
    file->is_dirty = false;
    return true;
}

int64_t
batch_record_succeeded(const struct batch_record *record)
{
    return record->output.count;
}

int64_t
batch_record_failed(const struct batch_record *record)
{
    return record->errors.count;
}

static void
close_files(void *owner)
{
    struct batch_record *record = owner;
    const int fds[] = {record->output.fd, record->errors.fd};
    for (size_t i = 0; i < COUNT_OF(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
}
