/* Any bytes as a watch's stream and as a List page, in pieces of any size: what comes out does not depend on
 * the cuts, and the lines are those of a plain split. */
#include <assert.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "operator/kube/kube_lines.h"
#include "operator/kube/kube_scan_event.h"
#include "operator/kube/kube_scan_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void
read_line(struct arena *arena, struct text line)
{
    enum kube_line_type type;
    struct text object;
    struct kube_bookmark bookmark;
    struct kube_status status;
    if (!kube_scan_event(line, &type, &object, NULL))
        return;
    assert(object.bytes > line.bytes && object.bytes + object.length < line.bytes + line.length);
    if (kube_scan_bookmark(arena, object, &bookmark, NULL))
        assert(bookmark.version.length > 0);
    kube_scan_status(arena, object, &status);
}

static struct text
framed(struct arena *arena, struct text stream, size_t piece_bytes)
{
    struct kube_lines lines;
    struct buffer out;
    kube_lines_init(&lines, arena);
    buffer_init(&out, arena, 0);
    for (size_t at = 0; at < stream.length; at += piece_bytes) {
        struct text piece = text_slice(stream, at, at + piece_bytes), line;
        while (kube_lines_next(&lines, &piece, &line) == KUBE_LINE_WHOLE) {
            read_line(arena, line);
            buffer_add_text(&out, line);
            buffer_add_byte(&out, '\n');
        }
    }
    return buffer_text(&out);
}

static bool
is_chunk_size(struct text line)
{
    size_t digits = 0;
    while (digits < line.length && line.bytes[digits] && strchr("0123456789abcdefABCDEF", line.bytes[digits]))
        digits++;
    return digits > 0 && digits <= 8 && (digits == line.length || line.bytes[digits] == ';');
}

static struct text
split(struct arena *arena, struct text stream)
{
    struct buffer out;
    buffer_init(&out, arena, 0);
    for (ptrdiff_t end; (end = text_find_byte(stream, '\n')) >= 0;
         stream = text_slice(stream, (size_t)end + 1, stream.length)) {
        struct text line = text_trim(text_slice(stream, 0, (size_t)end));
        if (line.length == 0 || is_chunk_size(line))
            continue;
        buffer_add_text(&out, line);
        buffer_add_byte(&out, '\n');
    }
    return buffer_text(&out);
}

/* Its items and how it ended; the same text for the same page. */
static struct text
listed(struct arena *arena, struct text page, size_t piece_bytes)
{
    struct kube_scan_list list;
    struct buffer out;
    kube_scan_list_init(&list, arena);
    buffer_init(&out, arena, 0);
    for (size_t at = 0; at < page.length; at += piece_bytes) {
        struct text piece = text_slice(page, at, at + piece_bytes), item;
        enum kube_list_step step;
        while ((step = kube_scan_list_next(&list, &piece, &item)) == KUBE_LIST_ITEM) {
            assert(item.length >= 2 && item.bytes[0] == '{');
            buffer_add_text(&out, item);
            buffer_add_byte(&out, '\n');
        }
        if (step == KUBE_LIST_BROKEN) {
            buffer_add_string(&out, "broken");
            return buffer_text(&out);
        }
    }
    struct kube_list_page end;
    if (kube_scan_list_end(&list, arena, &end, NULL))
        buffer_print(&out, "whole %.*s %.*s", TEXT_ARG(end.version), TEXT_ARG(end.continue_token));
    return buffer_text(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return 0;
    struct arena *arena = arena_new(0);
    size_t piece_bytes = bytes[0] ? bytes[0] : 1;
    struct text stream = {(const char *)bytes + 1, length - 1};
    assert(text_equals(framed(arena, stream, piece_bytes), split(arena, stream)));
    size_t at_once = stream.length > 0 ? stream.length : 1;
    assert(text_equals(listed(arena, stream, piece_bytes), listed(arena, stream, at_once)));
    arena_free(arena);
    return 0;
}
