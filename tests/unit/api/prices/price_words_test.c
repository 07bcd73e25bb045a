/* LiteLLM's keys and names in our words. */
#include <criterion/criterion.h>

#include "api/prices/price_key.h"
#include "api/prices/price_name.h"

static void
expect_price(const char *key, enum usage_class which, int64_t above)
{
    struct price_key read = price_key_read(text_of(key));
    cr_assert_eq(read.kind, PRICE_KEY_PRICE, "%s", key);
    cr_assert_eq(read.which, which, "%s", key);
    cr_assert_eq(read.above_prompt_tokens, above, "%s", key);
}

Test(price_key, names_a_class_and_from_where_its_price_applies)
{
    expect_price("input_cost_per_token", USAGE_INPUT, 0);
    expect_price("input_cost_per_token_above_200k_tokens", USAGE_INPUT, 200000);
    expect_price("cache_creation_input_token_cost", USAGE_CACHE_WRITE, 0);
    expect_price("cache_creation_input_token_cost_above_1hr", USAGE_CACHE_WRITE_1H, 0);
    expect_price("cache_creation_input_token_cost_above_1hr_above_200k_tokens", USAGE_CACHE_WRITE_1H, 200000);
    expect_price("output_cost_per_reasoning_token", USAGE_REASONING, 0);
    expect_price("input_cost_per_query", USAGE_SEARCH_UNITS, 0);
    expect_price("input_cost_per_second", USAGE_INPUT_TIME, 0);
    expect_price("output_cost_per_audio_token_above_128k_tokens", USAGE_AUDIO_OUTPUT, 128000);
}

Test(price_key, about_money_that_is_not_understood_is_told_from_what_is_not_about_money)
{
    static const char *const unknown[] = {"input_cost_per_token_batches",
                                          "input_cost_per_token_above_200k_tokens_priority",
                                          "input_cost_per_token_above_xk_tokens",
                                          "input_cost_per_token_above_200k_tokens_above_300k_tokens",
                                          "off_peak_pricing",
                                          "regional_processing_uplift_multiplier_eu",
                                          "input_cost_per_pixel",
                                          "_above_200k_tokens_cost"};
    static const char *const other[] = {"mode", "max_tokens", "supports_vision", "litellm_provider", ""};
    for (size_t i = 0; i < COUNT_OF(unknown); i++)
        cr_assert_eq(price_key_read(text_of(unknown[i])).kind, PRICE_KEY_UNKNOWN, "%s", unknown[i]);
    for (size_t i = 0; i < COUNT_OF(other); i++)
        cr_assert_eq(price_key_read(text_of(other[i])).kind, PRICE_KEY_OTHER, "%s", other[i]);
    cr_assert_eq(price_key_read(TEXT("tiered_pricing")).kind, PRICE_KEY_TIERS);
}

static void
expect_name(const char *key, const char *litellm_provider, const char *provider, const char *model)
{
    struct price_name name = price_name_read(text_of(key), text_of(litellm_provider));
    cr_assert(text_equals(name.provider, text_of(provider)), "%s: %.*s", key, TEXT_ARG(name.provider));
    cr_assert(text_equals(name.model, text_of(model)), "%s: %.*s", key, TEXT_ARG(name.model));
}

Test(price_name, is_the_providers_own_with_its_prefix_taken_off)
{
    expect_name("gpt-4.1-mini", "openai", "openai", "gpt-4.1-mini");
    expect_name("openai/sora", "openai", "openai", "sora");
    expect_name("azure/eu/gpt-4o", "azure", "azure", "eu/gpt-4o");
    expect_name("anthropic.claude-x-v1:0", "bedrock_converse", "bedrock", "anthropic.claude-x-v1:0");
    expect_name("bedrock/us-east-1/a.b", "bedrock", "bedrock", "us-east-1/a.b");
    expect_name("gemini-x", "vertex_ai-language-models", "vertex_ai", "gemini-x");
    expect_name("vertex_ai/claude-x", "vertex_ai-anthropic_models", "vertex_ai", "claude-x");
    expect_name("gpt-3.5-turbo-instruct", "text-completion-openai", "openai", "gpt-3.5-turbo-instruct");
    expect_name("groq/openai/oss", "groq", "groq", "openai/oss");
    expect_name("openai/oss", "groq", "groq", "openai/oss");
    expect_name("cohere/", "cohere_chat", "cohere", "cohere/");
}

Test(price_name, has_a_mode_of_ours)
{
    cr_assert_eq(price_name_mode(TEXT("image_edit")), PRICE_MODE_IMAGE);
    cr_assert_eq(price_name_mode(TEXT("responses")), PRICE_MODE_CHAT);
    cr_assert_eq(price_name_mode(TEXT("guardrail")), PRICE_MODE_OTHER);
    cr_assert_eq(price_name_mode((struct text){0}), PRICE_MODE_OTHER);
}
