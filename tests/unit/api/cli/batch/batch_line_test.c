#include "api/cli/batch/batch_line.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"

static struct arena *arena;

static void
given_an_arena(void)
{
    arena = arena_new(0);
}

static void
end_it(void)
{
    arena_free(arena);
}

TestSuite(batch_line, .init = given_an_arena, .fini = end_it);

static struct batch_line
line_of(const char *text)
{
    struct batch_line line;
    batch_line_read(arena, text_of(text), 7, TEXT("/v1/chat/completions"), &line);
    return line;
}

static void
expect_problem(const char *text, const char *problem)
{
    struct batch_line line = line_of(text);
    cr_expect(text_find(line.problem, text_of(problem)) >= 0, "%.*s", TEXT_ARG(line.problem));
}

Test(batch_line, reads_what_openai_writes)
{
    struct batch_line line = line_of("{\"custom_id\": \"a\\u00e9\", \"method\": \"POST\", \"url\": "
                                     "\"/v1/chat/completions\", \"body\": {\"model\": \"m\", \"n\": 1}}");

    cr_expect(text_is_empty(line.problem), "%.*s", TEXT_ARG(line.problem));
    cr_expect(text_equals(line.custom_id, TEXT("aé")));
    cr_expect(text_equals(line.body, TEXT("{\"model\": \"m\", \"n\": 1}")));
    cr_expect(text_equals(batch_line_body(arena, &line, TEXT("other")), line.body));
}

Test(batch_line, says_what_is_wrong)
{
    expect_problem("[]", "not a JSON object");
    expect_problem("{\"custom_id\":\"a\"}{}", "not a JSON object");
    expect_problem("{\"custom_id\":7}", "custom_id is missing");
    expect_problem("{\"custom_id\":\"\"}", "custom_id is missing");
    expect_problem("{\"custom_id\":\"a\",\"method\":\"GET\"}", "method must be \"POST\"");
    expect_problem("{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/embeddings\",\"body\":{}}",
                   "it is \"/v1/embeddings\"");
    expect_problem("{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":[]}",
                   "body is missing");
    expect_problem("{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{"
                   "\"stream\":true}}",
                   "body.stream");
}

Test(batch_line, gives_a_body_without_model_the_batchs)
{
    struct batch_line empty = {.body = TEXT("{ }")}, full = {.body = TEXT("{ \"n\": 1}")};

    cr_expect(text_equals(batch_line_body(arena, &empty, TEXT("a\"b")), TEXT("{\"model\":\"a\\\"b\"}")));
    cr_expect(text_equals(batch_line_body(arena, &full, TEXT("m")), TEXT("{\"model\":\"m\",\"n\": 1}")));
    cr_expect(text_equals(batch_line_body(arena, &full, (struct text){0}), full.body));
}

Test(batch_line, writes_answers_on_one_line_that_it_can_read_back)
{
    struct batch_line line = {.number = 42, .custom_id = TEXT("a\nb")};
    struct buffer out;
    uint64_t number = 0;
    struct text custom_id;
    buffer_init(&out, arena, 64);

    batch_line_print_answer(&out, &line, 200, TEXT("req"), TEXT("{\n  \"x\": \"\\n\"\n}\n"));

    cr_expect(
        text_equals(buffer_text(&out),
                    TEXT("{\"id\":\"batch_req_42\",\"custom_id\":\"a\\nb\",\"response\":{\"status_code\":200,"
                         "\"request_id\":\"req\",\"body\":{   \"x\": \"\\n\" }},\"error\":null}\n")),
        "%.*s", (int)out.length, out.bytes);
    cr_assert(batch_line_read_answer(arena, buffer_text(&out), &number, &custom_id));
    cr_expect_eq(number, 42);
    cr_expect(text_equals(custom_id, line.custom_id));
}

Test(batch_line, writes_errors_and_foreign_bodies)
{
    struct batch_line nameless = {.number = 1};
    struct buffer out;
    buffer_init(&out, arena, 64);

    batch_line_print_error(&out, &nameless, "invalid_request", TEXT("it is \"wrong\""));
    batch_line_print_answer(&out, &nameless, 502, (struct text){0}, TEXT("<html>"));

    cr_expect(
        text_equals(buffer_text(&out),
                    TEXT("{\"id\":\"batch_req_1\",\"custom_id\":null,\"response\":null,\"error\":{\"code\":"
                         "\"invalid_request\",\"message\":\"it is \\\"wrong\\\"\"}}\n{\"id\":\"batch_req_1\","
                         "\"custom_id\":null,\"response\":{\"status_code\":502,\"request_id\":\"\",\"body\":"
                         "\"<html>\"},\"error\":null}\n")),
        "%.*s", (int)out.length, out.bytes);
}

Test(batch_line, takes_no_line_of_others_for_its_own)
{
    uint64_t number = 0;
    struct text custom_id;

    cr_expect_not(batch_line_read_answer(arena, TEXT("{\"id\":\"batch_req_x\"}"), &number, &custom_id));
    cr_expect_not(batch_line_read_answer(arena, TEXT("{\"id\":\"batch_req_0\"}"), &number, &custom_id));
    cr_expect_not(batch_line_read_answer(arena, TEXT("{\"id\":\"other_1\"}"), &number, &custom_id));
    cr_expect_not(batch_line_read_answer(arena, TEXT("{\"id\":\"batch_req_1\""), &number, &custom_id));
}
