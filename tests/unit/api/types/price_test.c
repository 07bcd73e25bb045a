/* What a price table may say, and that prices and usage go by the same classes. */
#include <criterion/criterion.h>

#include "api/types/price.h"
#include "lib/base/buffer.h"
#include "tests/unit/api/types/given.h"

TestSuite(price, .init = given_fresh_arena, .fini = end_arena);

static bool
decode(const char *yaml, struct price_table *out_table)
{
    return schema_decode(test_arena, &price_table_schema, given_document(yaml), TEXT(""), out_table,
                         &test_problems);
}

/* The first problem of a table with this one price. */
static struct text
refusal_of_price(const char *price)
{
    struct price_table table;
    struct text yaml = text_format(test_arena, "{version: v1, prices: [%s]}", price);
    cr_assert_not(decode(text_c_string(test_arena, yaml), &table), "%s", price);
    return problem_line(test_arena, &test_problems.items[0]);
}

static void
expect_refusal(const char *price, const char *words)
{
    struct text line = refusal_of_price(price);
    cr_assert(text_find(line, text_of(words)) >= 0, "%.*s", TEXT_ARG(line));
    problems_init(&test_problems, test_arena);
}

Test(price, is_read_as_dollars_per_million_and_held_as_nano)
{
    struct price_table table;
    cr_assert(decode(
        "{version: v1, imported: '2026-11-29T00:00:00Z', prices: [{provider: openai, model: m, mode: Chat, "
        "usdPerMillion: {input: '0.15', output: '0.000000001'}, "
        "tiers: [{abovePromptTokens: 200000, usdPerMillion: {input: '0.30'}}]}]}",
        &table));
    const struct model_price *price = &table.prices.items[0];
    cr_assert_eq(price->nano_per_million.input, 150000000);
    cr_assert_eq(price->nano_per_million.output, 1);
    cr_assert_eq(price->nano_per_million.cache_read, FIELD_UNSET, "no price is not a price of 0");
    cr_assert_eq(price->tiers.items[0].above_prompt_tokens, 200000);
    cr_assert_eq(price->tiers.items[0].nano_per_million.input, 300000000);
    cr_assert_eq(price->mode, PRICE_MODE_CHAT);
}

Test(price, that_is_zero_negative_or_absurd_is_refused)
{
    expect_refusal("{provider: p, model: m, usdPerMillion: {input: '0'}}", "is not between");
    expect_refusal("{provider: p, model: m, usdPerMillion: {input: '-1'}}", "input");
    expect_refusal("{provider: p, model: m, usdPerMillion: {input: '1000000000.01'}}", "is not between");
    expect_refusal("{provider: p, model: m, usdPerMillion: {inputs: '1'}}", "unknown field");
    expect_refusal("{provider: p, model: m, usdPerMillion: {input: '0.0000000001'}}", "input");
}

Test(price, of_nothing_must_be_said_and_cannot_stand_beside_a_price)
{
    struct price_table table;
    cr_assert(decode("{version: v1, prices: [{provider: echo, model: '*', free: true}]}", &table));
    cr_assert(table.prices.items[0].free);
    expect_refusal("{provider: echo, model: '*'}", "free: true");
    expect_refusal("{provider: echo, model: '*', free: true, usdPerMillion: {input: '1'}}",
                   "is free and has a price");
}

Test(price, has_tiers_from_short_to_long_prompts_each_with_a_price)
{
    expect_refusal("{provider: p, model: m, usdPerMillion: {input: '1'}, tiers: "
                   "[{abovePromptTokens: 5, usdPerMillion: {input: '1'}}, {abovePromptTokens: 5, "
                   "usdPerMillion: {input: '2'}}]}",
                   "must begin above the tier before it");
    expect_refusal("{provider: p, model: m, usdPerMillion: {input: '1'}, tiers: [{abovePromptTokens: 5, "
                   "usdPerMillion: {}}]}",
                   "has no price");
    expect_refusal("{provider: p, model: m, usdPerMillion: {input: '1'}, tiers: [{abovePromptTokens: 0, "
                   "usdPerMillion: {input: '1'}}]}",
                   "abovePromptTokens");
}

Test(price, of_a_model_stands_in_a_table_once)
{
    struct price_table table;
    cr_assert_not(decode(
        "{version: v1, prices: [{provider: p, model: m, free: true}, {provider: p, model: m, free: true}]}",
        &table));
}

/* "input" is the price of "inputTokens": a class that slipped in one of the lists would be billed at the
 * price of its neighbour. */
Test(price, lists_and_usage_have_the_same_classes_in_the_same_order)
{
    cr_assert_eq(price_per_million_schema.field_count, USAGE_CLASS_COUNT);
    cr_assert_eq(usage_vector_schema.field_count, USAGE_CLASS_COUNT);
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
        struct text price = price_per_million_schema.fields[which].key;
        struct text used = usage_vector_schema.fields[which].key;
        if (which == USAGE_INPUT_TIME || which == USAGE_OUTPUT_TIME)
            price = text_slice(price, 0, price.length - strlen("Seconds"));
        cr_assert(text_starts_with(used, price), "%.*s of %.*s", TEXT_ARG(price), TEXT_ARG(used));
        struct text unit = text_slice(used, price.length, used.length);
        cr_assert(text_is_empty(unit) || text_equals(unit, TEXT("Tokens")) || text_equals(unit, TEXT("Ms")),
                  "%.*s of %.*s", TEXT_ARG(price), TEXT_ARG(used));
    }
}

Test(price, and_usage_of_a_class_are_reached_by_the_class)
{
    struct usage_vector used = {0};
    struct price_per_million prices;
    schema_set_defaults(&price_per_million_schema, &prices);
    cr_assert_not(price_has_any(&prices));
    usage_vector_set(&used, USAGE_CACHE_WRITE_1H, 7);
    price_set_class(&prices, USAGE_SEARCH_UNITS, 9);
    cr_assert_eq(used.cache_write_1h_tokens, 7);
    cr_assert_eq(usage_vector_count(&used, USAGE_CACHE_WRITE_1H), 7);
    cr_assert_eq(prices.search_units, 9);
    cr_assert_eq(price_of_class(&prices, USAGE_SEARCH_UNITS), 9);
    cr_assert(price_has_any(&prices));
    cr_assert(text_equals(price_class_name(USAGE_CACHE_WRITE_1H), TEXT("cacheWrite1h")));
}
