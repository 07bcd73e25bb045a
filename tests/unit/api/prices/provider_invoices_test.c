/* From a provider's own usage object, through the disjoint classes, to what its invoice says, in nano-USD:
 * each sum is worked out by hand beside its test. The prices are written as a public table would write them.
 */
#include <criterion/criterion.h>

#include "api/types/price_cost.h"
#include "api/types/price_index.h"
#include "gateway/dialects/openai_usage.h"
#include "lib/base/parse.h"
#include "lib/document/json.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/api/prices/given.h"

TestSuite(invoice, .init = given_arena, .fini = end_arena);

/* clang-format off */
static const char price_list[] =
    "{\"o-mini\": {\"litellm_provider\": \"openai\", \"mode\": \"chat\", \"input_cost_per_token\": 1.1e-06,"
    "   \"cache_read_input_token_cost\": 2.75e-07, \"output_cost_per_token\": 4.4e-06},"
    "\"voice\": {\"litellm_provider\": \"openai\", \"mode\": \"chat\", \"input_cost_per_token\": 2.5e-06,"
    "   \"output_cost_per_token\": 1e-05, \"input_cost_per_audio_token\": 4e-05, \"output_cost_per_audio_token\": 8e-05},"
    "\"sonnet\": {\"litellm_provider\": \"anthropic\", \"mode\": \"chat\", \"input_cost_per_token\": 3e-06,"
    "   \"cache_read_input_token_cost\": 3e-07, \"cache_creation_input_token_cost\": 3.75e-06,"
    "   \"cache_creation_input_token_cost_above_1hr\": 6e-06, \"output_cost_per_token\": 1.5e-05,"
    "   \"input_cost_per_token_above_200k_tokens\": 6e-06, \"cache_read_input_token_cost_above_200k_tokens\": 6e-07,"
    "   \"cache_creation_input_token_cost_above_200k_tokens\": 7.5e-06, \"output_cost_per_token_above_200k_tokens\": 2.25e-05},"
    "\"gemini/pro\": {\"litellm_provider\": \"gemini\", \"mode\": \"chat\", \"input_cost_per_token\": 1.25e-06,"
    "   \"cache_read_input_token_cost\": 1.25e-07, \"output_cost_per_token\": 1e-05,"
    "   \"input_cost_per_token_above_200k_tokens\": 2.5e-06, \"cache_read_input_token_cost_above_200k_tokens\": 2.5e-07,"
    "   \"output_cost_per_token_above_200k_tokens\": 1.5e-05},"
    "\"us.anthropic.haiku-v1:0\": {\"litellm_provider\": \"bedrock_converse\", \"mode\": \"chat\","
    "   \"input_cost_per_token\": 1.1e-06, \"cache_read_input_token_cost\": 1.1e-07,"
    "   \"cache_creation_input_token_cost\": 1.375e-06, \"output_cost_per_token\": 5.5e-06},"
    "\"azure/eu/gpt-o-2024-11-20\": {\"litellm_provider\": \"azure\", \"mode\": \"chat\", \"input_cost_per_token\": 2.75e-06,"
    "   \"cache_read_input_token_cost\": 1.375e-06, \"output_cost_per_token\": 1.1e-05},"
    "\"rerank\": {\"litellm_provider\": \"cohere\", \"mode\": \"rerank\", \"input_cost_per_query\": 0.002,"
    "   \"input_cost_per_token\": 0.0, \"output_cost_per_token\": 0.0},"
    "\"painter\": {\"litellm_provider\": \"openai\", \"mode\": \"image_generation\", \"output_cost_per_image\": 0.04},"
    "\"token-painter\": {\"litellm_provider\": \"openai\", \"mode\": \"image_generation\", \"input_cost_per_token\": 5e-06,"
    "   \"input_cost_per_image_token\": 1e-05, \"output_cost_per_image_token\": 4e-05},"
    "\"listener\": {\"litellm_provider\": \"openai\", \"mode\": \"audio_transcription\", \"input_cost_per_second\": 0.0001,"
    "   \"output_cost_per_second\": 0.0001},"
    "\"speaker\": {\"litellm_provider\": \"openai\", \"mode\": \"audio_speech\", \"input_cost_per_character\": 1.5e-05},"
    "\"perplexity/online\": {\"litellm_provider\": \"perplexity\", \"mode\": \"chat\", \"input_cost_per_token\": 1e-06,"
    "   \"output_cost_per_token\": 1e-06, \"input_cost_per_request\": 0.005},"
    "\"tiny-embedding\": {\"litellm_provider\": \"openai\", \"mode\": \"embedding\", \"input_cost_per_token\": 1.3e-10,"
    "   \"output_cost_per_token\": 0.0}}";
/* clang-format on */

static const struct document *
usage_of(const char *json)
{
    struct document *usage;
    cr_assert(json_parse(arena, text_of(json), TEXT(""), &usage, NULL));
    return usage;
}

