/* Each try that reached a provider leaves a record of its own; none hides in the next one's. */
#include <criterion/criterion.h>

#include "api/types/usage_record.h"
#include "tests/support/gateway_words.h"
#include "tests/support/harness_fixture.h"
#include "tests/support/reply.h"

#define BUSY "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\n{}"
#define FULL "HTTP/1.1 429 Full\r\nContent-Length: 2\r\n\r\n{}"
#define TORN "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"choices\":"
/* 1 and 2 USD a million tokens of the first target, 3 and 4 of the fallback. */
#define PRICE(VERSION, INPUT, OUTPUT)                                                                        \
    "{\"version\":\"" VERSION "\",\"price\":{\"provider\":\"mock\",\"model\":\"*\",\"usdPerMillion\":{"      \
    "\"input\":\"" INPUT "\",\"output\":\"" OUTPUT "\"}}}"
#define TWO(MORE)                                                                                            \
    "{\"version\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"tier\":\"Development\","                \
    "\"policyDigest\":\"digest\",\"callers\":[{\"name\":\"ada\",\"keyHashes\":[\"" KEY_HASH "\"]}],"         \
    "\"providers\":[{\"name\":\"mock\",\"type\":\"OpenAI\",\"baseUrl\":\"http://@/v1\"}],"                   \
    "\"prices\":[" PRICE("v1", "1", "2") "," PRICE(                                                          \
        "v3", "3",                                                                                           \
        "4") "],"                                                                                            \
             "\"models\":[{\"name\":\"gpt\",\"targets\":[{\"provider\":\"mock\",\"model\":\"one\","          \
             "\"priceVersion\":\"v1\"}],\"fallback\":[{\"provider\":\"mock\",\"model\":\"two\","             \
             "\"priceVersion\":\"v3\"}],\"retry\":{\"attempts\":1,\"backoffBase\":\"1ms\",\"backoffMax\":"   \
             "\"1ms\"}}]" MORE "}"

TestSuite(pipeline_tries, .fini = end);

Test(pipeline_tries, each_leave_a_record_that_says_what_call_they_are_of_and_why_another_was_made)
{
    given(TWO(""));
    harness_provider_says_and_closes(harness, TORN);
    harness_provider_says(harness, OK_REPLY);

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 200);

    cr_assert_eq(harness_record_count(harness), 2);
    const struct usage_record *lost = harness_record(harness, 0), *last = harness_record(harness, 1);
    cr_assert(text_equals(last->call, last->id) && text_equals(lost->call, last->id));
    cr_assert_not(text_equals(lost->id, last->id));
    cr_assert_eq(lost->try_number, 1);
    cr_assert_eq(last->try_number, 2);
    cr_assert_eq(lost->next_try, NEXT_TRY_SERVER_ERROR);
    cr_assert_eq(last->next_try, NEXT_TRY_NONE);
    cr_assert_eq(lost->outcome, CALL_UPSTREAM_FAILED);
    cr_assert_eq(lost->time_ms, last->time_ms);
    cr_assert_geq(last->queue_us, lost->queue_us);
    cr_assert_eq(lost->first_byte_us, 0);
    cr_assert_gt(last->total_us, last->queue_us);
}

Test(pipeline_tries, each_have_the_usage_cost_and_price_of_their_own_target)
{
    given(TWO(""));
    harness_provider_says_and_closes(harness, TORN);
    harness_provider_says(harness, OK_REPLY);

    harness_post(harness, CHAT, KEY, HELLO);

    cr_assert(got(0, "\"model\":\"one\"") && got(1, "\"model\":\"two\""));
    const struct usage_record *lost = harness_record(harness, 0), *last = harness_record(harness, 1);
    cr_assert_eq(lost->usage_source, USAGE_BOUNDED);
    cr_assert_eq(lost->cost, 1000 * lost->input_tokens + 2000 * lost->output_tokens);
    cr_assert_gt(lost->cost, 0);
    cr_assert(text_equals(lost->target_model, TEXT("one")) && text_equals(lost->price_version, TEXT("v1")));
    cr_assert_eq(last->usage_source, USAGE_PROVIDER);
    cr_assert_eq(last->cost, 10 * 3000 + 5 * 4000);
    cr_assert(text_equals(last->target_model, TEXT("two")) && text_equals(last->price_version, TEXT("v3")));
    cr_assert(text_equals(lost->policy_digest, TEXT("digest")) && text_equals(lost->caller, TEXT("ada")));
}

