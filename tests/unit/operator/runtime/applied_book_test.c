/* When an object is sent, and when it is not. */
#include "operator/runtime/applied_book.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"

Test(applied_book, what_is_as_it_shall_be_is_not_sent)
{
    struct applied_object object = {0};
    cr_assert_eq(applied_decide(&object, 1, 0, 0), APPLY_NOW, "not there");
    applied_note_done(&object, 1, 7);

    cr_assert_eq(applied_decide(&object, 1, 7, 0), APPLY_NOT);
    cr_assert_eq(applied_decide(&object, 2, 7, 0), APPLY_NOW, "something else is wanted");
    cr_assert_eq(applied_decide(&object, 1, 8, 0), APPLY_NOW, "somebody changed it");
    cr_assert_eq(applied_decide(&object, 1, 0, 0), APPLY_NOW, "somebody deleted it");
}

Test(applied_book, what_fails_is_tried_again_ever_more_rarely)
{
    struct applied_object object = {0};
    int64_t now_ms = 0, last_ms = 0;
    for (int i = 0; i < 8; i++) {
        cr_assert_eq(applied_decide(&object, 1, 0, now_ms), APPLY_NOW);
        applied_note_failed(&object, 1, false, now_ms);
        cr_assert_eq(applied_decide(&object, 1, 0, now_ms), APPLY_LATER);
        cr_assert_gt(object.retry_ms - now_ms, last_ms);
        last_ms = object.retry_ms - now_ms;
        now_ms = object.retry_ms;
    }
    applied_note_done(&object, 1, 7);
    cr_assert_eq(object.failures, 0);
}

Test(applied_book, what_is_refused_waits_until_something_else_is_wanted)
{
    struct applied_object object = {0};
    applied_note_failed(&object, 1, true, 0);

    cr_assert_eq(applied_decide(&object, 1, 0, 1000), APPLY_LATER);
    cr_assert_eq(applied_decide(&object, 2, 0, 1000), APPLY_NOW);
}

Test(applied_book, an_object_that_is_undone_each_time_is_left_alone_for_a_while_and_told_once)
{
    struct applied_object object = {0};
    for (uint64_t i = 0; i <= APPLIED_MOST_WRITES; i++) {
        cr_assert_eq(applied_decide(&object, 1, 100 + i, 1000), APPLY_NOW);
        applied_note_done(&object, 1, 50);
    }
    cr_assert_eq(applied_decide(&object, 1, 99, 2000), APPLY_HOT);
    cr_assert_eq(applied_decide(&object, 1, 98, 3000), APPLY_LATER);
    cr_assert_eq(applied_decide(&object, 1, 97, 1000 + 2 * APPLIED_WINDOW_MS), APPLY_NOW);
}

Test(applied_book, edits_are_not_taken_for_somebody_who_undoes_them)
{
    struct applied_object object = {0};
    for (uint64_t i = 1; i <= 3 * APPLIED_MOST_WRITES; i++) {
        cr_assert_eq(applied_decide(&object, i, i + 99, 1000), APPLY_NOW);
        applied_note_done(&object, i, i + 100);
    }
    cr_assert_eq(applied_decide(&object, 3 * APPLIED_MOST_WRITES, 5, 1000), APPLY_NOW,
                 "the first that is undone");
}

Test(applied_book, forgets_without_growing)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct applied_book *book = applied_book_new(arena);
    applied_book_get(book, TEXT("kept"))->desired = 5;
    for (int i = 0; i < 5000; i++) {
        struct text title = text_format(arena, "batch/v1 Job demo/run-%d", i);
        applied_book_get(book, title)->desired = 1;
        applied_book_forget(book, title);
    }
    cr_assert_eq(applied_book_count(book), 1u);
    cr_assert_eq(applied_book_get(book, TEXT("kept"))->desired, 5u);
}

Test(applied_book, what_cannot_be_put_right_is_made_anew_once_in_a_while)
{
    struct applied_object object = {0};

    cr_expect(applied_may_replace(&object, 1000));
    cr_expect_not(applied_may_replace(&object, 1000 + APPLIED_REFUSED_AGAIN_MS - 1));
    applied_note_done(&object, 1, 7);
    cr_expect_not(applied_may_replace(&object, 2000), "nor when it went well");
    cr_expect(applied_may_replace(&object, 1000 + APPLIED_REFUSED_AGAIN_MS));
}

Test(applied_book, what_was_refused_is_tried_again_once_somebody_changed_what_is_there)
{
    struct applied_object object = {0};
    cr_assert_eq(applied_decide(&object, 1, 7, 0), APPLY_NOW);
    applied_note_failed(&object, 1, true, 0);

    cr_expect_eq(applied_decide(&object, 1, 7, 1000), APPLY_LATER);
    cr_expect_eq(applied_decide(&object, 1, 0, 1000), APPLY_NOW, "it was deleted");
    applied_note_failed(&object, 1, true, 1000);
    cr_expect_eq(applied_decide(&object, 1, 0, 2000), APPLY_LATER, "it is still not there");
}
