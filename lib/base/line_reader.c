/* One buffer that grows to the longest line. Lines longer than the bound are passed over, not kept. */
#include "lib/base/line_reader.h"

#include <errno.h>
#include <fcntl.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

enum { FIRST_BYTES = 64 * 1024 };

struct line_reader {
    struct arena *arena;
    const char *path;
    int fd;
    char *bytes;
    size_t start, end, capacity; /* what was read and not yet given out */
    size_t max_line_bytes;
    uint64_t number, offset; /* offset of `start` in the file */
    bool is_at_end;
};

static bool fill(struct line_reader *reader, struct error *err);
static bool pass_over(struct line_reader *reader, struct line *line, struct error *err);
static void close_file(void *owner);

bool
line_reader_open(struct arena *arena, const char *path, size_t max_line_bytes,
                 struct line_reader **out_reader, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "opening %s", path);
    struct line_reader *reader = arena_alloc(arena, sizeof(*reader));
    *reader = (struct line_reader){.arena = arena, .path = path, .fd = fd, .max_line_bytes = max_line_bytes};
    reader->capacity = max_line_bytes < FIRST_BYTES ? max_line_bytes + 1 : FIRST_BYTES;
    reader->bytes = arena_alloc_raw(arena, reader->capacity);
    arena_defer(arena, close_file, reader);
    *out_reader = reader;
    return true;
}

bool
line_reader_next(struct line_reader *reader, struct line *out_line, struct error *err)
{
    size_t searched = 0;
    *out_line = (struct line){.number = ++reader->number};
    for (;;) {
        const char *from = reader->bytes + reader->start;
        size_t there = reader->end - reader->start;
        const char *found = memchr(from + searched, '\n', there - searched);
        size_t length = found ? (size_t)(found - from) : there;
        if (!found && !reader->is_at_end && there <= reader->max_line_bytes) {
            searched = there;
            if (!fill(reader, err))
                return false;
            continue;
        }
        if (!found && reader->is_at_end && there == 0)
            return false;
        if (length > reader->max_line_bytes)
            return pass_over(reader, out_line, err);
        out_line->text = (struct text){from, length};
        out_line->is_cut = !found && reader->is_at_end;
        reader->start += length + (found ? 1 : 0);
        reader->offset += length + (found ? 1 : 0);
        out_line->end = reader->offset;
        return true;
    }
}

/* Makes room at the end, by moving what is there to the front or by growing, and reads once. */
static bool
fill(struct line_reader *reader, struct error *err)
{
    size_t there = reader->end - reader->start;
    if (reader->start > 0) {
        memmove(reader->bytes, reader->bytes + reader->start, there);
    } else if (there == reader->capacity) {
        char *grown = arena_alloc_raw(reader->arena, reader->capacity * 2);
        memcpy(grown, reader->bytes, there);
        reader->bytes = grown;
        reader->capacity *= 2;
    }
    reader->start = 0;
    reader->end = there;
    ssize_t got = read(reader->fd, reader->bytes + there, reader->capacity - there);
    if (got < 0)
        return error_set_errno(err, errno, "reading %s", reader->path);
    reader->end += (size_t)got;
    reader->is_at_end = got == 0;
    return true;
}

/* To the end of a line of which only the beginning is kept. */
static bool
pass_over(struct line_reader *reader, struct line *line, struct error *err)
{
    enum { SHOWN = 256 };
    size_t read_bytes = reader->end - reader->start;
    struct text read_text = {reader->bytes + reader->start, read_bytes};
    line->is_too_long = true;
    line->text = text_copy(reader->arena, text_slice(read_text, 0, SHOWN));
    for (;;) {
        const char *from = reader->bytes + reader->start;
        size_t there = reader->end - reader->start;
        const char *found = memchr(from, '\n', there);
        size_t taken = found ? (size_t)(found - from) + 1 : there;
        reader->start += taken;
        reader->offset += taken;
        line->end = reader->offset;
        if (found || reader->is_at_end)
            return true;
        if (!fill(reader, err))
            return false;
    }
}

static void
close_file(void *owner)
{
    struct line_reader *reader = owner;
    close(reader->fd);
}
