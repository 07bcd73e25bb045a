/* A public price table, small and of our own, to ours. */
#include <criterion/criterion.h>

#include "lib/base/buffer.h"
#include "lib/document/json.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/api/prices/given.h"

TestSuite(price_import, .init = given_arena, .fini = end_arena);

static struct text
first_problem(void)
{
    cr_assert_gt(import_problems.count, 0);
    return problem_line(arena, &import_problems.items[0]);
}

Test(price_import, takes_over_each_class_under_the_providers_name)
{
    cr_assert(import_prices(
        arena, "{\"sample_spec\": {\"input_cost_per_token\": -1, \"mode\": 7},\n"
               "\"small\": {\"litellm_provider\": \"openai\", \"mode\": \"chat\", \"max_tokens\": 1e3,\n"
               "  \"input_cost_per_token\": 4e-07, \"output_cost_per_token\": 1.6e-06,\n"
               "  \"cache_read_input_token_cost\": 1e-07, \"input_cost_per_audio_token\": 0.00004,\n"
               "  \"supports_vision\": true, \"source\": \"https://example.org\"}}"));
    const struct model_price *price = imported_price("openai", "small");
    cr_assert_eq(imported.model_count, 1, "the sample is none");
    cr_assert_eq(price->mode, PRICE_MODE_CHAT);
    cr_assert_eq(price->nano_per_million.input, 400000000);
    cr_assert_eq(price->nano_per_million.output, 1600000000);
    cr_assert_eq(price->nano_per_million.cache_read, 100000000);
    cr_assert_eq(price->nano_per_million.audio_input, 40000000000);
    cr_assert_eq(price->nano_per_million.reasoning, 1600000000,
                 "billed as output where nothing else is said");
    cr_assert_eq(price->nano_per_million.cache_write, FIELD_UNSET, "unpriced, not free");
    cr_assert_eq(imported.notes.count, 0);
    cr_assert_eq(imported.table.imported, 1700000000000);
}

Test(price_import, makes_tiers_of_thresholds_in_any_order_and_of_ranges)
{
    cr_assert(import_prices(
        arena,
        "{\"a\": {\"litellm_provider\": \"p\", \"output_cost_per_token_above_256k_tokens\": 9e-06,\n"
        "  \"input_cost_per_token_above_32k_tokens\": 2e-06, \"input_cost_per_token\": 1e-06,\n"
        "  \"output_cost_per_token\": 3e-06},\n"
        "\"b\": {\"litellm_provider\": \"p\", \"tiered_pricing\": [\n"
        "  {\"range\": [0, 32000.0], \"input_cost_per_token\": 1e-06, \"output_cost_per_token\": 5e-06},\n"
        "  {\"range\": [32000.0, 1e6], \"input_cost_per_token\": 2e-06, \"output_cost_per_token\": "
        "7e-06}]}}"));
    const struct model_price *a = imported_price("p", "a"), *b = imported_price("p", "b");
    cr_assert_eq(a->tiers.count, 2);
    cr_assert_eq(a->tiers.items[0].above_prompt_tokens, 32000);
    cr_assert_eq(a->tiers.items[0].nano_per_million.input, 2000000000);
    cr_assert_eq(a->tiers.items[0].nano_per_million.output, FIELD_UNSET, "the model's own");
    cr_assert_eq(a->tiers.items[1].above_prompt_tokens, 256000);
    cr_assert_eq(a->tiers.items[1].nano_per_million.reasoning, 9000000000, "follows output there as well");
    cr_assert_eq(b->nano_per_million.output, 5000000000);
    cr_assert_eq(b->tiers.count, 1);
    cr_assert_eq(b->tiers.items[0].above_prompt_tokens, 32000);
    cr_assert_eq(b->tiers.items[0].nano_per_million.cache_read, 2000000000);
}

static void
expect_wrong(const char *value, const char *words)
{
    struct text json =
        text_format(arena,
                    "{\"good\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": 1e-06},\n"
                    "\"bad\": {\"litellm_provider\": \"p\",\n"
                    "  \"input_cost_per_token\": %s}}",
                    value);
    cr_assert_not(import_prices(arena, text_c_string(arena, json)), "%s", value);
    struct text line = first_problem();
    cr_assert(text_starts_with(line, TEXT("prices.json:3:27: ")), "%.*s", TEXT_ARG(line));
    cr_assert(text_find(line, text_of(words)) >= 0, "%.*s", TEXT_ARG(line));
    cr_assert_null(imported_price("p", "bad"), "half a price list bills half");
    cr_assert_not_null(imported_price("p", "good"));
    cr_assert_eq(imported.wrong_count, 1);
}

