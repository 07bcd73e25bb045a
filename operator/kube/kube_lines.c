/* The framer: a line inside one piece is handed out where it lies, only a cut one is put together. */
#include "operator/kube/kube_lines.h"

#include "lib/base/arena.h"

enum { KEPT_BYTES = 64 * 1024, CHUNK_SIZE_MAX_DIGITS = 8 };

static bool take_line(struct kube_lines *lines, struct text *piece, struct text *out_line);

static void
release(void *owner)
{
    arena_free(owner);
}

void
kube_lines_init(struct kube_lines *lines, struct arena *arena)
{
    *lines = (struct kube_lines){.arena = arena_new(0)};
    arena_defer(arena, release, lines->arena);
    buffer_init(&lines->partial, lines->arena, 0);
}

void
kube_lines_reset(struct kube_lines *lines)
{
    arena_reset(lines->arena);
    buffer_init(&lines->partial, lines->arena, 0);
    lines->is_handed_out = false;
}

/* What was handed out is no longer needed. */
static void
drop_line(struct kube_lines *lines)
{
    if (lines->partial.capacity > KEPT_BYTES)
        kube_lines_reset(lines);
    lines->partial.length = 0;
    lines->is_handed_out = false;
}

static bool
is_chunk_size(struct text line)
{
    size_t digits = 0;
    while (digits < line.length && line.bytes[digits] && strchr("0123456789abcdefABCDEF", line.bytes[digits]))
        digits++;
    return digits > 0 && digits <= CHUNK_SIZE_MAX_DIGITS &&
           (digits == line.length || line.bytes[digits] == ';');
}

enum kube_line
kube_lines_next(struct kube_lines *lines, struct text *piece, struct text *out_line)
{
    if (lines->is_handed_out)
        drop_line(lines);
    while (piece->length > 0) {
        struct text line;
        bool is_whole = take_line(lines, piece, &line);
        if (line.length > KUBE_LINE_MAX_BYTES)
            return KUBE_LINE_TOO_LONG;
        if (!is_whole)
            return KUBE_LINE_NEEDS_MORE;
        line = text_trim(line);
        if (line.length > 0 && !is_chunk_size(line)) {
            lines->is_handed_out = lines->partial.length > 0;
            *out_line = line;
            return KUBE_LINE_WHOLE;
        }
        drop_line(lines);
    }
    return KUBE_LINE_NEEDS_MORE;
}

/* Up to the next line end or the end of the piece; the line so far is at *out_line, and over the bound
 * nothing is copied any more. */
static bool
take_line(struct kube_lines *lines, struct text *piece, struct text *out_line)
{
    ptrdiff_t found = text_find_byte(*piece, '\n');
    size_t length = found >= 0 ? (size_t)found : piece->length;
    struct text head = text_slice(*piece, 0, length);
    *piece = text_slice(*piece, found >= 0 ? length + 1 : length, piece->length);

    *out_line = head;
    out_line->length += lines->partial.length;
    if (out_line->length > KUBE_LINE_MAX_BYTES)
        return false;
    if (found >= 0 && lines->partial.length == 0)
        return true;
    buffer_add_text(&lines->partial, head);
    *out_line = buffer_text(&lines->partial);
    return found >= 0;
}
