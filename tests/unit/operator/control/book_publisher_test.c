/* The book of budgets, on its way to the ledger. */
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "tests/unit/operator/control/played_ledger.h"

TestSuite(book_publisher, .init = given_played_ledger, .fini = end_played_ledger, .timeout = 30);

/* A book of one budget, which is in memory of its own for as long as this takes. */
static void
publish(const char *revision)
{
    struct arena *own = arena_new(0);
    struct gateway_budget budget = {.id = text_copy(own, TEXT("weir-system/org/Environment/Month/USD")),
                                    .scope = POLICY_SCOPE_ENVIRONMENT,
                                    .unit = BUDGET_UNIT_USD,
                                    .amount = 9000000000000,
                                    .period = BUDGET_PERIOD_MONTH,
                                    .time_zone = TEXT("Europe/Berlin"),
                                    .on_exceeded = OVER_BUDGET_BLOCK,
                                    .from = {.policy = TEXT("weir-system/org")}};
    const struct budget_book book = {.revision = text_copy(own, text_of(revision)),
                                     .budgets = {.items = &budget, .count = 1}};
    struct error err = {0};
    cr_assert(book_publisher_publish(played.publisher, &book, &err), "%s", err.message);
    arena_free(own);
}

Test(book_publisher, says_the_whole_book_and_hears_that_it_is_booked)
{
    publish("r1");
    expect_said("r1");
    cr_assert_eq(played.budget.amount, 9000000000000);
    cr_assert_eq(played.budget.on_exceeded, OVER_BUDGET_BLOCK);
    cr_assert(text_equals(played.budget.time_zone, TEXT("Europe/Berlin")));
    cr_assert(text_equals(played.budget.from.policy, TEXT("weir-system/org")));
    cr_assert_not(book_publisher_is_booked(played.publisher));

    say_booked("r1");
    run_on();

    cr_assert_eq(played.booked_count, 1);
    cr_assert(book_publisher_is_booked(played.publisher));
    cr_assert(text_equals(book_publisher_book(played.publisher)->revision, TEXT("r1")));
}

Test(book_publisher, says_nothing_of_a_revision_that_it_said_already)
{
    publish("r1");
    expect_said("r1");
    publish("r1");
    say_booked("r1");
    run_on();
    publish("r1");
    cr_assert(book_publisher_is_booked(played.publisher));

    publish("r2");
    expect_said("r2");
    cr_assert_eq(played.heard_count, 2u);
}

Test(book_publisher, waits_for_the_answer_and_then_says_only_the_newest)
{
    publish("r1");
    expect_said("r1");
    publish("r2");
    publish("r3");

    say_booked("r1");
    expect_said("r3");
    cr_assert_eq(played.booked_count, 0, "r1 is not what is published");
    say_booked("r3");
    run_on();

    cr_assert_eq(played.booked_count, 1);
    cr_assert_eq(played.heard_count, 2u);
}

Test(book_publisher, says_it_again_on_every_stream)
{
    publish("r1");
    expect_said("r1");
    say_booked("r1");
    run_on();

    websocket_stream_close(played.stream);
    expect_said("r1");
    cr_assert_not(book_publisher_is_booked(played.publisher));
    websocket_stream_close(played.stream); /* unanswered */
    expect_said("r1");
    say_booked("r1");
    run_on();

    cr_assert(book_publisher_is_booked(played.publisher));
}

Test(book_publisher, tells_once_why_a_book_is_refused_and_says_the_next_one_at_once)
{
    publish("r1");
    expect_said("r1");
    say(&(struct ledger_frame){.type = LEDGER_REFUSE, .refuse = {.reason = TEXT("too many")}});
    run_on();
    cr_assert(text_equals(played.refusal, TEXT("too many")));

    publish("r2");
    expect_said("r2");
    say(&(struct ledger_frame){.type = LEDGER_REFUSE, .refuse = {.reason = TEXT("too many")}});
    played.stops_on_close = true;
    run_on();
    played.stops_on_close = false;
    publish("r3");
    expect_said("r3");

    say(&(struct ledger_frame){.type = LEDGER_REFUSE, .refuse = {.reason = TEXT("too many")}});
    publish("r4"); /* before it hears that */
    expect_said("r4");
    cr_assert_eq(played.refusal_count, 1);
}

Test(book_publisher, believes_no_answer_to_what_it_did_not_say)
{
    publish("r1");
    expect_said("r1");
    say_booked("r0");
    run_on();
    cr_assert(text_equals(played.refusal, TEXT("the ledger says it has the book r0, and r1 was sent")),
              "%.*s", TEXT_ARG(played.refusal));
    cr_assert_not(book_publisher_is_booked(played.publisher));

    publish("r2");
    expect_said("r2");
    say(&(struct ledger_frame){.type = LEDGER_WELCOME, .welcome = {.next = 0}});
    run_on();
    cr_assert(text_equals(played.refusal, TEXT("a Welcome is no answer to a Book")), "%.*s",
              TEXT_ARG(played.refusal));
}

Test(book_publisher, keeps_the_book_before_when_one_is_more_than_a_ledger_reads)
{
    publish("r1");
    size_t count = 16385;
    struct budget_book book = {.revision = TEXT("r2"),
                               .budgets.items =
                                   arena_alloc_array(played.arena, count, sizeof(struct gateway_budget))};
    for (size_t i = 0; i < count; i++)
        book.budgets.items[book.budgets.count++] = (struct gateway_budget){
            .id = text_format(played.arena, "b%zu", i), .amount = 1, .time_zone = TEXT("UTC")};
    struct error err = {0};

    cr_assert_not(book_publisher_publish(played.publisher, &book, &err));

    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert(strstr(err.message, "the book of budgets"), "%s", err.message);
    cr_assert(text_equals(book_publisher_book(played.publisher)->revision, TEXT("r1")));
    expect_said("r1");
}
