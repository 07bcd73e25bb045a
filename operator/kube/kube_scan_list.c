/* A List page as a machine over bytes: only strings and brackets mean something here. */
#include "operator/kube/kube_scan_list.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json_scan.h"

enum { KEPT_BYTES = 64 * 1024 };

static bool take_frame(struct kube_scan_list *list, struct text *piece);
static bool find_item(struct kube_scan_list *list, struct text *piece);
static enum kube_list_step take_item(struct kube_scan_list *list, struct text *piece, struct text *out_item);

static void
release(void *owner)
{
    arena_free(owner);
}

void
kube_scan_list_init(struct kube_scan_list *list, struct arena *arena)
{
    struct arena *own = arena_new(0);
    arena_defer(arena, release, own);
    list->arena = own;
    kube_scan_list_reset(list);
}

void
kube_scan_list_reset(struct kube_scan_list *list)
{
    struct arena *own = list->arena;
    arena_reset(own);
    *list = (struct kube_scan_list){.arena = own};
    buffer_init(&list->frame, own, 0);
    buffer_init(&list->item, own, 0);
}

/* What was handed out is no longer needed. */
static void
drop_item(struct kube_scan_list *list)
{
    list->is_handed_out = false;
    list->item.length = 0;
    if (list->item.capacity <= KEPT_BYTES)
        return;
    struct arena *own = list->arena;
    struct arena *fresh = arena_new(0);
    struct text frame = text_copy(fresh, buffer_text(&list->frame));
    arena_reset(own);
    buffer_init(&list->frame, own, frame.length);
    buffer_add_text(&list->frame, frame);
    buffer_init(&list->item, own, 0);
    arena_free(fresh);
}

enum kube_list_step
kube_scan_list_next(struct kube_scan_list *list, struct text *piece, struct text *out_item)
{
    if (list->is_handed_out)
        drop_item(list);
    while (piece->length > 0) {
        if (list->place == KUBE_LIST_IN_ITEM)
            return take_item(list, piece, out_item);
        bool is_sound = list->place == KUBE_LIST_FRAME ? take_frame(list, piece) : find_item(list, piece);
        if (!is_sound)
            return KUBE_LIST_BROKEN;
    }
    return KUBE_LIST_NEEDS_MORE;
}

/* One byte further in strings and brackets. */
static void
follow(struct kube_scan_list *list, char byte)
{
    if (list->is_in_string) {
        bool is_closing = byte == '"' && !list->is_after_backslash;
        list->is_after_backslash = byte == '\\' && !list->is_after_backslash;
        list->is_in_string = !is_closing;
        return;
    }
    list->is_in_string = byte == '"';
    list->depth += byte == '{' || byte == '[';
    list->depth -= (byte == '}' || byte == ']') && list->depth > 0;
}

/* The frame ends in a key "items" and its colon. */
static bool
stands_at_items(const struct kube_scan_list *list)
{
    struct text frame = text_trim(buffer_text(&list->frame));
    if (list->depth != 1 || list->is_in_string || !text_ends_with(frame, TEXT(":")))
        return false;
    return text_ends_with(text_trim(text_slice(frame, 0, frame.length - 1)), TEXT("\"items\""));
}

static bool
take_frame(struct kube_scan_list *list, struct text *piece)
{
    for (size_t at = 0; at < piece->length; at++) {
        char byte = piece->bytes[at];
        bool is_items = byte == '[' && stands_at_items(list);
        if (list->frame.length == KUBE_LIST_FRAME_MAX_BYTES)
            return false;
        buffer_add_byte(&list->frame, byte);
        if (is_items) {
            list->place = KUBE_LIST_BETWEEN_ITEMS;
            *piece = text_slice(*piece, at + 1, piece->length);
            return true;
        }
        follow(list, byte);
    }
    *piece = (struct text){0};
    return true;
}

static bool
find_item(struct kube_scan_list *list, struct text *piece)
{
    size_t at = 0;
    while (at < piece->length && piece->bytes[at] && strchr(" \t\r\n,", piece->bytes[at]))
        at++;
    *piece = text_slice(*piece, at, piece->length);
    if (piece->length == 0)
        return true;
    if (piece->bytes[0] == '{') {
        list->place = KUBE_LIST_IN_ITEM;
        list->depth = 0;
        return true;
    }
    list->place = KUBE_LIST_FRAME; /* it must be the closing bracket */
    list->depth = 2;
    return piece->bytes[0] == ']';
}

static enum kube_list_step
take_item(struct kube_scan_list *list, struct text *piece, struct text *out_item)
{
    size_t at = 0;
    do
        follow(list, piece->bytes[at++]);
    while (at < piece->length && list->depth > 0);

    struct text part = text_slice(*piece, 0, at);
    *piece = text_slice(*piece, at, piece->length);
    if (list->item.length + part.length > KUBE_ITEM_MAX_BYTES)
        return KUBE_LIST_BROKEN;
    bool is_whole = list->depth == 0;
    if (is_whole)
        list->place = KUBE_LIST_BETWEEN_ITEMS;
    if (is_whole && list->item.length == 0) {
        *out_item = part;
        return KUBE_LIST_ITEM;
    }
    buffer_add_text(&list->item, part);
    *out_item = buffer_text(&list->item);
    list->is_handed_out = is_whole;
    return is_whole ? KUBE_LIST_ITEM : KUBE_LIST_NEEDS_MORE;
}

bool
kube_scan_list_end(const struct kube_scan_list *list, struct arena *scratch, struct kube_list_page *out_page,
                   struct error *err)
{
    struct json_field fields[] = {
        {.path = "metadata.resourceVersion"}, {.path = "metadata.continue"}, {.path = "items"}};
    if (list->place != KUBE_LIST_FRAME || list->frame.length == 0)
        return error_set(err, ERROR_INVALID, "a list that ends before its end");
    if (!json_scan(buffer_text(&list->frame), fields, COUNT_OF(fields), err))
        return error_context(err, "a list without its items");
    out_page->version = json_scan_string(scratch, fields[0].raw);
    out_page->continue_token = json_scan_string(scratch, fields[1].raw);
    if (fields[2].kind != JSON_ARRAY && fields[2].kind != JSON_NULL)
        return error_set(err, ERROR_INVALID, "a list without items");
    return out_page->version.length > 0 || error_set(err, ERROR_INVALID, "a list without resourceVersion");
}
