#include "operator/kube/kube_scan_list.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"

TestSuite(kube_scan_list, .init = given_arena, .fini = end_arena);

/* Items joined by '|', of a page in pieces of so many bytes; then the page's version and token. */
static bool
read_page(struct text page, size_t piece_bytes, struct text *out_items, struct kube_list_page *out_page)
{
    struct kube_scan_list list;
    kube_scan_list_init(&list, arena);
    struct buffer joined;
    buffer_init(&joined, arena, 0);
    for (size_t at = 0; at < page.length; at += piece_bytes) {
        struct text piece = text_copy(arena, text_slice(page, at, at + piece_bytes)), item;
        enum kube_list_step step;
        while ((step = kube_scan_list_next(&list, &piece, &item)) == KUBE_LIST_ITEM) {
            buffer_add_text(&joined, item);
            buffer_add_byte(&joined, '|');
        }
        if (step == KUBE_LIST_BROKEN)
            return false;
    }
    *out_items = buffer_text(&joined);
    return kube_scan_list_end(&list, arena, out_page, NULL);
}

#define PAGE                                                                                                 \
    "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"12\",\"continue\":\"to+/k=\",\"x\":[1]},"     \
    "\"items\": [ {\"a\":\"}]\\\"\"}, {\"b\":[{},[]]} ,{}\n] }"

Test(kube_scan_list, hands_out_the_same_items_however_the_page_is_cut)
{
    for (size_t piece_bytes = 1; piece_bytes <= sizeof(PAGE); piece_bytes++) {
        struct text items;
        struct kube_list_page page;
        cr_assert(read_page(TEXT(PAGE), piece_bytes, &items, &page), "%zu", piece_bytes);
        cr_assert(text_equals(items, TEXT("{\"a\":\"}]\\\"\"}|{\"b\":[{},[]]}|{}|")), "%.*s",
                  TEXT_ARG(items));
        cr_assert(text_equals(page.version, TEXT("12")));
        cr_assert(text_equals(page.continue_token, TEXT("to+/k=")));
    }
}

Test(kube_scan_list, finds_metadata_behind_the_items_and_none_in_items_null)
{
    struct text items;
    struct kube_list_page page;
    cr_assert(read_page(TEXT("{\"items\":[{}],\"metadata\":{\"resourceVersion\":\"5\"}}"), 3, &items, &page));
    cr_assert(text_equals(page.version, TEXT("5")));
    cr_assert(text_equals(items, TEXT("{}|")));
    cr_assert(read_page(TEXT("{\"metadata\":{\"resourceVersion\":\"6\"},\"items\":null}"), 3, &items, &page));
    cr_assert_eq(items.length, 0);
}

Test(kube_scan_list, believes_no_page_that_is_not_whole_or_no_list)
{
    struct text items;
    struct kube_list_page page;
    struct text whole = TEXT(PAGE);
    for (size_t length = 0; length < whole.length; length++)
        cr_assert_not(read_page(text_slice(whole, 0, length), 7, &items, &page), "%zu", length);
    static const char *const strange[] = {
        "{}",
        "<html>",
        "{\"items\":[]}",
        "{\"metadata\":{\"resourceVersion\":\"5\"}}",
        "{\"items\":[5]}",
        "{\"items\":[}",
        "{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[],\"items\":[]}",
        "{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":{}}",
    };
    for (size_t i = 0; i < COUNT_OF(strange); i++)
        cr_assert_not(read_page(text_of(strange[i]), 4, &items, &page), "%s", strange[i]);
}

Test(kube_scan_list, takes_long_items_and_gives_their_memory_back)
{
    struct kube_scan_list list;
    kube_scan_list_init(&list, arena);
    struct text item, piece = TEXT("{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[{\"a\":\"");
    cr_assert_eq(kube_scan_list_next(&list, &piece, &item), KUBE_LIST_NEEDS_MORE);
    char *filler = arena_alloc(arena, 4096);
    memset(filler, 'x', 4096);
    for (int i = 0; i < 300; i++) {
        piece = (struct text){filler, 4096};
        cr_assert_eq(kube_scan_list_next(&list, &piece, &item), KUBE_LIST_NEEDS_MORE);
    }
    piece = TEXT("\"},{}]}");
    cr_assert_eq(kube_scan_list_next(&list, &piece, &item), KUBE_LIST_ITEM);
    cr_assert_eq(item.length, 300u * 4096 + 8);
    cr_assert_eq(kube_scan_list_next(&list, &piece, &item), KUBE_LIST_ITEM);
    cr_assert(text_equals(item, TEXT("{}")));
    cr_assert_eq(kube_scan_list_next(&list, &piece, &item), KUBE_LIST_NEEDS_MORE);
    cr_assert_leq(arena_size_bytes(list.arena), 16u * 1024);
    struct kube_list_page page;
    struct error err = {0};
    cr_assert(kube_scan_list_end(&list, arena, &page, &err), "%s", err.message);
}

Test(kube_scan_list, bounds_what_stands_around_the_items)
{
    struct kube_scan_list list;
    kube_scan_list_init(&list, arena);
    char *filler = arena_alloc(arena, KUBE_LIST_FRAME_MAX_BYTES + 1);
    memset(filler, ' ', KUBE_LIST_FRAME_MAX_BYTES + 1);
    struct text item, piece = {filler, KUBE_LIST_FRAME_MAX_BYTES + 1};
    cr_assert_eq(kube_scan_list_next(&list, &piece, &item), KUBE_LIST_BROKEN);
}
