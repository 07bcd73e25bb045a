/* Reading fields out of bytes, and edits that leave every other byte where it was. */
#include <criterion/criterion.h>

#include "gateway/dialects/openai_request.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"

TestSuite(openai_request, .init = given_arena, .fini = end_arena);

#define MESSAGES "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"

static struct model_request
read_chat(const char *body)
{
    struct model_request request;
    struct error err;
    cr_assert(openai_request_read(arena, MODEL_ENDPOINT_CHAT, text_of(body), &request, &err), "%s",
              err.message);
    return request;
}

static void
expect_refused(enum model_endpoint endpoint, const char *body, const char *words)
{
    struct model_request request;
    struct error err;
    cr_assert_not(openai_request_read(arena, endpoint, text_of(body), &request, &err), "%s", body);
    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert(strstr(err.message, words), "%s", err.message);
}

static void
expect_edited(const char *body, struct openai_edits edits, const char *expected)
{
    struct model_request request = read_chat(body);
    struct buffer out;
    buffer_init(&out, arena, 0);

    openai_request_write(&request, &edits, &out);

    cr_assert(text_equals(buffer_text(&out), text_of(expected)), "%.*s", TEXT_ARG(buffer_text(&out)));
    cr_assert_leq(out.length, request.body.length + openai_request_growth(&edits));
}

Test(openai_request, finds_the_fields_stages_act_on)
{
    struct model_request request =
        read_chat("{\"model\":\"gpt\\u002d4\",\"stream\":true,\"n\":2,\"max_tokens\":7,"
                  "\"stream_options\":{\"include_usage\":true}," MESSAGES "}");

    cr_assert(text_equals(request.model, TEXT("gpt-4")));
    cr_assert(request.stream);
    cr_assert(request.wants_usage);
    cr_assert_eq(request.answer_count, 2);
    cr_assert_eq(request.max_output_tokens, 7);
    cr_assert_eq(request.message_count, 1);
}

Test(openai_request, finds_the_end_user_that_it_names)
{
    static const char *const cases[][2] = {{"", ""},
                                           {",\"user\":\"ada\"", "ada"},
                                           {",\"user\":\"a\\u0064a\"", "ada"},
                                           {",\"user\":\"x\",\"safety_identifier\":\"ada\"", "ada"},
                                           {",\"user\":\"ada\",\"safety_identifier\":null", "ada"},
                                           {",\"user\":5", ""}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text body = text_format(arena, "{\"model\":\"m\"%s," MESSAGES "}", cases[i][0]);
        struct text user = read_chat(text_c_string(arena, body)).user;
        cr_assert(text_equals(user, text_of(cases[i][1])), "%s: %.*s", cases[i][0], TEXT_ARG(user));
    }
    expect_refused(MODEL_ENDPOINT_CHAT, "{\"model\":\"m\",\"user\":\"a\",\"user\":\"b\"," MESSAGES "}",
                   "twice");
}

Test(openai_request, takes_the_larger_of_two_maxima)
{
    struct model_request request =
        read_chat("{\"model\":\"m\",\"max_tokens\":7,\"max_completion_tokens\":70," MESSAGES "}");

    cr_assert_eq(request.max_output_tokens, 70);
}

static int64_t
answers_of(enum model_endpoint endpoint, const char *body)
{
    struct model_request request;
    struct error err;
    cr_assert(openai_request_read(arena, endpoint, text_of(body), &request, &err), "%s", err.message);
    return request.answer_count;
}

Test(openai_request, counts_every_answer_that_is_made)
{
    enum model_endpoint completions = MODEL_ENDPOINT_COMPLETIONS;
    cr_assert_eq(answers_of(completions, "{\"model\":\"m\",\"prompt\":\"a\"}"), 1);
    cr_assert_eq(answers_of(completions, "{\"model\":\"m\",\"prompt\":\"a\",\"n\":2,\"best_of\":5}"), 5);
    cr_assert_eq(answers_of(completions, "{\"model\":\"m\",\"prompt\":[\"a\",\"b\",\"c\"],\"n\":2}"), 6);
    cr_assert_eq(answers_of(completions, "{\"model\":\"m\",\"prompt\":[1,2,3]}"), 1, "tokens of one prompt");
    cr_assert_eq(answers_of(completions, "{\"model\":\"m\",\"prompt\":[[1,2],[3]]}"), 2);
    cr_assert_eq(answers_of(MODEL_ENDPOINT_CHAT, "{\"model\":\"m\",\"best_of\":5," MESSAGES "}"), 1);
    expect_refused(completions, "{\"model\":\"m\",\"prompt\":\"a\",\"best_of\":2000}", "best_of is above");
}

