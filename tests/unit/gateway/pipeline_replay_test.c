/* The same asked twice under one Idempotency-Key. */
#include <criterion/criterion.h>

#include "api/types/usage_record.h"
#include "lib/base/arena.h"
#include "tests/support/gateway_words.h"
#include "tests/support/harness_fixture.h"
#include "tests/support/reply.h"

TestSuite(pipeline_replay, .fini = end);

#define BUSY "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\n{}"
#define OTHER "{\"model\":\"gpt\",\"messages\":[{\"role\":\"user\",\"content\":\"other\"}]}"

static struct text
post_to(const char *path, const char *key, const char *json)
{
    struct text request = text_format(
        harness_arena(harness),
        "POST %s HTTP/1.1\r\nHost: weir\r\nConnection: close\r\nAuthorization: Bearer " KEY
        "\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\nContent-Length: %zu\r\n\r\n%s",
        path, key, strlen(json), json);
    return harness_ask(harness, text_c_string(harness_arena(harness), request));
}

static struct text
post(const char *key, const char *json)
{
    return post_to(CHAT, key, json);
}

Test(pipeline_replay, gives_the_same_answer_again_and_asks_no_provider)
{
    given(CONFIG(""));
    harness_provider_says(harness, OK_REPLY);
    struct text first = post("k-1", HELLO), second = post("k-1", HELLO);

    cr_assert_eq(reply_status(second), 200);
    cr_assert(reply_has(second, OK_BODY) && reply_has(second, "idempotent-replayed: true"));
    cr_assert(reply_has(second, "content-type: application/json"));
    cr_assert_not(reply_has(first, "idempotent-replayed"));
    cr_assert_eq(harness_provider_requests(harness), 1);
    const struct usage_record *one = harness_record(harness, 0), *again = harness_record(harness, 1);
    cr_assert(text_equals(again->replay_of, one->id) && text_is_empty(one->replay_of));
    cr_assert(text_equals(again->idempotency_key, TEXT("k-1")) &&
              text_equals(one->idempotency_key, TEXT("k-1")));
    cr_assert_eq(again->outcome, CALL_COMPLETED);
    cr_assert_eq(again->usage_source, USAGE_NONE);
    cr_assert_eq(again->try_number, 0);
    cr_assert_eq(again->cost, FIELD_UNSET);
    cr_assert_not(text_equals(again->id, one->id));
}

Test(pipeline_replay, refuses_another_request_under_the_key)
{
    given(CONFIG(""));
    harness_provider_says(harness, OK_REPLY);
    post("k-1", HELLO);

    struct text reply = post("k-1", OTHER), elsewhere = post_to("/v1/embeddings", "k-1", HELLO);

    cr_assert_eq(reply_status(reply), 422);
    cr_assert(reply_has(reply, "\"code\":\"idempotency_key_reused\""));
    cr_assert(reply_has(reply, "x-should-retry: false"));
    cr_assert_eq(reply_status(elsewhere) / 100, 4);
    cr_assert_eq(harness_provider_requests(harness), 1);
}

Test(pipeline_replay, lets_what_failed_be_asked_again)
{
    given(CONFIG(""));
    harness_provider_says(harness, BUSY);
    harness_provider_says(harness, BUSY);
    harness_provider_says(harness, OK_REPLY);

    cr_assert_eq(reply_status(post("k-1", HELLO)), 503);
    struct text reply = post("k-1", HELLO);

    cr_assert_eq(reply_status(reply), 200);
    cr_assert_not(reply_has(reply, "idempotent-replayed"));
}

Test(pipeline_replay, gives_all_events_of_a_stream_again)
{
    given(CONFIG(""));
    harness_provider_says(harness, STREAM_REPLY);

    struct text first = post("k-1", STREAMED), second = post("k-1", STREAMED);

    cr_assert_eq(reply_status(second), 200);
    cr_assert(reply_has(second, "idempotent-replayed: true"));
    cr_assert(reply_has(second, "content-type: text/event-stream"));
    struct arena *arena = harness_arena(harness);
    cr_assert(text_equals(reply_body(arena, first), reply_body(arena, second)) &&
              reply_has(second, "[DONE]"));
    cr_assert_eq(harness_provider_requests(harness), 1);
    cr_assert(text_equals(harness_record(harness, 1)->replay_of, harness_record(harness, 0)->id));
}

Test(pipeline_replay, is_not_of_streams_that_were_cut)
{
    given(CONFIG(""));
    harness_provider_says(harness, SSE_HEAD "2f\r\n" CHUNK_A "\r\n0\r\n\r\n");
    harness_provider_says(harness, STREAM_REPLY);

    post("k-1", STREAMED);
    struct text reply = post("k-1", STREAMED);

    cr_assert_not(reply_has(reply, "idempotent-replayed"));
    cr_assert_eq(harness_provider_requests(harness), 2);
    cr_assert(got(1, "idempotency-key: k-1"));
}

Test(pipeline_replay, does_not_take_what_is_no_key)
{
    given(CONFIG(""));
    char *longest = arena_alloc(harness_arena(harness), IDEMPOTENCY_KEY_MAX_BYTES + 2);
    memset(longest, 'k', IDEMPOTENCY_KEY_MAX_BYTES + 1);

    cr_assert_eq(reply_status(post("two words", HELLO)), 400);
    cr_assert_eq(reply_status(post(longest, HELLO)), 400);

    cr_assert_eq(harness_provider_requests(harness), 0);
    cr_assert(text_is_empty(harness_record(harness, 0)->idempotency_key));
}
