/* When providers fail: what is tried again, what goes elsewhere, what the client is told, what the record
 * says. */
#include <criterion/criterion.h>

#include "api/types/usage_record.h"
#include "lib/base/arena.h"
#include "tests/support/gateway_words.h"
#include "tests/support/harness_fixture.h"
#include "tests/support/reply.h"

#define ODD_503 "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\n{}"

/* Two targets by priority and a fallback, one try each. */
#define CONFIG_OF_THREE(MORE)                                                                                \
    "{\"version\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"tier\":\"Development\","                \
    "\"callers\":[{\"name\":\"ada\",\"keyHashes\":[\"" KEY_HASH "\"]}],"                                     \
    "\"providers\":[{\"name\":\"mock\",\"type\":\"OpenAI\",\"baseUrl\":\"http://@/v1\"}],"                   \
    "\"models\":[{\"name\":\"gpt\",\"strategy\":\"Priority\",\"targets\":[{\"provider\":\"mock\",\"model\":" \
    "\"one\"},"                                                                                              \
    "{\"provider\":\"mock\",\"model\":\"two\"}],\"fallback\":[{\"provider\":\"mock\",\"model\":\"three\"}]," \
    "\"retry\":{\"attempts\":1,\"backoffBase\":\"1ms\",\"backoffMax\":\"1ms\"}" MORE "}]}"

TestSuite(pipeline_failures, .fini = end);

Test(pipeline_failures, go_to_the_next_target_and_then_to_the_fallback)
{
    given(CONFIG_OF_THREE(""));
    harness_provider_says(harness, ODD_503);
    harness_provider_says(harness, ODD_503);
    harness_provider_says(harness, OK_REPLY);

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 200);
    cr_assert(got(0, "\"model\":\"one\""));
    cr_assert(got(1, "\"model\":\"two\""));
    cr_assert(got(2, "\"model\":\"three\""));
    cr_assert_eq(harness_record(harness, 2)->attempts, 3);
    cr_assert(text_equals(harness_record(harness, 2)->target_model, TEXT("three")));
}

Test(pipeline_failures, do_not_fall_back_for_a_failure_that_the_config_does_not_name)
{
    given(CONFIG_OF_THREE(",\"fallbackOn\":[\"ConnectError\"]"));
    harness_provider_says(harness, ODD_503);
    harness_provider_says(harness, ODD_503);

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 503);
    cr_assert_eq(harness_provider_requests(harness), 2);
}

Test(pipeline_failures, pass_the_providers_last_word_on)
{
    given(CONFIG(""));
    harness_provider_says(harness, ODD_503);
    harness_provider_says(harness, "HTTP/1.1 503 Busy\r\nContent-Type: application/json\r\nContent-Length: "
                                   "16\r\n\r\n{\"error\":\"busy\"}");

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 503);
    cr_assert(reply_has(reply, "{\"error\":\"busy\"}"));
    cr_assert_eq(harness_record(harness, 1)->outcome, CALL_UPSTREAM_ERROR);
}

Test(pipeline_failures, become_504_when_nothing_comes_in_time)
{
    given(CONFIG(",\"deadlines\":{\"firstByte\":\"5ms\"}"));

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 504);
    cr_assert(reply_has(reply, "\"code\":\"upstream_timeout\""));
    cr_assert_eq(harness_record(harness, 0)->outcome, CALL_TIMED_OUT);
    cr_assert_eq(harness_record(harness, 0)->usage_source, USAGE_BOUNDED);
    cr_assert_eq(harness_provider_requests(harness), 1);
}

Test(pipeline_failures, cut_a_stream_that_stands_still_too_long)
{
    given(CONFIG(",\"deadlines\":{\"gap\":\"5ms\"}"));
    harness_provider_says(harness, SSE_HEAD "2f\r\n" CHUNK_A "\r\n");

    struct text reply = harness_post(harness, CHAT, KEY, STREAMED);

    cr_assert(reply_has(reply, CHUNK_A));
    cr_assert_not(reply_is_whole(reply));
    cr_assert_eq(harness_record(harness, 0)->outcome, CALL_TIMED_OUT);
}

Test(pipeline_failures, become_502_when_nobody_listens)
{
    given("{\"version\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"tier\":\"Development\","
          "\"callers\":[{\"name\":"
          "\"ada\",\"keyHashes\":[\"" KEY_HASH
          "\"]}],\"providers\":[{\"name\":\"mock\",\"type\":\"OpenAI\",\"baseUrl\":"
          "\"http://127.0.0.1:1/"
          "v1\"}],\"models\":[{\"name\":\"gpt\",\"targets\":[{\"provider\":\"mock\",\"model\":\"m\"}],"
          "\"retry\":{\"attempts\":1}}]}");

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 502);
    cr_assert_eq(harness_record(harness, 0)->outcome, CALL_UPSTREAM_FAILED);
    cr_assert_eq(harness_record(harness, 0)->usage_source, USAGE_NONE);
}

Test(pipeline_failures, open_the_breaker_so_that_a_sick_target_is_asked_no_more)
{
    given(CONFIG(""));
    for (int i = 0; i < 6; i++)
        harness_provider_says(harness, ODD_503);

    for (int i = 0; i < 3; i++)
        harness_post(harness, CHAT, KEY, HELLO);
    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 503);
    cr_assert(reply_has(reply, "\"code\":\"no_target\""));
    cr_assert(reply_has(reply, "retry-after: "));
    cr_assert_leq(harness_provider_requests(harness), 6);
}

Test(pipeline_failures, are_noticed_in_an_answer_whose_framing_lies)
{
    given(CONFIG(""));
    harness_provider_says_and_closes(harness, "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"choices\":");
    harness_provider_says(harness, OK_REPLY);

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 200);
    cr_assert(reply_has(reply, OK_BODY));
    cr_assert_eq(harness_record(harness, 1)->attempts, 2);
}

Test(pipeline_failures, are_noticed_when_only_the_connections_end_says_that_an_answer_is_whole)
{
    given(CONFIG(""));
    harness_provider_says_and_closes(harness, "HTTP/1.1 200 OK\r\n\r\n{\"choices\":[");
    harness_provider_says_and_closes(harness, "HTTP/1.1 200 OK\r\n\r\n" OK_BODY);

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert(reply_has(reply, OK_BODY));
    cr_assert_eq(harness_record(harness, 1)->attempts, 2);
}

Test(pipeline_failures, leave_a_coded_answer_unread)
{
    given(CONFIG_OF_THREE(""));
    for (int i = 0; i < 3; i++)
        harness_provider_says(harness,
                              "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}");

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 502);
}

Test(pipeline_failures, pass_a_very_large_answer_through_in_pieces)
{
    given(CONFIG(""));
    const size_t text_bytes = 700 * 1024;
    char *body = arena_alloc(harness_arena(harness), text_bytes + 200);
    int head =
        snprintf(body, 100, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n{\"x\":\"", text_bytes + 61);
    memset(body + head, 'a', text_bytes);
    snprintf(body + head + text_bytes, 100, "\",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4000}}");
    harness_provider_says(harness, body);

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert(reply_is_whole(reply));
    cr_assert_eq(reply_body(harness_arena(harness), reply).length, text_bytes + 61);
    cr_assert_eq(harness_record(harness, 0)->output_tokens, 4000);
}
