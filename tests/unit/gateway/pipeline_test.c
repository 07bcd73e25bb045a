/* The life of a call over real sockets: what the client sees, what the provider was asked, what the record
 * says. */
#include <criterion/criterion.h>

#include "api/types/usage_record.h"
#include "tests/support/gateway_words.h"
#include "tests/support/harness_fixture.h"
#include "tests/support/reply.h"

#define ASK_O1 "{\"model\":\"o1\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"

TestSuite(pipeline, .fini = end);

static struct text
body_of(struct text reply)
{
    return reply_body(harness_arena(harness), reply);
}

Test(pipeline, answers_with_the_providers_bytes_and_records_the_call)
{
    given(CONFIG(""));
    harness_provider_says(harness, OK_REPLY);

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 200);
    cr_assert(text_equals(body_of(reply), TEXT(OK_BODY)));
    const struct usage_record *record = harness_record(harness, 0);
    cr_assert_eq(record->outcome, CALL_COMPLETED);
    cr_assert_eq(record->usage_source, USAGE_PROVIDER);
    cr_assert_eq(record->input_tokens, 10);
    cr_assert_eq(record->output_tokens, 5);
    cr_assert(text_equals(record->caller, TEXT("ada")));
    cr_assert(text_equals(record->id, reply_header(harness_arena(harness), reply, "x-request-id")));
}

Test(pipeline, asks_the_provider_by_its_own_model_name_and_shows_it_nothing_of_the_caller)
{
    given(CONFIG(""));
    harness_provider_says(harness, OK_REPLY);

    harness_post(harness, CHAT, KEY, HELLO);

    cr_assert(got(0, "POST /v1/chat/completions HTTP/1.1\r\n"));
    cr_assert(got(0, "\"model\":\"gpt-4.1\""));
    cr_assert_not(got(0, KEY));
}

Test(pipeline, takes_the_usage_chunk_out_of_a_stream_whose_client_did_not_ask)
{
    given(CONFIG(""));
    harness_provider_says(harness, STREAM_REPLY);

    struct text reply = harness_post(harness, CHAT, KEY, STREAMED);

    cr_assert(got(0, "\"stream_options\":{\"include_usage\":true}"));
    cr_assert(text_equals(body_of(reply), TEXT(CHUNK_A CHUNK_B DONE)), "%.*s", TEXT_ARG(body_of(reply)));
    cr_assert(reply_is_whole(reply));
    cr_assert_eq(harness_record(harness, 0)->input_tokens, 7);
}

Test(pipeline, passes_a_stream_on_byte_for_byte_when_the_client_asked_for_usage_itself)
{
    given(CONFIG(""));
    harness_provider_says_slowly(harness, STREAM_REPLY, 13);

    struct text reply =
        harness_post(harness, CHAT, KEY,
                     "{\"model\":\"gpt\",\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                     "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");

    cr_assert(text_equals(body_of(reply), TEXT(CHUNK_A CHUNK_B CHUNK_USAGE DONE)), "%.*s",
              TEXT_ARG(body_of(reply)));
}

Test(pipeline, never_ends_a_cut_stream_as_if_it_were_whole)
{
    given(CONFIG(""));
    harness_provider_says_and_closes(harness, SSE_HEAD "2f\r\n" CHUNK_A "\r\n");

    struct text reply = harness_post(harness, CHAT, KEY, STREAMED);

    cr_assert(reply_has(reply, CHUNK_A));
    cr_assert(reply_has(reply, "data: {\"error\":"));
    cr_assert_not(reply_is_whole(reply));
    cr_assert_eq(harness_record(harness, 0)->outcome, CALL_CUT);
    cr_assert_eq(harness_record(harness, 0)->usage_source, USAGE_COUNTED);
    cr_assert_eq(harness_provider_requests(harness), 1);
}

Test(pipeline, takes_a_stream_that_ends_politely_without_done_as_cut)
{
    given(CONFIG(""));
    harness_provider_says(harness, SSE_HEAD "2f\r\n" CHUNK_A "\r\n0\r\n\r\n");

    struct text reply = harness_post(harness, CHAT, KEY, STREAMED);

    cr_assert_not(reply_is_whole(reply));
    cr_assert_eq(harness_record(harness, 0)->outcome, CALL_CUT);
}

Test(pipeline, tries_again_before_the_first_byte)
{
    given(CONFIG(""));
    harness_provider_says(harness, "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\n{}");
    harness_provider_says(harness, OK_REPLY);

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 200);
    cr_assert_eq(harness_provider_requests(harness), 2);
    cr_assert_eq(harness_record_count(harness), 2, "one for each try");
    cr_assert_eq(harness_record(harness, 1)->attempts, 2);
}

Test(pipeline, passes_a_content_filters_refusal_on_and_asks_nobody_else)
{
    given(CONFIG(""));
    harness_provider_says(harness,
                          "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: "
                          "45\r\n\r\n{\"error\":{\"code\":\"content_filter\",\"n\":12345}}");

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 400);
    cr_assert(reply_has(reply, "content_filter"));
    cr_assert_eq(harness_provider_requests(harness), 1);
    cr_assert_eq(harness_record(harness, 0)->outcome, CALL_UPSTREAM_ERROR);
}

