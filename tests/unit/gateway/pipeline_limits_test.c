/* Limits that replicas share, in the life of a call: held on loan, waited for, refused, or counted here when
 * nothing is lent. */
#include <criterion/criterion.h>

#include "api/types/usage_record.h"
#include "lib/base/clock.h"
#include "tests/support/gateway_words.h"
#include "tests/support/harness_fixture.h"
#include "tests/support/played_ledger.h"
#include "tests/support/reply.h"

#define LIMITED_BY(LIMITS) LIMITED_AMONG("1", LIMITS)
#define LIMITED_AMONG(GATEWAYS, LIMITS)                                                                      \
    "{\"version\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"tier\":\"Development\",\"owner\":"      \
    "\"retail\",\"gateways\":" GATEWAYS ",\"callers\":[{\"name\":\"ada\",\"keyHashes\":[\"" KEY_HASH         \
    "\"]}],"                                                                                                 \
    "\"providers\":[{\"name\":\"mock\",\"type\":\"OpenAI\",\"baseUrl\":\"http://@/v1\"}],"                   \
    "\"models\":[{\"name\":\"gpt\",\"targets\":[{\"provider\":\"mock\",\"model\":\"gpt-4.1\"}]}],"           \
    "\"limits\":[" LIMITS "]}"
#define LIMIT(SCOPE, UNIT, AMOUNT)                                                                           \
    "{\"scope\":\"" SCOPE "\",\"unit\":\"" UNIT "\",\"amount\":" AMOUNT                                      \
    ",\"from\":{\"policy\":\"weir-system/org\"}}"

static struct played_ledger ledger;

TestSuite(pipeline_limits, .fini = end);

static void
given_lending(const char *config, int64_t amount)
{
    given(config);
    harness_use_ledger(harness, &ledger);
    played_ledger_lend(&ledger, amount);
}

static const struct ledger_ask *
asked(size_t index)
{
    for (size_t i = 0; i < ledger.heard_count; i++)
        if (ledger.heard[i].type == LEDGER_ASK && index-- == 0)
            return &ledger.heard[i].ask;
    return NULL;
}

static bool
says(struct text reply, const char *words)
{
    return text_find(reply, text_of(words)) >= 0;
}

Test(pipeline_limits, holds_of_every_limit_and_says_what_is_left)
{
    given_lending(
        LIMITED_BY(LIMIT("Caller", "RequestsPerMinute", "10") "," LIMIT("Environment", "Concurrency", "4")),
        8);
    harness_provider_says(harness, OK_REPLY);

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 200, "%.*s", TEXT_ARG(reply));
    cr_assert(text_equals(asked(0)->budget, TEXT("limit:demo/dev/Caller/RequestsPerMinute")));
    cr_assert(text_equals(asked(0)->owner, TEXT("demo/dev/ada")));
    cr_assert_eq(asked(0)->window.length, sizeof("2026-11-29T15:00:00Z") - 1);
    cr_assert(text_equals(asked(1)->owner, TEXT("demo/dev")));
    cr_assert(text_equals(asked(1)->window, TEXT("now")));
    cr_assert(says(reply, "x-ratelimit-limit-requests: 10\r\n"), "%.*s", TEXT_ARG(reply));
    cr_assert(got(0, "gpt-4.1"));
    cr_assert_eq(harness_record(harness, 0)->charges.count, 0, "of limits nobody is told what was used");
}

Test(pipeline_limits, a_slot_serves_one_call_after_the_other)
{
    given_lending(LIMITED_BY(LIMIT("Environment", "Concurrency", "4")), 1);
    for (int i = 0; i < 3; i++) {
        harness_provider_says(harness, OK_REPLY);
        cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 200, "call %d", i);
    }
}

Test(pipeline_limits, refuses_when_nothing_is_left_to_lend)
{
    given_lending(LIMITED_BY(LIMIT("Environment", "RequestsPerMinute", "10")), 1);
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 200);

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 429, "%.*s", TEXT_ARG(reply));
    cr_assert(says(reply, "\"code\":\"request_limit\"") && says(reply, "retry-after: "));
    cr_assert(says(reply, "x-ratelimit-remaining-requests: 0\r\n"), "%.*s", TEXT_ARG(reply));
    cr_assert(says(reply, "x-should-retry: true\r\n"));
}

Test(pipeline_limits, asks_nobody_for_what_can_never_fit)
{
    given_lending(LIMITED_BY(LIMIT("Environment", "TokensPerMinute", "2")), 1000);

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 429);
    cr_assert(says(reply, "can never fit") && says(reply, "x-should-retry: false\r\n"), "%.*s",
              TEXT_ARG(reply));
    cr_assert_null(asked(0));
}

Test(pipeline_limits, counts_here_while_there_is_no_ledger)
{
    given(LIMITED_BY(LIMIT("Environment", "RequestsPerMinute", "1")));
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 200);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 429);
}

static void
expect_only(int most)
{
    for (int i = 0; i < most; i++) {
        harness_provider_says(harness, OK_REPLY);
        cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 200, "call %d", i);
    }
    struct text reply = harness_post(harness, CHAT, KEY, HELLO);
    cr_assert_eq(reply_status(reply), 429, "%.*s", TEXT_ARG(reply));
}

/* Of the others it knows from the ledger's greeting alone: it never was lent anything. */
Test(pipeline_limits, keeps_its_part_among_those_it_was_told_of_when_nothing_is_lent)
{
    ledger.gateways = 3;
    ledger.refusal = TEXT("it has another book");
    given_lending(LIMITED_BY(LIMIT("Environment", "RequestsPerMinute", "9")), 100);
    expect_only(3);
}

Test(pipeline_limits, keeps_its_part_among_those_its_operator_wants_when_nobody_tells)
{
    ledger.refusal = TEXT("it has another book");
    given_lending(LIMITED_AMONG("3", LIMIT("Environment", "RequestsPerMinute", "9")), 100);
    expect_only(3);
}

/* After a while it is asked again and says nothing: what it said of this minute stands. The next minute is
 * counted here. */
Test(pipeline_limits, let_nothing_pass_that_the_ledger_said_is_used_up_when_it_falls_silent)
{
    given_lending(LIMITED_BY(LIMIT("Environment", "RequestsPerMinute", "9")), 1);
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 200);
    size_t before = ledger.heard_count;
    ledger.lends = false;
    while (ledger.heard_count == before)
        cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 429);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 429);

    clock_freeze_unix(clock_unix_ms() + 60000);

    expect_only(9);
}
