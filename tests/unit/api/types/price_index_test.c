/* Which price is a model's. */
#include <criterion/criterion.h>

#include "api/types/price_index.h"
#include "tests/support/arena_fixture.h"

TestSuite(price_index, .init = given_arena, .fini = end_arena);

#define PRICE(PROVIDER, MODEL)                                                                               \
    {                                                                                                        \
        .provider = TEXT(PROVIDER), .model = TEXT(MODEL), .free = true                                       \
    }

static struct model_price prices[] = {
    PRICE("openai", "*"),
    PRICE("openai", "gpt-4*"),
    PRICE("openai", "gpt-4.1-mini"),
    PRICE("openai", "gpt-4.1*"),
    PRICE("openai", "gpt-4*-mini"),
    PRICE("anthropic", "claude"),
    PRICE("self-hosted", "llama*"),
    PRICE("self-hosted/special", "llama-3"),
    PRICE("bedrock", "*.claude"),
    PRICE("bedrock", "*claude"),
    PRICE("twice", "m"),
    PRICE("twice", "m"),
};

static ptrdiff_t
found(const char *provider, const char *model)
{
    struct price_table table = {.prices = {prices, COUNT_OF(prices)}};
    const struct price_index *index = price_index_new(arena, &table);
    const struct model_price *price = price_index_find(index, text_of(provider), text_of(model));
    return price ? price - prices : -1;
}

Test(price_index, goes_by_the_exact_name_first)
{
    cr_assert_eq(found("openai", "gpt-4.1-mini"), 2);
    cr_assert_eq(found("anthropic", "claude"), 5);
}

Test(price_index, takes_the_pattern_with_the_longest_beginning_then_the_longest)
{
    cr_assert_eq(found("openai", "gpt-4.1-nano"), 3);
    cr_assert_eq(found("openai", "gpt-4o-mini"), 4, "as long a beginning as gpt-4*, and longer");
    cr_assert_eq(found("openai", "gpt-4o"), 1);
    cr_assert_eq(found("openai", "o3"), 0);
    cr_assert_eq(found("bedrock", "eu.claude"), 8);
    cr_assert_eq(found("bedrock", "xclaude"), 9);
}

Test(price_index, has_no_price_for_what_the_table_does_not_name)
{
    cr_assert_eq(found("anthropic", "claude-2"), -1);
    cr_assert_eq(found("mistral", "m"), -1);
    cr_assert_eq(found("", ""), -1);
}

Test(price_index, looks_for_a_provider_with_its_part_and_then_without)
{
    cr_assert_eq(found("self-hosted/special", "llama-3"), 7);
    cr_assert_eq(found("self-hosted/special", "llama-2"), 6);
    cr_assert_eq(found("self-hosted/other", "llama-3"), 6);
    cr_assert_eq(found("openai/o3", "gpt-4.1-mini"), 2);
}

Test(price_index, keeps_the_first_of_two)
{
    cr_assert_eq(found("twice", "m"), 10);
}