Test(pipeline, tells_the_client_nothing_of_what_the_provider_says_about_our_key)
{
    given(CONFIG(""));
    harness_provider_says(harness, "HTTP/1.1 401 No\r\nContent-Length: 19\r\n\r\nbad key: sk-secret!");

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 502);
    cr_assert(reply_has(reply, "upstream_credential"));
    cr_assert_not(reply_has(reply, "sk-secret"));
}

Test(pipeline, refuses_an_unknown_key_and_a_missing_one_in_the_same_words)
{
    given(CONFIG(""));

    struct text unknown = harness_post(harness, CHAT, "other", HELLO);
    struct text missing =
        harness_ask(harness, "GET /v1/models HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");

    cr_assert_eq(reply_status(unknown), 401);
    cr_assert_eq(reply_status(missing), 401);
    cr_assert(reply_has(unknown, "A key that is valid in demo/dev is needed"));
    cr_assert(reply_has(missing, "A key that is valid in demo/dev is needed"));
    cr_assert_eq(harness_record(harness, 0)->outcome, CALL_UNAUTHENTICATED);
    cr_assert_eq(harness_record_count(harness), 2);
}

Test(pipeline, refuses_a_caller_whose_time_is_over)
{
    given("{\"version\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"tier\":\"Development\","
          "\"callers\":[{\"name\":"
          "\"ada\",\"expires\":\"2020-01-01T00:00:00Z\",\"keyHashes\":[\"" KEY_HASH "\"]}]}");

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 401);
}

Test(pipeline, says_which_policy_denies_a_model_and_whom_to_ask)
{
    given(CONFIG(
        ",\"allow\":[{\"patterns\":[{\"name\":\"gpt*\"}],\"from\":{\"policy\":\"weir-system/org\",\"place\":"
        "\"org.yaml:18\"}}]"));

    struct text reply = harness_post(harness, CHAT, KEY, ASK_O1);

    cr_assert_eq(reply_status(reply), 403);
    cr_assert(reply_has(
        reply, "o1 is not allowed in demo/dev by policy weir-system/org (org.yaml:18). Allowed here: "
               "gpt. Ask the owner of the workspace, retail."));
    cr_assert(reply_has(reply, "x-should-retry: false"));
    cr_assert(reply_has(reply, "x-weir-decision: refused; rule=models/allow; policy=weir-system/org"));
    cr_assert(text_equals(harness_record(harness, 0)->policy, TEXT("weir-system/org")));
}

Test(pipeline, says_503_and_why_for_a_model_that_cannot_be_called_now)
{
    given(CONFIG_WITH(",{\"name\":\"o1\",\"unavailable\":\"set O1_KEY to enable\"}",
                      ",\"allow\":[{\"patterns\":[{\"provider\":\"mock\",\"name\":\"*\"}]}]"));

    struct text reply = harness_post(harness, CHAT, KEY, ASK_O1);

    cr_assert_eq(reply_status(reply), 503);
    cr_assert(reply_has(reply, "\"code\":\"model_unavailable\",\"param\":\"model\""));
    cr_assert(reply_has(reply,
                        "o1 cannot be called in demo/dev now: set O1_KEY to enable. Allowed here: gpt. "
                        "Ask the owner of the workspace, retail."));
    cr_assert(reply_has(reply, "x-should-retry: false"));
    cr_assert_eq(harness_record(harness, 0)->outcome, CALL_UNAVAILABLE);
}

Test(pipeline, lists_only_models_that_can_be_called)
{
    given(CONFIG_WITH(",{\"name\":\"o1\",\"unavailable\":\"set O1_KEY to enable\"}", ""));

    struct text reply =
        harness_ask(harness, "GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " KEY
                             "\r\nConnection: close\r\n\r\n");

    cr_assert(reply_has(reply, "\"id\":\"gpt\""));
    cr_assert_not(reply_has(reply, "o1"));
}

Test(pipeline, names_the_rule_that_leaves_nothing_of_a_model)
{
    given(CONFIG_WITH(",{\"name\":\"o1\",\"forbidden\":[{\"provider\":\"mock\",\"model\":\"big\"}]}",
                      ",\"allow\":[{\"patterns\":[{\"name\":\"o1\"},{\"name\":\"gpt*\"}],\"from\":"
                      "{\"policy\":\"weir-system/org\",\"place\":\"org.yaml:18\"}}]"));

    struct text reply = harness_post(harness, CHAT, KEY, ASK_O1);

    cr_assert_eq(reply_status(reply), 403);
    cr_assert(reply_has(reply, "o1 is not allowed in demo/dev by policy weir-system/org (org.yaml:18)"));
}

Test(pipeline, says_404_for_a_model_nobody_serves)
{
    given(CONFIG(""));

    struct text reply = harness_post(harness, CHAT, KEY, ASK_O1);

    cr_assert_eq(reply_status(reply), 404);
    cr_assert(reply_has(reply, "\"code\":\"model_not_found\""));
}