Test(price_import, leaves_a_model_with_a_wrong_price_out_and_says_where_it_stands)
{
    expect_wrong("-1e-06", "negative");
    expect_wrong("1e-16", "10^-15");
    expect_wrong("1e9", "1,000 US dollars");
    expect_wrong("\"1e-06\"", "not a number");
    expect_wrong("{\"x\": 1}", "not a number");
    expect_wrong("true", "not a number");
}

Test(price_import, never_cuts_what_it_shows_inside_a_character)
{
    /* 80 bytes of a value and 100 of a key are shown: here the last of them is the first half of an e acute.
     */
    const char *value = text_c_string(arena, text_format(arena, "%079d\u00e9\u00e9", 0));
    cr_assert_not(import_prices(
        arena,
        text_c_string(arena,
                      text_format(arena,
                                  "{\"m\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": \"%s\"}}",
                                  value))));
    cr_assert(text_is_utf8(first_problem()));

    cr_assert(import_prices(
        arena,
        text_c_string(
            arena,
            text_format(
                arena,
                "{\"m\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": 1e-06, \"tiered_pricing\":"
                " [{\"range\": [9, 10], \"cost_per_%090d\u00e9\": 1}]}}",
                0))));
    cr_assert_gt(import_problems.count, 0);
    for (size_t i = 0; i < import_problems.count; i++)
        cr_assert(text_is_utf8(problem_line(arena, &import_problems.items[i])));
}

Test(price_import, does_not_take_zero_for_free)
{
    cr_assert(import_prices(arena, "{\"e\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": 1e-08, "
                                   "\"output_cost_per_token\": 0.0},\n"
                                   "\"z\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": 0}}"));
    cr_assert_eq(imported_price("p", "e")->nano_per_million.output, FIELD_UNSET);
    cr_assert_null(imported_price("p", "z"));
    cr_assert_eq(noted("output_cost_per_token is 0: not taken for free"), 1);
    cr_assert_eq(noted("model without a price that is taken over"), 1);
}

Test(price_import, counts_what_it_does_not_understand_and_says_it_once)
{
    cr_assert(import_prices(arena, "{\"a\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": 1e-06, "
                                   "\"input_cost_per_token_flex\": 1e-07, \"tpm\": 5},\n"
                                   "\"b\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": 1e-06, "
                                   "\"input_cost_per_token_flex\": 1e-07, \"output_cost_per_token\": null},\n"
                                   "\"c\": {\"litellm_provider\": \"p\", \"mode\": \"chat\"}}"));
    cr_assert_eq(noted("input_cost_per_token_flex is not understood"), 2);
    cr_assert_eq(noted("model without any price"), 1);
    cr_assert_eq(import_problems.count, 2);
    cr_assert_eq(import_problems.items[0].place.line, 1);
    cr_assert_eq(import_problems.items[0].level, PROBLEM_NOTICE);
}

Test(price_import, keeps_one_of_two_entries_for_the_same_model)
{
    cr_assert(import_prices(arena,
                            "{\"m\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": 1e-06},"
                            "\"p/m\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": 1e-06}}"));
    cr_assert_eq(imported.table.prices.count, 1);
    cr_assert_eq(imported.notes.count, 0, "they say the same");
    cr_assert(import_prices(arena,
                            "{\"m\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": 1e-06},"
                            "\"p/m\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": 2e-06}}"));
    cr_assert_eq(imported_price("p", "m")->nano_per_million.input, 1000000000);
    cr_assert_eq(imported.notes.count, 1);
}

Test(price_import, refuses_two_prices_for_one_thing)
{
    cr_assert(import_prices(arena,
                            "{\"m\": {\"litellm_provider\": \"p\", \"cache_read_input_token_cost\": 1e-07, "
                            "\"input_cost_per_token_cache_hit\": 1e-07}}"));
    cr_assert_not(
        import_prices(arena, "{\"m\": {\"litellm_provider\": \"p\", \"cache_read_input_token_cost\": 1e-07, "
                             "\"input_cost_per_token_cache_hit\": 2e-07}}"));
}