static int64_t
count_at(const struct document *usage, const char *path)
{
    int64_t count = 0;
    const struct document *found = document_get(usage, path);
    cr_assert(!found || document_int(found, &count), "%s", path);
    return count;
}

static struct usage_vector
openai_vector(const char *json)
{
    struct call_usage usage;
    cr_assert(openai_usage_read(text_of(json), &usage));
    return usage.vector;
}

/* conventions 2.4: input_tokens excludes what the cache gave and took. */
static struct usage_vector
anthropic_vector(const char *json)
{
    const struct document *usage = usage_of(json);
    return (struct usage_vector){
        .input_tokens = count_at(usage, "input_tokens"),
        .cache_read_tokens = count_at(usage, "cache_read_input_tokens"),
        .cache_write_tokens = count_at(usage, "cache_creation.ephemeral_5m_input_tokens"),
        .cache_write_1h_tokens = count_at(usage, "cache_creation.ephemeral_1h_input_tokens"),
        .output_tokens = count_at(usage, "output_tokens"),
    };
}

/* conventions 2.5: the prompt includes what was cached, the candidates exclude thoughts. */
static struct usage_vector
gemini_vector(const char *json)
{
    const struct document *usage = usage_of(json);
    int64_t cached = count_at(usage, "cachedContentTokenCount");
    return (struct usage_vector){
        .input_tokens = count_at(usage, "promptTokenCount") - cached,
        .cache_read_tokens = cached,
        .output_tokens = count_at(usage, "candidatesTokenCount"),
        .reasoning_tokens = count_at(usage, "thoughtsTokenCount"),
    };
}

static struct usage_vector
bedrock_vector(const char *json)
{
    const struct document *usage = usage_of(json);
    return (struct usage_vector){
        .input_tokens = count_at(usage, "inputTokens"),
        .cache_read_tokens = count_at(usage, "cacheReadInputTokens"),
        .cache_write_tokens = count_at(usage, "cacheWriteInputTokens"),
        .output_tokens = count_at(usage, "outputTokens"),
    };
}

static void
expect_cost(const char *provider, const char *model, struct usage_vector used, int64_t nano_usd)
{
    cr_assert(import_prices(arena, price_list));
    const struct price_index *index = price_index_new(arena, &imported.table);
    const struct model_price *price = price_index_find(index, text_of(provider), text_of(model));
    cr_assert_not_null(price, "%s %s", provider, model);
    struct price_cost cost;
    cr_assert(price_cost_of(price, &used, &cost));
    cr_assert_eq(cost.nano_usd, nano_usd, "%ld", (long)cost.nano_usd);
    cr_assert_eq(cost.unpriced, 0, "%.*s", TEXT_ARG(price_cost_print_unpriced(arena, &cost)));
}

Test(invoice, of_openai_with_a_cached_prompt_and_reasoning)
{
    /* 2,006 - 1,920 = 86 at 1,100 = 94,600; 1,920 at 275 = 528,000; 236 + 64 at 4,400 = 1,320,000 */
    expect_cost("openai", "o-mini",
                openai_vector("{\"prompt_tokens\":2006,\"completion_tokens\":300,\"total_tokens\":2306,"
                              "\"prompt_tokens_details\":{\"cached_tokens\":1920,\"audio_tokens\":0},"
                              "\"completion_tokens_details\":{\"reasoning_tokens\":64}}"),
                1942600);
}

Test(invoice, of_openai_with_audio_both_ways)
{
    /* 40 at 2,500 = 100,000; 60 at 40,000 = 2,400,000; 10 at 10,000 = 100,000; 40 at 80,000 = 3,200,000 */
    expect_cost("openai", "voice",
                openai_vector("{\"prompt_tokens\":100,\"completion_tokens\":50,"
                              "\"prompt_tokens_details\":{\"audio_tokens\":60},"
                              "\"completion_tokens_details\":{\"audio_tokens\":40}}"),
                5800000);
}

Test(invoice, of_anthropic_with_writes_for_five_minutes_and_for_an_hour)
{
    /* 12 at 3,000 = 36,000; 20,000 at 300 = 6,000,000; 2,500 at 3,750 = 9,375,000; 1,000 at 6,000 =
     * 6,000,000; 420 at 15,000 = 6,300,000 */
    expect_cost("anthropic", "sonnet",
                anthropic_vector("{\"input_tokens\":12,\"cache_read_input_tokens\":20000,"
                                 "\"cache_creation_input_tokens\":3500,\"cache_creation\":"
                                 "{\"ephemeral_5m_input_tokens\":2500,\"ephemeral_1h_input_tokens\":1000},"
                                 "\"output_tokens\":420,\"service_tier\":\"standard\"}"),
                27711000);
}

Test(invoice, of_anthropic_counts_cached_tokens_towards_the_long_prompt)
{
    /* 210,000 in all. 150,000 at 6,000 = 900,000,000; 60,000 at 600 = 36,000,000; 1,000 at 22,500 =
     * 22,500,000 */
    expect_cost("anthropic", "sonnet",
                anthropic_vector(
                    "{\"input_tokens\":150000,\"cache_read_input_tokens\":60000,\"output_tokens\":1000}"),
                958500000);
}

