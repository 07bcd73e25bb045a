/* Which functions answers ask to call. */
#include "gateway/dialects/openai_tools.h"

#include <criterion/criterion.h>

#include "api/types/usage_record.h"
#include "gateway/dialects/openai_stream.h"
#include "lib/base/arena.h"
#include "tests/support/arena_fixture.h"

TestSuite(openai_tools, .init = given_arena, .fini = end_arena);

#define CALL(NAME)                                                                                           \
    "{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"" NAME "\",\"arguments\":\"{}\"}}"
#define ANSWER(MESSAGE)                                                                                      \
    "{\"id\":\"x\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\"," MESSAGE "}}]}"

static struct text
tools_of(const char *answer)
{
    struct openai_tools tools;
    openai_tools_init(&tools, arena);
    openai_tools_take_answer(&tools, text_of(answer));
    return text_join(arena, &tools.names, TEXT(" "));
}

static void
expect(const char *answer, const char *names)
{
    struct text got = tools_of(answer);
    cr_assert(text_equals(got, text_of(names)), "%s: %.*s", answer, TEXT_ARG(got));
}

Test(openai_tools, are_the_names_of_all_choices_each_once)
{
    expect(ANSWER("\"tool_calls\":[" CALL("weather") "," CALL("search") "," CALL("weather") "]"),
           "weather search");
    expect("{\"choices\":[{\"message\":{\"tool_calls\":[" CALL("a") "]}},{\"message\":{\"tool_calls\":[" CALL(
               "b") "]}}]}",
           "a b");
}

Test(openai_tools, are_none_where_none_are_called_or_nothing_can_be_read)
{
    static const char *const answers[] = {
        ANSWER("\"content\":\"hi\""),
        ANSWER("\"content\":\"say \\\"tool_calls\\\"\""),
        ANSWER("\"tool_calls\":null"),
        ANSWER("\"tool_calls\":[1,{},{\"function\":7},{\"function\":{\"name\":\"\"}},{\"function\":{\"name\":"
               "1}}]"),
        "{\"choices\":[3,\"tool_calls\"]}",
        "{\"choices\":{\"tool_calls\":[" CALL("a") "]}}",
        "{\"choices\":[{\"message\":{\"tool_calls\":[" CALL("a") "]}}", /* cut */
        "",
    };
    for (size_t i = 0; i < COUNT_OF(answers); i++)
        expect(answers[i], "");
}

Test(openai_tools, are_bounded_in_number_and_length)
{
    struct openai_tools tools;
    openai_tools_init(&tools, arena);
    for (int i = 0; i < USAGE_MAX_TOOLS + 5; i++)
        openai_tools_take(
            &tools,
            text_format(arena, "[{\"delta\":{\"tool_calls\":[{\"function\":{\"name\":\"%d%0200d\"}}]}}]", i,
                        0));
    cr_assert_eq(tools.names.count, USAGE_MAX_TOOLS);
    cr_assert_eq(tools.names.items[0].length, USAGE_TOOL_MAX_BYTES);
}

Test(openai_tools, of_a_stream_stand_in_the_first_piece_of_each_call)
{
    static const char events[] =
        "data: "
        "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"weather\","
        "\"arguments\":\"\"}}]}}]}\n\n"
        "data: "
        "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}}]}\n\n"
        "data: "
        "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1,\"function\":{\"name\":\"search\"}}]}}]}\n\n"
        "data: [DONE]\n\n";
    struct openai_tools tools;
    struct openai_stream stream;
    struct buffer out, held;
    buffer_init(&out, arena, 64);
    buffer_init(&held, arena, 64);
    openai_tools_init(&tools, arena);
    openai_stream_init(&stream, arena, false);
    stream.tools = &tools;

    for (size_t i = 0; i + 1 < sizeof(events); i++)
        openai_stream_feed(&stream, (struct text){events + i, 1}, &out, &held);

    cr_assert(text_equals(text_join(arena, &tools.names, TEXT(" ")), TEXT("weather search")));
    cr_assert(text_starts_with(text_of(events), buffer_text(&out)), "and passes on what it was");
}