Test(pipeline_tries, that_a_provider_answered_with_an_error_cost_nothing)
{
    given(TWO(""));
    harness_provider_says(harness, FULL);
    harness_provider_says(harness, OK_REPLY);

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 200);

    const struct usage_record *full = harness_record(harness, 0);
    cr_assert_eq(full->next_try, NEXT_TRY_RATE_LIMITED);
    cr_assert_eq(full->outcome, CALL_UPSTREAM_ERROR);
    cr_assert_eq(full->usage_source, USAGE_NONE);
    cr_assert_eq(full->cost, FIELD_UNSET);
}

Test(pipeline_tries, that_no_answer_came_to_in_time_are_bounded)
{
    given(TWO(",\"deadlines\":{\"firstByte\":\"20ms\"}"));

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 504);

    cr_assert_eq(harness_record_count(harness), 2);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(harness_record(harness, i)->usage_source, USAGE_BOUNDED);
        cr_assert_eq(harness_record(harness, i)->outcome, CALL_TIMED_OUT);
    }
    cr_assert_eq(harness_record(harness, 0)->next_try, NEXT_TRY_TIMEOUT);
}

/* A target where nobody listens: nothing was sent, so there is nothing to account for. */
#define NOBODY                                                                                               \
    "{\"version\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"tier\":\"Development\","                \
    "\"callers\":[{\"name\":\"ada\",\"keyHashes\":[\"" KEY_HASH "\"]}],"                                     \
    "\"providers\":[{\"name\":\"mock\",\"type\":\"OpenAI\",\"baseUrl\":\"http://@/v1\"},"                    \
    "{\"name\":\"away\",\"type\":\"OpenAI\",\"baseUrl\":\"http://127.0.0.1:1/v1\"}],"                        \
    "\"models\":[{\"name\":\"gpt\",\"strategy\":\"Priority\",\"targets\":[" TARGETS "],"                     \
    "\"retry\":{\"attempts\":1}}]}"

#define TARGETS "{\"provider\":\"away\",\"model\":\"m\"},{\"provider\":\"mock\",\"model\":\"m\"}"
Test(pipeline_tries, that_did_not_reach_a_provider_leave_no_record)
{
    given(NOBODY);
    harness_provider_says(harness, OK_REPLY);

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 200);

    cr_assert_eq(harness_record_count(harness), 1);
    cr_assert_eq(harness_record(harness, 0)->try_number, 2);
    cr_assert_eq(harness_record(harness, 0)->attempts, 2);
}
#undef TARGETS

#define TARGETS "{\"provider\":\"mock\",\"model\":\"m\"},{\"provider\":\"away\",\"model\":\"m\"}"
Test(pipeline_tries, that_did_not_reach_a_provider_are_not_charged_when_they_are_the_last)
{
    given(NOBODY);
    harness_provider_says_and_closes(harness, TORN);

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 502);

    cr_assert_eq(harness_record_count(harness), 2);
    const struct usage_record *lost = harness_record(harness, 0), *last = harness_record(harness, 1);
    cr_assert_eq(lost->try_number, 1);
    cr_assert_eq(lost->usage_source, USAGE_BOUNDED);
    cr_assert_eq(last->try_number, 0);
    cr_assert_eq(last->attempts, 2);
    cr_assert_eq(last->usage_source, USAGE_NONE);
}
#undef TARGETS