Test(invoice, of_gemini_with_thoughts_above_200k)
{
    /* 200,000 at 2,500 = 500,000,000; 10,000 at 250 = 2,500,000; 800 + 1,200 at 15,000 = 30,000,000 */
    expect_cost(
        "gemini", "pro",
        gemini_vector("{\"promptTokenCount\":210000,\"cachedContentTokenCount\":10000,"
                      "\"candidatesTokenCount\":800,\"thoughtsTokenCount\":1200,\"totalTokenCount\":212000}"),
        532500000);
}

Test(invoice, of_gemini_at_200k_is_that_of_a_short_prompt)
{
    /* 200,000 at 1,250 = 250,000,000; 5 + 7 at 10,000 = 120,000 */
    expect_cost(
        "gemini", "pro",
        gemini_vector("{\"promptTokenCount\":200000,\"candidatesTokenCount\":5,\"thoughtsTokenCount\":7}"),
        250120000);
}

Test(invoice, of_bedrock_under_an_inference_profiles_name)
{
    /* 1,000 at 1,100 = 1,100,000; 500 at 110 = 55,000; 200 at 1,375 = 275,000; 100 at 5,500 = 550,000 */
    expect_cost("bedrock", "us.anthropic.haiku-v1:0",
                bedrock_vector("{\"inputTokens\":1000,\"outputTokens\":100,\"totalTokens\":1800,"
                               "\"cacheReadInputTokens\":500,\"cacheWriteInputTokens\":200}"),
                1980000);
}

Test(invoice, of_azure_under_a_regions_name)
{
    /* 1,117 - 1,024 = 93 at 2,750 = 255,750; 1,024 at 1,375 = 1,408,000; 46 at 11,000 = 506,000 */
    expect_cost("azure", "eu/gpt-o-2024-11-20",
                openai_vector("{\"prompt_tokens\":1117,\"completion_tokens\":46,"
                              "\"prompt_tokens_details\":{\"cached_tokens\":1024}}"),
                2169750);
}

Test(invoice, of_a_cohere_rerank_is_by_search_units)
{
    /* 3 at 2,000,000 */
    const struct document *meta = usage_of("{\"billed_units\":{\"search_units\":3}}");
    expect_cost("cohere", "rerank",
                (struct usage_vector){.search_units = count_at(meta, "billed_units.search_units")}, 6000000);
}

Test(invoice, of_images_by_the_image)
{
    /* 2 at 40,000,000 */
    const struct document *reply = usage_of("{\"created\":1,\"data\":[{\"url\":\"a\"},{\"url\":\"b\"}]}");
    expect_cost("openai", "painter",
                (struct usage_vector){.output_images = (int64_t)document_count(document_get(reply, "data"))},
                80000000);
}

Test(invoice, of_images_by_the_token)
{
    /* 10 at 5,000 = 50,000; 40 at 10,000 = 400,000; 4,160 at 40,000 = 166,400,000 */
    const struct document *usage =
        usage_of("{\"input_tokens\":50,\"output_tokens\":4160,"
                 "\"input_tokens_details\":{\"text_tokens\":10,\"image_tokens\":40}}");
    struct usage_vector used = {.input_tokens = count_at(usage, "input_tokens_details.text_tokens"),
                                .image_input_tokens = count_at(usage, "input_tokens_details.image_tokens"),
                                .image_output_tokens = count_at(usage, "output_tokens")};
    expect_cost("openai", "token-painter", used, 166850000);
}

Test(invoice, of_a_transcription_by_the_second)
{
    /* 42.5 at 100,000 */
    const struct document *usage = usage_of("{\"type\":\"duration\",\"seconds\":42.5}");
    struct text seconds = document_text(document_get(usage, "seconds"));
    struct usage_vector used = {0};
    cr_assert(parse_duration_ms(text_format(arena, "%.*ss", TEXT_ARG(seconds)), &used.input_ms));
    expect_cost("openai", "listener", used, 4250000);
}

Test(invoice, of_speech_by_the_character)
{
    /* 1,234 at 15,000 */
    expect_cost("openai", "speaker", (struct usage_vector){.characters = 1234, .requests = 1}, 18510000);
}

Test(invoice, of_a_search_model_by_token_and_by_call)
{
    /* 10 + 20 at 1,000 = 30,000; one call at 5,000,000 */
    expect_cost("perplexity", "online", openai_vector("{\"prompt_tokens\":10,\"completion_tokens\":20}"),
                5030000);
}

Test(invoice, of_less_than_a_nano_dollar_is_one)
{
    /* 5 at 0.13 = 0.65; 8,000 at 0.13 = 1,040 */
    expect_cost("openai", "tiny-embedding", openai_vector("{\"prompt_tokens\":5,\"total_tokens\":5}"), 1);
    expect_cost("openai", "tiny-embedding", openai_vector("{\"prompt_tokens\":8000}"), 1040);
}
