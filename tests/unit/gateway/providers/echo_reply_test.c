/* Bodies and events as OpenAI's clients read them, and usage that is exactly what the rule says. */
#include <criterion/criterion.h>

#include "gateway/providers/echo_reply.h"
#include "gateway/providers/echo_tokens.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/json.h"
#include "lib/net/digest.h"
#include "tests/support/arena_fixture.h"

TestSuite(echo_reply, .init = given_arena, .fini = end_arena);

static struct echo_ask
ask_of(enum echo_endpoint endpoint, const char *body)
{
    return (struct echo_ask){
        .endpoint = endpoint,
        .body = text_of(body),
        .model = TEXT("echo"),
        .max_output_tokens = ECHO_NO_MAXIMUM,
        .reply_id = TEXT("01TEST"),
        .unix_seconds = 1700000000,
    };
}

static const struct document *
parse(struct text json)
{
    struct document *document = NULL;
    struct error err;
    cr_assert(json_parse(arena, json, TEXT("reply"), &document, &err), "%s: %.*s", err.message,
              TEXT_ARG(json));
    return document;
}

static const struct document *
reply_to(enum echo_endpoint endpoint, const char *body)
{
    struct echo_ask ask = ask_of(endpoint, body);
    struct echo_reply reply = echo_reply_to(arena, &ask);
    cr_assert_eq(reply.status, 200, "%.*s", TEXT_ARG(reply.body));
    return parse(reply.body);
}

static void
expect_text(const struct document *document, const char *path, const char *expected)
{
    struct text got = document_text(document_get(document, path));
    cr_assert(text_equals(got, text_of(expected)), "%s is \"%.*s\"", path, TEXT_ARG(got));
}

static int64_t
number_at(const struct document *document, const char *path)
{
    int64_t value = -1;
    cr_assert(document_int(document_get(document, path), &value), "%s", path);
    return value;
}

/* The events of a stream without their "data: ", the last one [DONE]. */
static struct text_list
events_of(const struct echo_ask *ask)
{
    struct echo_reply reply = echo_reply_to(arena, ask);
    cr_assert(reply.is_stream);
    struct text_list list = {.items = arena_alloc_array(arena, 200, sizeof(struct text))};
    struct buffer out;
    buffer_init(&out, arena, 64);
    while (echo_stream_next(&reply.stream, &out)) {
        struct text event = text_copy(arena, buffer_text(&out));
        cr_assert(text_starts_with(event, TEXT("data: ")) && text_ends_with(event, TEXT("\n\n")));
        list.items[list.count++] = text_slice(event, 6, event.length - 2);
        out.length = 0;
    }
    cr_assert(text_equals(list.items[list.count - 1], TEXT("[DONE]")));
    return list;
}

Test(echo_reply, answers_a_chat_with_its_last_user_message)
{
    const struct document *reply = reply_to(
        ECHO_CHAT,
        "{\"model\":\"x\",\"messages\":[{\"role\":\"system\",\"content\":\"be kind\"},"
        "{\"role\":\"user\",\"content\":\"hello \\u00e9\"},{\"role\":\"assistant\",\"content\":\"no\"}]}");

    expect_text(reply, "object", "chat.completion");
    expect_text(reply, "model", "echo");
    expect_text(reply, "choices[0].message.role", "assistant");
    expect_text(reply, "choices[0].message.content", "hello é");
    expect_text(reply, "choices[0].finish_reason", "stop");
}

Test(echo_reply, says_exactly_what_the_counting_rule_says)
{
    const struct document *reply =
        reply_to(ECHO_CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"one, two\"}]}");

    cr_assert_eq(number_at(reply, "usage.prompt_tokens"), 3 + 3 + 3);
    cr_assert_eq(number_at(reply, "usage.completion_tokens"), 3);
    cr_assert_eq(number_at(reply, "usage.total_tokens"), 12);
}

Test(echo_reply, cuts_the_answer_at_the_maximum)
{
    struct echo_ask ask = ask_of(ECHO_CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"a b c d\"}]}");
    ask.max_output_tokens = 2;

    struct echo_reply reply = echo_reply_to(arena, &ask);

    cr_assert_eq(reply.output_tokens, 2);
    expect_text(parse(reply.body), "choices[0].message.content", "a b");
    expect_text(parse(reply.body), "choices[0].finish_reason", "length");
}

Test(echo_reply, reads_content_in_parts_and_counts_only_texts)
{
    const struct document *reply = reply_to(
        ECHO_CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
                   "{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://x/"
                   "y\"}},{\"type\":\"text\",\"text\":\"b\"}]}]}");

    expect_text(reply, "choices[0].message.content", "a\nb");
    cr_assert_eq(number_at(reply, "usage.prompt_tokens"), 3 + 3 + 2);
}

Test(echo_reply, gives_as_many_answers_as_asked)
{
    const struct document *reply =
        reply_to(ECHO_CHAT, "{\"n\":3,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");

    cr_assert_eq(document_count(document_get(reply, "choices")), 3);
    cr_assert_eq(number_at(reply, "choices[2].index"), 2);
    cr_assert_eq(number_at(reply, "usage.completion_tokens"), 3);
}

