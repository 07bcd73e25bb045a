/* Takes the items out of a List's JSON while it streams in; never holds more than one item and what stands
 * around the items. The items' JSON is not looked into: kube_scan_object does. */
#pragma once

#include <stdbool.h>

#include "lib/base/buffer.h"
#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

#define KUBE_ITEM_MAX_BYTES (16u * 1024 * 1024)
#define KUBE_LIST_FRAME_MAX_BYTES (64u * 1024) /* everything of a page that is not its items */

struct kube_scan_list {
    struct arena *arena; /* of its own: what a long item took is given back with the next */
    struct buffer frame; /* the page with its items left out: "items":[] */
    struct buffer item;  /* the beginning of an item whose end has not come */
    enum {
        KUBE_LIST_FRAME,         /* before or after the items */
        KUBE_LIST_BETWEEN_ITEMS, /* in the brackets of "items" */
        KUBE_LIST_IN_ITEM,
    } place;
    unsigned depth; /* containers open: in the frame of it, in an item of the item */
    bool is_in_string, is_after_backslash;
    bool is_handed_out; /* item is what the caller holds */
};

enum kube_list_step {
    KUBE_LIST_ITEM,
    KUBE_LIST_NEEDS_MORE, /* the piece is used up */
    KUBE_LIST_BROKEN,     /* no list, or over a bound: nothing of this page can be used any more */
};

struct kube_list_page {
    struct text version;
    struct text continue_token; /* empty: this was the last page */
};

/* Ends with the arena. */
void kube_scan_list_init(struct kube_scan_list *list, struct arena *arena);
void kube_scan_list_reset(struct kube_scan_list *list); /* for a new page */
/* Takes the next item off *piece; it is valid until the next call. */
enum kube_list_step
kube_scan_list_next(struct kube_scan_list *list, struct text *piece, struct text *out_item);
/* After the last piece; INVALID when the page was not whole or is no List. */
MUST_CHECK bool kube_scan_list_end(const struct kube_scan_list *list, struct arena *scratch,
                                   struct kube_list_page *out_page, struct error *err);