Test(openai_request, refuses_what_it_cannot_read_for_sure)
{
    expect_refused(MODEL_ENDPOINT_CHAT, "{" MESSAGES "}", "model is missing");
    expect_refused(MODEL_ENDPOINT_CHAT, "{\"model\":7," MESSAGES "}", "model is not the name");
    expect_refused(MODEL_ENDPOINT_CHAT, "{\"model\":\"m\",\"model\":\"o\"," MESSAGES "}", "twice");
    expect_refused(MODEL_ENDPOINT_CHAT, "{\"model\":\"m\",\"mod\\u0065l\":\"o\"," MESSAGES "}", "twice");
    expect_refused(MODEL_ENDPOINT_CHAT, "{\"model\":\"m\",\"max_tokens\":1.5," MESSAGES "}", "max_tokens");
    expect_refused(MODEL_ENDPOINT_CHAT, "{\"model\":\"m\",\"max_tokens\":-1," MESSAGES "}", "max_tokens");
    expect_refused(MODEL_ENDPOINT_CHAT, "{\"model\":\"m\",\"n\":0," MESSAGES "}", "n is not");
    expect_refused(MODEL_ENDPOINT_CHAT, "{\"model\":\"m\",\"stream\":\"yes\"," MESSAGES "}", "stream");
    expect_refused(MODEL_ENDPOINT_CHAT, "{\"model\":\"m\"}", "messages is missing");
    expect_refused(MODEL_ENDPOINT_CHAT, "{\"model\":\"m\",\"messages\":[]}", "messages is empty");
    expect_refused(MODEL_ENDPOINT_COMPLETIONS, "{\"model\":\"m\",\"prompt\":7}", "prompt");
    expect_refused(MODEL_ENDPOINT_EMBEDDINGS, "{\"model\":\"m\"}", "input is missing");
    expect_refused(MODEL_ENDPOINT_CHAT, "", "not a JSON object");
    expect_refused(MODEL_ENDPOINT_CHAT, "[1]", "not a JSON object");
}

Test(openai_request, leaves_every_byte_alone_when_nothing_is_to_change)
{
    const char *body = " { \"model\" : \"m\", \"x\":1.50, \"y\":{\"model\":\"z\"} ," MESSAGES " } ";

    expect_edited(body, (struct openai_edits){TEXT("m"), MODEL_REQUEST_NO_MAXIMUM, false}, body);
}

Test(openai_request, replaces_the_model_where_it_stands)
{
    expect_edited("{\"a\":1, \"model\": \"m\" ," MESSAGES "}",
                  (struct openai_edits){TEXT("target\"7"), MODEL_REQUEST_NO_MAXIMUM, false},
                  "{\"a\":1, \"model\": \"target\\\"7\" ," MESSAGES "}");
}

Test(openai_request, clamps_both_maxima_and_adds_one_where_there_is_none)
{
    expect_edited("{\"model\":\"m\",\"max_tokens\":900,\"max_completion_tokens\":null," MESSAGES "}",
                  (struct openai_edits){TEXT("m"), 50, false},
                  "{\"model\":\"m\",\"max_tokens\":50,\"max_completion_tokens\":50," MESSAGES "}");
    expect_edited("{\"model\":\"m\"," MESSAGES "}", (struct openai_edits){TEXT("m"), 50, false},
                  "{\"max_completion_tokens\":50,\"model\":\"m\"," MESSAGES "}");
}

Test(openai_request, asks_for_usage_however_the_client_spelled_its_options)
{
    const struct openai_edits edits = {TEXT("m"), MODEL_REQUEST_NO_MAXIMUM, true};

    expect_edited("{\"model\":\"m\"," MESSAGES "}", edits,
                  "{\"stream_options\":{\"include_usage\":true},\"model\":\"m\"," MESSAGES "}");
    expect_edited("{\"model\":\"m\",\"stream_options\":null," MESSAGES "}", edits,
                  "{\"model\":\"m\",\"stream_options\":{\"include_usage\":true}," MESSAGES "}");
    expect_edited("{\"model\":\"m\",\"stream_options\":{ }," MESSAGES "}", edits,
                  "{\"model\":\"m\",\"stream_options\":{\"include_usage\":true }," MESSAGES "}");
    expect_edited("{\"model\":\"m\",\"stream_options\":{\"x\":1}," MESSAGES "}", edits,
                  "{\"model\":\"m\",\"stream_options\":{\"include_usage\":true,\"x\":1}," MESSAGES "}");
    expect_edited("{\"model\":\"m\",\"stream_options\":{\"include_usage\":false}," MESSAGES "}", edits,
                  "{\"model\":\"m\",\"stream_options\":{\"include_usage\":true}," MESSAGES "}");
    expect_edited("{\"model\":\"m\",\"stream_options\":{\"include_usage\":true}," MESSAGES "}", edits,
                  "{\"model\":\"m\",\"stream_options\":{\"include_usage\":true}," MESSAGES "}");
}