#define WEATHER_TOOL                                                                                         \
    "{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":{\"type\":\"object\","         \
    "\"properties\":{\"city\":{\"type\":\"string\"},\"days\":{\"type\":\"integer\"},\"unit\":{\"enum\":["    \
    "\"C\",\"F\"]}},"                                                                                        \
    "\"required\":[\"city\",\"days\",\"unit\"]}}}"

Test(echo_reply, calls_a_tool_when_the_request_forces_one)
{
    const struct document *reply = reply_to(
        ECHO_CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"Paris\"}],\"tools\":[" WEATHER_TOOL
                   "],\"tool_choice\":\"required\"}");

    cr_assert_eq(document_kind(document_get(reply, "choices[0].message.content")), DOCUMENT_NULL);
    expect_text(reply, "choices[0].finish_reason", "tool_calls");
    expect_text(reply, "choices[0].message.tool_calls[0].function.name", "weather");
    expect_text(reply, "choices[0].message.tool_calls[0].function.arguments",
                "{\"city\":\"Paris\",\"days\":1,\"unit\":\"C\"}");
}

Test(echo_reply, calls_the_tool_that_was_named)
{
    const struct document *reply =
        reply_to(ECHO_CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tools\":[" WEATHER_TOOL
                            ",{\"type\":\"function\",\"function\":{\"name\":\"other\"}}],"
                            "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"other\"}}}");

    expect_text(reply, "choices[0].message.tool_calls[0].function.name", "other");
    expect_text(reply, "choices[0].message.tool_calls[0].function.arguments", "{}");
}

Test(echo_reply, answers_in_words_when_no_tool_is_forced)
{
    const struct document *reply = reply_to(
        ECHO_CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tools\":[" WEATHER_TOOL "]}");

    expect_text(reply, "choices[0].message.content", "x");
    cr_assert_null(document_get(reply, "choices[0].message.tool_calls"));
}

Test(echo_reply, fits_a_json_schema)
{
    const struct document *reply = reply_to(
        ECHO_CHAT,
        "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"response_format\":{\"type\":\"json_schema\","
        "\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":"
        "\"array\",\"items\":{\"type\":\"boolean\"}}},\"required\":[\"a\"]}}}}");

    expect_text(reply, "choices[0].message.content", "{\"a\":[true]}");
}

Test(echo_reply, streams_role_tokens_finish_and_done)
{
    struct echo_ask ask = ask_of(ECHO_CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"a b\"}]}");
    ask.stream = true;

    struct text_list events = events_of(&ask);

    cr_assert_eq(events.count, 5);
    expect_text(parse(events.items[0]), "choices[0].delta.role", "assistant");
    expect_text(parse(events.items[1]), "choices[0].delta.content", "a");
    expect_text(parse(events.items[2]), "choices[0].delta.content", " b");
    expect_text(parse(events.items[3]), "choices[0].finish_reason", "stop");
    cr_assert_null(document_get(parse(events.items[3]), "usage"));
}

Test(echo_reply, streams_usage_when_asked_and_null_before)
{
    struct echo_ask ask = ask_of(ECHO_CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"a b\"}]}");
    ask.stream = true;
    ask.include_usage = true;

    struct text_list events = events_of(&ask);

    cr_assert_eq(events.count, 6);
    for (size_t i = 0; i < 4; i++) {
        const struct document *usage = document_get(parse(events.items[i]), "usage");
        cr_assert(usage && document_kind(usage) == DOCUMENT_NULL);
    }
    cr_assert_eq(document_count(document_get(parse(events.items[4]), "choices")), 0);
    cr_assert_eq(number_at(parse(events.items[4]), "usage.completion_tokens"), 2);
}

Test(echo_reply, streams_a_tool_call_in_pieces_that_add_up)
{
    struct echo_ask ask =
        ask_of(ECHO_CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"Rome\"}],\"tools\":[" WEATHER_TOOL
                          "],\"tool_choice\":\"required\"}");
    ask.stream = true;

    struct text_list events = events_of(&ask);
    struct buffer arguments;
    buffer_init(&arguments, arena, 64);
    for (size_t i = 0; i + 1 < events.count; i++)
        buffer_add_text(&arguments,
                        document_text(document_get(parse(events.items[i]),
                                                   "choices[0].delta.tool_calls[0].function.arguments")));

    expect_text(parse(events.items[0]), "choices[0].delta.tool_calls[0].function.name", "weather");
    cr_assert(text_equals(buffer_text(&arguments), TEXT("{\"city\":\"Rome\",\"days\":1,\"unit\":\"C\"}")));
    expect_text(parse(events.items[events.count - 2]), "choices[0].finish_reason", "tool_calls");
}

Test(echo_reply, streams_the_same_words_as_it_answers_whole)
{
    const char *body = "{\"n\":2,\"messages\":[{\"role\":\"user\",\"content\":\"Ein \\\"Weir\\\" \\n staut, "
                       "z.B. \\u6c34.\"}]}";
    struct echo_ask ask = ask_of(ECHO_CHAT, body);
    const struct document *whole = reply_to(ECHO_CHAT, body);
    ask.stream = true;

    struct text_list events = events_of(&ask);
    struct buffer words;
    buffer_init(&words, arena, 64);
    for (size_t i = 0; i + 1 < events.count; i++) {
        const struct document *event = parse(events.items[i]);
        if (number_at(event, "choices[0].index") == 1)
            buffer_add_text(&words, document_text(document_get(event, "choices[0].delta.content")));
    }

    cr_assert(
        text_equals(buffer_text(&words), document_text(document_get(whole, "choices[1].message.content"))));
}

Test(echo_reply, completes_each_of_several_prompts)
{
    const struct document *reply = reply_to(ECHO_COMPLETIONS, "{\"prompt\":[\"one\",\"two words\"]}");

    expect_text(reply, "object", "text_completion");
    expect_text(reply, "choices[1].text", "two words");
    cr_assert_eq(number_at(reply, "usage.prompt_tokens"), 3);
}

Test(echo_reply, completes_a_prompt_of_token_ids)
{
    const struct document *reply = reply_to(ECHO_COMPLETIONS, "{\"prompt\":[1,2,3]}");

    expect_text(reply, "choices[0].text", "1,2,3");
    cr_assert_eq(number_at(reply, "usage.prompt_tokens"), 3);
}

Test(echo_reply, embeds_equal_texts_equally_and_at_length_one)
{
    const struct document *reply =
        reply_to(ECHO_EMBEDDINGS, "{\"input\":[\"a b\",\"a b\",\"c\"],\"dimensions\":8}");
    double squares = 0;

    for (size_t i = 0; i < 8; i++) {
        struct text number = document_text(document_at(document_get(reply, "data[0].embedding"), i));
        double value = strtod(text_c_string(arena, number), NULL);
        squares += value * value;
    }

    cr_assert(squares > 0.999 && squares < 1.001);
    cr_assert(
        document_equals(document_get(reply, "data[0].embedding"), document_get(reply, "data[1].embedding")));
    cr_assert_eq(number_at(reply, "usage.prompt_tokens"), 5);
    cr_assert_eq(number_at(reply, "data[2].index"), 2);
}

Test(echo_reply, embeds_as_base64_of_floats_when_asked)
{
    const struct document *reply =
        reply_to(ECHO_EMBEDDINGS, "{\"input\":\"hello\",\"encoding_format\":\"base64\"}");
    struct text bytes;

    cr_assert(digest_base64_decode(arena, document_text(document_get(reply, "data[0].embedding")), &bytes));

    cr_assert_eq(bytes.length, ECHO_DIMENSIONS * sizeof(float));
}

Test(echo_reply, says_what_is_wrong_with_a_request)
{
    static const struct {
        enum echo_endpoint endpoint;
        const char *body, *param;
    } wrong[] = {
        {ECHO_CHAT, "{\"model\":\"echo\"}", "messages"},
        {ECHO_CHAT, "{\"messages\":[],\"n\":0}", "n"},
        {ECHO_CHAT, "{\"messages\":[],\"n\":129}", "n"},
        {ECHO_COMPLETIONS, "{}", "prompt"},
        {ECHO_COMPLETIONS, "{\"prompt\":[]}", "prompt"},
        {ECHO_COMPLETIONS, "{\"prompt\":[{}]}", "prompt"},
        {ECHO_EMBEDDINGS, "{\"input\":{}}", "input"},
        {ECHO_EMBEDDINGS, "{\"input\":\"x\",\"dimensions\":4000}", "dimensions"},
        {ECHO_EMBEDDINGS, "[]", ""},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct echo_ask ask = ask_of(wrong[i].endpoint, wrong[i].body);
        struct echo_reply reply = echo_reply_to(arena, &ask);
        cr_assert_eq(reply.status, 400, "%s", wrong[i].body);
        expect_text(parse(reply.body), "error.type", "invalid_request_error");
        expect_text(parse(reply.body), "error.param", wrong[i].param);
    }
}

Test(echo_reply, bounds_a_long_answer_without_a_maximum)
{
    struct buffer body;
    buffer_init(&body, arena, 64);
    buffer_add_string(&body, "{\"messages\":[{\"role\":\"user\",\"content\":\"");
    for (int i = 0; i < 20000; i++)
        buffer_add_string(&body, "! ");
    buffer_add_string(&body, "\"}]}");
    struct echo_ask ask = ask_of(ECHO_CHAT, "");
    ask.body = buffer_text(&body);

    struct echo_reply reply = echo_reply_to(arena, &ask);

    cr_assert_eq(reply.output_tokens, ECHO_MAX_OUTPUT_TOKENS);
    expect_text(parse(reply.body), "choices[0].finish_reason", "length");
}
