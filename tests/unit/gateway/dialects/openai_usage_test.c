/* The usage of a whole reply, met while its bytes go by. */
#include <criterion/criterion.h>

#include "gateway/dialects/openai_usage.h"
#include "tests/support/arena_fixture.h"

TestSuite(openai_usage, .init = given_arena, .fini = end_arena);

static bool
find(struct text body, size_t cut, struct call_usage *out_usage)
{
    struct openai_usage_finder finder;
    openai_usage_finder_init(&finder, arena);
    openai_usage_finder_feed(&finder, text_slice(body, 0, cut));
    openai_usage_finder_feed(&finder, text_slice(body, cut, body.length));
    return openai_usage_finder_read(&finder, out_usage);
}

Test(openai_usage, is_found_wherever_the_reply_is_cut)
{
    static const struct text body =
        TEXT("{\"choices\":[{\"usage\":{\"prompt_tokens\":99},\"text\":\"\\\"usage\\\":{\\\"prompt_"
             "tokens\\\":77}\"}],"
             "\"usage\" : "
             "{\"prompt_tokens\":12,\"completion_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":2}},"
             "\"usag\":1,\"usages\":{}}");
    for (size_t cut = 0; cut <= body.length; cut++) {
        struct call_usage usage;
        cr_assert(find(body, cut, &usage), "cut at %zu", cut);
        cr_assert_eq(usage.vector.input_tokens, 10);
        cr_assert_eq(usage.vector.cache_read_tokens, 2);
        cr_assert_eq(usage.vector.output_tokens, 5);
    }
}

Test(openai_usage, is_not_made_up_when_there_is_none)
{
    struct call_usage usage;
    cr_assert_not(find(TEXT("{\"choices\":[]}"), 3, &usage));
    cr_assert_not(find(TEXT("{\"usage\":null}"), 3, &usage));
    cr_assert_not(find(TEXT("{\"usage\":{}}"), 3, &usage));
    cr_assert_not(find(TEXT("not json at all }}} \"usage\":{"), 3, &usage));
    cr_assert_not(find(TEXT(""), 0, &usage));
}

Test(openai_usage, does_not_believe_odd_counts)
{
    struct call_usage usage;
    cr_assert_not(openai_usage_read(TEXT("{\"prompt_tokens\":-1}"), &usage));
    cr_assert_not(openai_usage_read(TEXT("{\"prompt_tokens\":\"7\"}"), &usage));
    cr_assert_not(openai_usage_read(TEXT("{\"prompt_tokens\":1e99}"), &usage));
    cr_assert_not(openai_usage_read(TEXT("{\"prompt_tokens\":1000000000001}"), &usage),
                  "journals hold no more");
}

Test(openai_usage, keeps_its_classes_disjoint_also_when_a_part_exceeds_the_whole)
{
    struct call_usage usage;
    cr_assert(openai_usage_read(TEXT("{\"prompt_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":9}}"),
                                &usage));
    cr_assert_eq(usage.vector.input_tokens, 0);
    cr_assert_eq(usage.vector.cache_read_tokens, 5);
}

Test(openai_usage, takes_audio_out_of_both_wholes)
{
    struct call_usage usage;
    cr_assert(openai_usage_read(
        TEXT("{\"prompt_tokens\":100,\"completion_tokens\":60,"
             "\"prompt_tokens_details\":{\"cached_tokens\":30,\"audio_tokens\":50},"
             "\"completion_tokens_details\":{\"reasoning_tokens\":10,\"audio_tokens\":45}}"),
        &usage));
    cr_assert_eq(usage.vector.input_tokens, 20);
    cr_assert_eq(usage.vector.audio_input_tokens, 50);
    cr_assert_eq(usage.vector.output_tokens, 5);
    cr_assert_eq(usage.vector.audio_output_tokens, 45);
    cr_assert_eq(usage_vector_tokens(&usage.vector), 160);
}

static bool
find_from_end(const char *reply, int64_t *out_input)
{
    struct call_usage usage = {0};
    bool is_found = openai_usage_find(arena, text_of(reply), &usage);
    *out_input = usage.vector.input_tokens;
    return is_found;
}

Test(openai_usage, is_found_from_the_end_of_a_whole_reply)
{
    int64_t input;
    cr_assert(find_from_end("{\"choices\":[{\"usage\":{\"prompt_tokens\":99}}],\"usage\":{\"prompt_tokens\":"
                            "7}, \"x\":{\"y\":[1]} } ",
                            &input));
    cr_assert_eq(input, 7);
    cr_assert(find_from_end("{\"usage\":{\"prompt_tokens\":7},\"meta\":{\"usage\":1}}", &input));
    cr_assert_eq(input, 7);
    cr_assert(find_from_end("{\"usage\":{\"prompt_tokens\":7},\"text\":\"she said \\\"usage\"}", &input));
    cr_assert_eq(input, 7);
}

Test(openai_usage, of_something_inside_a_whole_reply_is_not_the_replys)
{
    int64_t input;
    cr_assert_not(find_from_end("{\"choices\":[{\"usage\":{\"prompt_tokens\":99}}]}", &input));
    cr_assert_not(find_from_end("{\"x\":\"usage\"}", &input));
    cr_assert_not(find_from_end("{\"usage\":{\"prompt_tokens\":7}", &input));
    cr_assert_not(find_from_end("", &input));
}