Test(price_import, bounds_tiers_and_names)
{
    struct buffer json;
    buffer_init(&json, arena, 1024);
    buffer_add_string(&json, "{\"m\": {\"litellm_provider\": \"p\", \"input_cost_per_token\": 1e-06");
    for (int i = 1; i <= PRICE_MAX_TIERS + 1; i++)
        buffer_print(&json, ", \"input_cost_per_token_above_%dk_tokens\": %de-06", i, i + 1);
    buffer_add_string(&json, "}}");
    cr_assert_not(import_prices(arena, text_c_string(arena, buffer_text(&json))));
    char name[300];
    memset(name, 'x', sizeof(name));
    struct text long_name = text_format(arena, "{\"%.*s\": {}}", (int)sizeof(name), name);
    cr_assert_not(import_prices(arena, text_c_string(arena, long_name)));
    cr_assert_not(import_prices(arena, "{\"\": {}}"));
    cr_assert_not(import_prices(arena, "{\"m\": []}"));
    cr_assert_not(import_prices(arena, "{\"m\\u0000\": {}}"));
    cr_assert(import_prices(arena,
                            "{\"m\": {\"litellm_provider\": \"text-completion-\", "
                            "\"input_cost_per_token\": 1e-06},"
                            "\"n\": {\"litellm_provider\": \"a\\u0000\", \"input_cost_per_token\": 1e-06}}"));
    cr_assert_eq(imported.table.prices.count, 0);
    cr_assert_eq(noted("model without a provider"), 2);
}

Test(price_import, refuses_what_is_no_table)
{
    cr_assert_not(import_prices(arena, "[]"));
    cr_assert_not(import_prices(arena, "{\"m\": {\"a\": 1,}}"));
    cr_assert(text_find(first_problem(), TEXT("prices.json:1:15")) >= 0, "%.*s", TEXT_ARG(first_problem()));
    cr_assert_eq(imported.table.prices.count, 0);
}

Test(price_import, makes_a_table_that_reads_back_the_same)
{
    cr_assert(import_prices(
        arena,
        "{\"a\": {\"litellm_provider\": \"p\", \"mode\": \"rerank\", \"input_cost_per_query\": 0.002},\n"
        "\"azure/*\": {\"litellm_provider\": \"azure\", \"mode\": \"image_generation\", "
        "\"input_cost_per_image\": 0.04},\n"
        "\"b\": {\"litellm_provider\": \"p\", \"input_cost_per_token_above_200k_tokens\": 2e-06, "
        "\"input_cost_per_token\": 1.3200000000000002e-06}}"));
    cr_assert_eq(imported_price("azure", "*")->nano_per_million.output_images, 40000000000000,
                 "an image made, where nothing else is priced");
    struct document *written =
        schema_encode(arena, &price_table_schema, &imported.table, SCHEMA_ENCODE_PLAIN);
    struct price_table again;
    problems_init(&import_problems, arena);
    cr_assert(schema_decode(arena, &price_table_schema, written, TEXT(""), &again, &import_problems));
    cr_assert(
        document_equals(written, schema_encode(arena, &price_table_schema, &again, SCHEMA_ENCODE_PLAIN)));
}

static bool
is_of_openai(const void *owner, const struct price_name *name)
{
    (void)owner;
    return text_equals(name->provider, TEXT("openai"));
}

Test(price_import, says_nothing_about_what_is_not_wanted)
{
    struct price_source source = {
        .json = TEXT("{\"a\": {\"litellm_provider\": \"openai\", \"input_cost_per_token\": 1e-06},"
                     " \"b\": {\"litellm_provider\": \"other\", \"input_cost_per_token\": -1}}"),
        .file = TEXT("prices.json"),
        .version = TEXT("v1"),
        .is_wanted = is_of_openai,
    };
    struct price_import import;
    struct problem_list problems;
    problems_init(&problems, arena);

    cr_assert(price_import(arena, &source, &import, &problems));

    cr_assert_eq(import.table.prices.count, 1);
    cr_assert_eq(import.model_count, 1);
    cr_assert_eq(problems.count, 0);
}