Test(pipeline, says_when_to_come_back_after_a_limit_and_who_set_it)
{
    given(CONFIG(
        ",\"limits\":[{\"scope\":\"Caller\",\"unit\":\"RequestsPerMinute\",\"amount\":1,\"from\":{\"policy\":"
        "\"weir-system/org\"}}]"));
    harness_provider_says(harness, OK_REPLY);

    struct text first = harness_post(harness, CHAT, KEY, HELLO);
    struct text second = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert(reply_has(first, "x-ratelimit-limit-requests: 1\r\n"));
    cr_assert(reply_has(first, "x-ratelimit-remaining-requests: 0\r\n"));
    cr_assert_eq(reply_status(second), 429);
    cr_assert(reply_has(second, "retry-after: "));
    cr_assert(reply_has(
        second, "\"policy\":\"weir-system/org\",\"rule\":\"limits[caller].requestsPerMinute\",\"limit\":1"));
    cr_assert_eq(harness_provider_requests(harness), 1);
    cr_assert_eq(harness_record(harness, 1)->outcome, CALL_REFUSED);
}

Test(pipeline, only_notes_a_limit_in_shadow_mode)
{
    given(CONFIG(
        ",\"limits\":[{\"scope\":\"Caller\",\"unit\":\"RequestsPerMinute\",\"amount\":0,\"from\":{\"policy\":"
        "\"weir-system/org\",\"mode\":\"Shadow\"}}]"));
    harness_provider_says(harness, OK_REPLY);

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 200);
    cr_assert_eq(harness_record(harness, 0)->shadow.count, 1);
    cr_assert(text_equals(harness_record(harness, 0)->shadow.items[0], TEXT("request_limit")));
}

Test(pipeline, clamps_what_may_be_answered)
{
    given(CONFIG(",\"maxOutputTokens\":{\"amount\":50,\"over\":\"Clamp\",\"from\":{\"policy\":\"p/q\"}}"));
    harness_provider_says(harness, OK_REPLY);

    harness_post(
        harness, CHAT, KEY,
        "{\"model\":\"gpt\",\"max_tokens\":9000,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");

    cr_assert(got(0, "\"max_tokens\":50,"));
}

Test(pipeline, refuses_a_suspended_environment_with_503)
{
    given(CONFIG(",\"suspended\":true"));

    struct text reply = harness_post(harness, CHAT, KEY, HELLO);

    cr_assert_eq(reply_status(reply), 503);
    cr_assert(reply_has(reply, "suspended"));
    cr_assert_eq(harness_record(harness, 0)->outcome, CALL_UNAVAILABLE);
}

Test(pipeline, answers_503_before_its_first_config)
{
    given(NULL);

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, HELLO)), 503);
}

static void
ask_for_a_stream_and_leave(void)
{
    harness_ask_and_leave(harness,
                          "POST /v1/chat/completions HTTP/1.1\r\nHost: t\r\nx-api-key: " KEY
                          "\r\nContent-Length: 81\r\n\r\n" STREAMED "     ",
                          20);
}

Test(pipeline, counts_a_client_that_leaves_and_asks_the_provider_no_more)
{
    given(CONFIG(""));
    harness_provider_says(harness, SSE_HEAD "2f\r\n" CHUNK_A "\r\n");

    ask_for_a_stream_and_leave();

    cr_assert_eq(harness_record(harness, 0)->outcome, CALL_CLIENT_GONE);
    cr_assert_eq(harness_record(harness, 0)->usage_source, USAGE_COUNTED);
    cr_assert_eq(harness_record(harness, 0)->output_tokens, 1);
}

Test(pipeline, reads_on_for_the_usage_when_told_to_drain)
{
    given(CONFIG(",\"clientGone\":\"Drain\""));
    harness_provider_says_slowly(harness, STREAM_REPLY, 5);

    ask_for_a_stream_and_leave();

    cr_assert_eq(harness_record(harness, 0)->outcome, CALL_CLIENT_GONE);
    cr_assert_eq(harness_record(harness, 0)->usage_source, USAGE_PROVIDER);
    cr_assert_eq(harness_record(harness, 0)->input_tokens, 7);
}

Test(pipeline, says_what_exists_at_a_path_that_does_not)
{
    given(CONFIG(""));

    struct text wrong_path = harness_post(harness, "/v1/chat", KEY, HELLO);
    struct text wrong_method =
        harness_ask(harness, "DELETE /v1/models HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");

    cr_assert_eq(reply_status(wrong_path), 404);
    cr_assert(reply_has(wrong_path, "POST /v1/chat/completions"));
    cr_assert_eq(reply_status(wrong_method), 405);
    cr_assert(reply_has(wrong_method, "allow: GET\r\n"));
}

Test(pipeline, refuses_bodies_that_are_not_what_they_should_be)
{
    given(CONFIG(""));

    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, "{\"model\":\"gpt\",\"model\":\"o1\"}")), 400);
    cr_assert_eq(reply_status(harness_post(harness, CHAT, KEY, "{\"model\":")), 400);
    cr_assert_eq(harness_provider_requests(harness), 0);
}
