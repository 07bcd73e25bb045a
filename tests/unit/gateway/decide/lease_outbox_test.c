/* What is given back is said until it was heard, whatever becomes of streams. */
#include "gateway/decide/lease_outbox.h"

#include <criterion/criterion.h>

#include "lib/base/buffer.h"
#include "tests/support/arena_fixture.h"

static struct lease_outbox *outbox;

static void
given_outbox(void)
{
    given_arena();
    outbox = lease_outbox_new(arena);
}

TestSuite(lease_outbox, .init = given_outbox, .fini = end_arena);

static void
add(const char *lease, int64_t kept, bool is_over)
{
    struct lease_return item = {.lease_id = text_of(lease), .kept = kept, .is_over = is_over};
    lease_outbox_add(outbox, &(struct lease_returns){&item, 1});
}

static void
expect(const struct ledger_return_list *list, const char *wanted)
{
    struct buffer got;
    buffer_init(&got, arena, 64);
    for (size_t i = 0; i < list->count; i++)
        buffer_print(&got, "%.*s:%lld%s ", TEXT_ARG(list->items[i].lease), (long long)list->items[i].kept,
                     list->items[i].over ? "." : "");
    cr_assert(text_equals(buffer_text(&got), text_of(wanted)), "%.*s", TEXT_ARG(buffer_text(&got)));
}

static void
expect_taken(int64_t number, const char *wanted)
{
    struct ledger_return_list list = lease_outbox_take(arena, outbox, number);
    expect(&list, wanted);
}

Test(lease_outbox, says_each_lease_once_and_nothing_twice)
{
    add("a", 10, false);
    add("b", 5, true);
    add("a", 7, true);
    expect_taken(1, "b:5. a:7. ");
    expect_taken(2, "");
    cr_assert_eq(lease_outbox_count(outbox), 2);
    cr_assert(lease_outbox_heard(outbox, 1));
    cr_assert_eq(lease_outbox_count(outbox), 0);
    cr_assert_not(lease_outbox_heard(outbox, 1));
}

Test(lease_outbox, says_again_what_a_lost_stream_may_not_have_heard)
{
    add("a", 10, false);
    expect_taken(1, "a:10 ");
    add("a", 4, false);
    lease_outbox_lost(outbox);
    expect_taken(2, "a:4 ");
    cr_assert_not(lease_outbox_heard(outbox, 1), "its number went with its stream");
    cr_assert(lease_outbox_heard(outbox, 2));
    cr_assert_eq(lease_outbox_count(outbox), 0);
}

Test(lease_outbox, cuts_what_is_too_long_for_a_frame)
{
    for (int i = 0; i <= LEDGER_MAX_RETURNS; i++)
        add(text_c_string(arena, text_format(arena, "lease-%d", i)), i, true);
    cr_assert_eq(lease_outbox_take(arena, outbox, 1).count, LEDGER_MAX_RETURNS);
    cr_assert_eq(lease_outbox_take(arena, outbox, 2).count, 1);
    cr_assert(lease_outbox_heard(outbox, 1));
    cr_assert_eq(lease_outbox_count(outbox), 1);
}
