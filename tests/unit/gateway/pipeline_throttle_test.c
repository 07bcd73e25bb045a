/* Budgets that slow calls when they are spent, in the life of a call. */
#include "tests/unit/gateway/given_budgets.h"

#define SLOWED                                                                                               \
    "{\"id\":\"slowed\",\"scope\":\"Environment\",\"unit\":\"USD\",\"amount\":1000000,\"period\":\"Month\"," \
    "\"onExceeded\":\"Throttle\"},{\"id\":\"slowed/pace\",\"scope\":\"Environment\",\"unit\":\"Requests\","  \
    "\"amount\":7,\"period\":\"Minute\",\"onExceeded\":\"Block\",\"from\":{\"policy\":\"weir-system/org\"}}"

TestSuite(pipeline_throttle, .fini = end);

Test(pipeline_throttle, holds_of_the_pace_only_when_too_little_is_left)
{
    given_lending(CONFIG_OF(PRICE, SLOWED, ""), 2 * (PROMPT_COST + 100 * 2000));
    harness_provider_says(harness, OK_REPLY);

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("100"))), 200);

    cr_assert(text_equals(asked(0)->budget, TEXT("slowed")));
    cr_assert_null(asked(1));
    cr_assert_eq(harness_record(harness, 0)->charges.count, 1);
    cr_assert_eq(harness_record(harness, 0)->slowed.count, 0);
}

Test(pipeline_throttle, charges_what_goes_on_at_the_pace)
{
    given_lending(CONFIG_OF(PRICE, SLOWED, ""), 1);
    harness_provider_says(harness, OK_REPLY);

    struct text reply = harness_post(harness, CHAT, KEY, ASKING_FOR("100"));

    cr_assert_eq(reply_status(reply), 200, "%.*s", TEXT_ARG(reply));
    cr_assert(got(0, "\"max_tokens\":100,"), "what goes on is not cut short");
    const struct usage_record *record = harness_record(harness, 0);
    cr_assert_eq(record->slowed.count, 1);
    cr_assert(text_equals(record->slowed.items[0], TEXT("slowed")));
    cr_assert_eq(record->unheld.count, 0);
    cr_assert_eq(record->charges.count, 2);
    cr_assert_eq(charge_of(record, "slowed")->amount, 20000);
    cr_assert(text_is_empty(charge_of(record, "slowed")->lease));
    cr_assert_eq(charge_of(record, "slowed/pace")->amount, 1);
    cr_assert(text_equals(charge_of(record, "slowed/pace")->lease, TEXT("lease-1")));
}

Test(pipeline_throttle, refuses_what_the_pace_has_no_room_for)
{
    given_lending(CONFIG_OF(PRICE, SLOWED, ""), 0);

    struct text reply = harness_post(harness, CHAT, KEY, ASKING_FOR("100"));

    cr_assert_eq(reply_status(reply), 429);
    cr_assert(says(reply, "\"code\":\"budget_throttled\""));
    cr_assert(says(reply, "x-should-retry: true"));
    cr_assert(says(reply, "retry-after: "));
    cr_assert(says(reply, "the budget of $0.001 a month, and calls go on slowly: 7 calls a minute"), "%.*s",
              TEXT_ARG(reply));
    cr_assert_eq(harness_provider_requests(harness), 0);
}

Test(pipeline_throttle, holds_of_the_pace_what_can_never_fit)
{
    given_lending(CONFIG_OF(PRICE, SLOWED, ""), 1000000);
    harness_provider_says(harness, OK_REPLY);

    struct text reply = harness_post(harness, CHAT, KEY, ASKING_FOR("1000"));

    cr_assert_eq(reply_status(reply), 200, "%.*s", TEXT_ARG(reply));
    cr_assert(text_equals(asked(0)->budget, TEXT("slowed/pace")));
    cr_assert_eq(charge_of(harness_record(harness, 0), "slowed")->amount, 20000);
}

Test(pipeline_throttle, lets_nothing_pass_another_one)
{
    given_lending(CONFIG_OF(PRICE, SLOWED "," TOKENS, ""), 1);

    struct text reply = harness_post(harness, CHAT, KEY, ASKING_FOR("100"));

    cr_assert_eq(reply_status(reply), 429);
    cr_assert(says(reply, "\"code\":\"budget_exceeded\""), "%.*s", TEXT_ARG(reply));
    cr_assert(says(reply, "the budget of 1,000,000 tokens a day"), "%.*s", TEXT_ARG(reply));
}

Test(pipeline_throttle, needs_a_price_all_the_same)
{
    given_lending(CONFIG_OF("", SLOWED, ""), 1000000);

    struct text reply = harness_post(harness, CHAT, KEY, ASKING_FOR("100"));

    cr_assert_eq(reply_status(reply), 403);
    cr_assert(says(reply, "\"code\":\"price_missing\""), "%.*s", TEXT_ARG(reply));
}

Test(pipeline_throttle, does_nothing_in_shadow_mode)
{
    given_lending(
        CONFIG_OF(PRICE,
                  "{\"id\":\"s\",\"scope\":\"Environment\",\"unit\":\"USD\",\"amount\":1,\"period\":"
                  "\"Month\",\"onExceeded\":\"Throttle\",\"from\":{\"policy\":\"o\",\"mode\":\"Shadow\"}},"
                  "{\"id\":\"s/pace\",\"scope\":\"Environment\",\"unit\":\"Requests\",\"amount\":1,"
                  "\"period\":\"Minute\",\"onExceeded\":\"Block\",\"from\":{\"policy\":\"o\",\"mode\":"
                  "\"Shadow\"}}",
                  ""),
        0);
    for (size_t i = 0; i < 3; i++) {
        harness_provider_says(harness, OK_REPLY);
        cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, ASKING_FOR("100"))), 200);
        cr_assert_eq(harness_record(harness, i)->charges.count, 1);
    }
}
