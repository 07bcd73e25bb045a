/* What the ledger says of alerts is told, and said to be. */
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "tests/unit/operator/control/played_ledger.h"

TestSuite(book_publisher_alerts, .init = given_played_ledger, .fini = end_played_ledger, .timeout = 30);

static void
book(const char *revision)
{
    const struct budget_book book = {.revision = text_of(revision)};
    struct error err = {0};
    cr_assert(book_publisher_publish(played.publisher, &book, &err), "%s", err.message);
    expect_said(revision);
    say_booked(revision);
    run_on();
}

static void
say_alerts(const char *one, const char *other)
{
    struct raised_alert alerts[2];
    for (size_t i = 0; i < 2; i++)
        alerts[i] = (struct raised_alert){.id = text_of(i == 0 ? one : other),
                                          .budget = TEXT("org"),
                                          .window = TEXT("2026-11"),
                                          .percent = 80,
                                          .amount = TEXT("10.00"),
                                          .settled = TEXT("8.20")};
    say(&(struct ledger_frame){.type = LEDGER_ALERTS, .alerts = {.alerts = {alerts, other ? 2 : 1}}});
}

/* What was sent before it has come when the next book comes. */
static void
expect_listened(const char *revision, const char *told)
{
    book(revision);
    cr_assert_gt(played.listened_count, 0u);
    struct text last = played.listened[played.listened_count - 1];
    cr_assert(text_equals(last, text_of(told)), "%.*s", TEXT_ARG(last));
}

Test(book_publisher_alerts, are_asked_for_once_the_ledger_has_the_book)
{
    book("r1");
    expect_listened("r2", "");
    cr_assert_eq(played.listened_count, 1u);
}

Test(book_publisher_alerts, are_told_and_the_ledger_hears_which)
{
    book("r1");
    say_alerts("a", "b");
    run_on();
    cr_assert_eq(played.alert_count, 2u);
    cr_assert(text_equals(played.alerts[0], TEXT("a")) && text_equals(played.alerts[1], TEXT("b")));
    expect_listened("r2", "a,b");
    say_alerts("c", NULL);
    run_on();
    expect_listened("r3", "c");
    cr_assert_eq(played.listened_count, 3u);
}

Test(book_publisher_alerts, that_were_told_are_said_again_on_the_next_stream)
{
    book("r1");
    say_alerts("a", "b");
    run_on();
    websocket_stream_close(played.stream);
    expect_said("r1");
    say_booked("r1");
    run_on();
    expect_listened("r2", "a,b");
}

Test(book_publisher_alerts, are_not_asked_for_where_the_ledger_knows_of_none)
{
    played.is_old = true;
    book("r1");
    book("r2");
    cr_assert_eq(played.listened_count, 0u);
}
