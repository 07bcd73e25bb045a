/* Lines to notes. The first blank line of a note stands before its signatures, the second one behind it. */
#include "api/audit/audit_checkpoint_reader.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/line_reader.h"

enum { LINE_BYTES = 16384, SCRATCH_BYTES = 16384, HEAD_LINES = 3 };

/* What was read of a note so far. */
struct gathered {
    size_t lines; /* before its blank one */
    bool has_blank, has_signature;
};

struct audit_checkpoint_reader {
    struct line_reader *lines;
    struct arena *scratch; /* what one checkpoint's signatures decode to */
    struct buffer note;
    uint64_t number;
};

static bool gather(struct audit_checkpoint_reader *reader, struct audit_noted *noted, struct error *err);

static void
free_scratch(void *owner)
{
    arena_free(owner);
}

bool
audit_checkpoint_reader_open(struct arena *arena, const char *path,
                             struct audit_checkpoint_reader **out_reader, struct error *err)
{
    struct audit_checkpoint_reader *reader = arena_alloc(arena, sizeof(*reader));
    if (!line_reader_open(arena, path, LINE_BYTES, &reader->lines, err))
        return false;
    reader->scratch = arena_new(SCRATCH_BYTES);
    arena_defer(arena, free_scratch, reader->scratch);
    buffer_init(&reader->note, arena, 1024);
    *out_reader = reader;
    return true;
}

bool
audit_checkpoint_reader_next(struct audit_checkpoint_reader *reader, struct audit_noted *out_noted,
                             struct error *err)
{
    *out_noted = (struct audit_noted){.number = ++reader->number};
    reader->note.length = 0;
    arena_reset(reader->scratch);
    err->kind = ERROR_NONE;
    return gather(reader, out_noted, err) &&
           audit_checkpoint_parse(reader->scratch, buffer_text(&reader->note), &out_noted->checkpoint, err);
}

/* Whether the file's last lines can be the beginning of a note of ours whose writing was stopped: three
 * lines, a blank one, signatures. What is anything else was not left by a crash. */
static bool
is_beginning(const struct gathered *gathered, struct text piece)
{
    struct text start = TEXT(AUDIT_SIGNATURE_START);
    if (!gathered->has_blank)
        return gathered->lines + (piece.length > 0) <= HEAD_LINES;
    return gathered->lines == HEAD_LINES &&
           (text_starts_with(piece, start) || text_starts_with(start, piece));
}

static bool
refuse_end(const struct gathered *gathered, struct text piece, struct audit_noted *noted, struct error *err)
{
    noted->is_cut = is_beginning(gathered, piece);
    return error_set(err, ERROR_INVALID, "the file ends in the middle of it");
}

/* False at the end of the file, and when what is there cannot be a note. */
static bool
gather(struct audit_checkpoint_reader *reader, struct audit_noted *noted, struct error *err)
{
    struct gathered gathered = {0};
    struct line line;
    while (line_reader_next(reader->lines, &line, err)) {
        noted->line = noted->line > 0 ? noted->line : line.number;
        noted->end_bytes = line.end;
        if (line.is_cut)
            return refuse_end(&gathered, line.text, noted, err);
        if (line.is_too_long || reader->note.length + line.text.length > AUDIT_CHECKPOINT_MAX_BYTES)
            return error_set(err, ERROR_INVALID, "it is too long");
        noted->is_last_line_blank = text_is_empty(line.text);
        if (noted->is_last_line_blank && gathered.has_blank)
            return true;
        gathered.has_signature = gathered.has_blank;
        gathered.has_blank = gathered.has_blank || noted->is_last_line_blank;
        gathered.lines += !gathered.has_blank;
        buffer_add_text(&reader->note, line.text);
        buffer_add_byte(&reader->note, '\n');
    }
    if (err->kind != ERROR_NONE || reader->note.length == 0)
        return false;
    return gathered.has_signature || refuse_end(&gathered, (struct text){0}, noted, err);
}
