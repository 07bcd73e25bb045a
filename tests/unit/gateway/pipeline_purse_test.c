/* Calls that hold of a purse: what they hold, send and record is as of calls that hold by themselves. */
#include "gateway/live_accounts.h"
#include "gateway/live_config.h"
#include "lib/base/clock.h"
#include "tests/unit/gateway/given_budgets.h"

TestSuite(pipeline_purse, .fini = end);

#define LIMITS                                                                                               \
    ",\"limits\":[{\"scope\":\"Environment\",\"unit\":\"RequestsPerMinute\",\"amount\":1000},"               \
    "{\"scope\":\"Caller\",\"unit\":\"TokensPerMinute\",\"amount\":100000},"                                 \
    "{\"scope\":\"Caller\",\"unit\":\"Concurrency\",\"amount\":10}]"

static struct live_own *
ada(void)
{
    struct live_config *config = harness_gateway(harness)->config;
    return live_accounts_own(&config->accounts, &config->config.callers.items[0]);
}

static void
given_calls(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        harness_provider_says(harness, OK_REPLY);
        struct text reply = harness_post(harness, CHAT, KEY, ASKING_FOR("100"));
        cr_assert_eq(reply_status(reply), 200, "%.*s", TEXT_ARG(reply));
    }
}

static void
expect_same_charges(const struct usage_record *one, const struct usage_record *other)
{
    cr_assert_eq(one->charges.count, other->charges.count);
    for (size_t i = 0; i < one->charges.count; i++) {
        const struct usage_charge *a = &one->charges.items[i], *b = &other->charges.items[i];
        cr_assert(text_equals(a->budget, b->budget) && text_equals(a->owner, b->owner), "charge %zu", i);
        cr_assert(text_equals(a->window, b->window) && text_equals(a->lease, b->lease), "charge %zu", i);
        cr_assert_eq(a->amount, b->amount);
    }
}

Test(pipeline_purse, charges_read_as_those_of_the_call_that_opened_it)
{
    given_lending(CONFIG_OF(PRICE, MONTH "," TOKENS "," ALERT, LIMITS), 100000000);
    given_calls(1);
    cr_assert(ada()->budgets && ada()->limits, "what the first held the next hold of together");

    given_calls(3);

    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(harness_record(harness, i)->charges.count, 3);
    for (size_t i = 1; i < 4; i++) {
        const struct usage_record *record = harness_record(harness, i);
        cr_assert(text_equals(charge_of(record, "tokens")->owner, TEXT("demo/dev/ada")));
        cr_assert_eq(charge_of(record, "tokens")->amount, 15);
        cr_assert_eq(charge_of(record, "org-month")->amount, 20000);
        cr_assert(text_is_empty(charge_of(record, "alert")->lease));
        expect_same_charges(harness_record(harness, 0), record);
    }
}

Test(pipeline_purse, clamps_the_answer_and_tells_what_is_left_as_ever)
{
    given_lending(CONFIG_OF(PRICE, MONTH, LIMITS), 100000000);
    given_calls(1);
    harness_provider_says(harness, OK_REPLY);
    struct text reply = harness_post(harness, CHAT, KEY, HELLO);
    cr_assert_eq(reply_status(reply), 200);
    cr_assert(got(1, "\"max_completion_tokens\":"));
    cr_assert(says(reply, "x-ratelimit-limit-requests: 1000"), "%.*s", TEXT_ARG(reply));
    cr_assert(says(reply, "x-ratelimit-remaining-tokens: "));
}

Test(pipeline_purse, each_try_is_charged_where_it_held)
{
    given_lending(CONFIG_OF(PRICE, MONTH, ""), 100000000);
    given_calls(1);
    harness_provider_says(harness, "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
    given_calls(1);

    cr_assert_eq(harness_record_count(harness), 3);
    const struct usage_record *failed = harness_record(harness, 1), *last = harness_record(harness, 2);
    cr_assert_eq(failed->next_try, NEXT_TRY_SERVER_ERROR);
    cr_assert_eq(last->charges.count, 1);
    cr_assert_eq(charge_of(last, "org-month")->amount, 20000);
    expect_same_charges(harness_record(harness, 0), last);
}

Test(pipeline_purse, what_is_more_than_it_has_is_held_as_ever)
{
    given_lending(CONFIG_OF(PRICE, MONTH, ""), 100000000);
    given_calls(1);
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("300"))), 200);
    cr_assert_eq(charge_of(harness_record(harness, 1), "org-month")->amount, 20000);
}

Test(pipeline_purse, a_new_window_is_another_account)
{
    given_lending(CONFIG_OF(PRICE, MONTH, ""), 100000000);
    clock_freeze_unix(1796083140000); /* 2026-11-30T23:59:00Z */
    given_calls(2);
    clock_freeze_unix(1796083260000);
    given_calls(2);
    cr_assert(text_equals(charge_of(harness_record(harness, 1), "org-month")->window, TEXT("2026-11")));
    cr_assert(text_equals(charge_of(harness_record(harness, 2), "org-month")->window, TEXT("2026-12")));
    expect_same_charges(harness_record(harness, 2), harness_record(harness, 3));
}

Test(pipeline_purse, budgets_of_what_clients_say_are_held_one_by_one)
{
    given_lending(
        CONFIG_OF(PRICE,
                  "{\"id\":\"runs\",\"scope\":\"Run\",\"unit\":\"USD\",\"amount\":1000000,\"period\":"
                  "\"Month\",\"onExceeded\":\"Block\"}," MONTH,
                  ""),
        100000000);
    given_calls(2);
    cr_assert_null(ada()->budgets);
    cr_assert_eq(harness_record(harness, 1)->charges.count, 1);
}
