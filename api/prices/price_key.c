/* A table of names, and the one ending that they share: _above_200k_tokens. */
#include "api/prices/price_key.h"

#include "lib/base/parse.h"

enum { LARGEST_TIER_THOUSANDS = 1000000 };

static const struct {
    struct text key;
    enum usage_class which;
} names[] = {
    {TEXT("input_cost_per_token"), USAGE_INPUT},
    {TEXT("cache_read_input_token_cost"), USAGE_CACHE_READ},
    {TEXT("input_cost_per_token_cache_hit"), USAGE_CACHE_READ},
    {TEXT("cache_creation_input_token_cost"), USAGE_CACHE_WRITE},
    {TEXT("cache_creation_input_token_cost_above_1hr"), USAGE_CACHE_WRITE_1H},
    {TEXT("output_cost_per_token"), USAGE_OUTPUT},
    {TEXT("output_cost_per_reasoning_token"), USAGE_REASONING},
    {TEXT("input_cost_per_audio_token"), USAGE_AUDIO_INPUT},
    {TEXT("output_cost_per_audio_token"), USAGE_AUDIO_OUTPUT},
    {TEXT("input_cost_per_image_token"), USAGE_IMAGE_INPUT},
    {TEXT("output_cost_per_image_token"), USAGE_IMAGE_OUTPUT},
    {TEXT("input_cost_per_image"), USAGE_INPUT_IMAGES},
    {TEXT("output_cost_per_image"), USAGE_OUTPUT_IMAGES},
    {TEXT("input_cost_per_second"), USAGE_INPUT_TIME},
    {TEXT("output_cost_per_second"), USAGE_OUTPUT_TIME},
    {TEXT("output_cost_per_video_per_second"), USAGE_OUTPUT_TIME},
    {TEXT("input_cost_per_character"), USAGE_CHARACTERS},
    {TEXT("input_cost_per_query"), USAGE_SEARCH_UNITS},
    {TEXT("input_cost_per_request"), USAGE_REQUESTS},
};

/* Every key that has to do with money has one of these in it. */
static const struct text money_words[] = {TEXT("cost"), TEXT("price"), TEXT("pricing"), TEXT("multiplier")};

/* Takes "_above_200k_tokens" off the end; 0 when it is not there. */
static int64_t
cut_tier(struct text *key)
{
    static const struct text begin = TEXT("_above_"), end = TEXT("k_tokens");
    if (!text_ends_with(*key, end))
        return 0;
    ptrdiff_t at = -1;
    for (ptrdiff_t next = 0; next >= 0;) {
        next = text_find(text_slice(*key, (size_t)(at + 1), key->length), begin);
        at = next >= 0 ? at + 1 + next : at;
    }
    uint64_t thousands;
    if (at < 0 || !parse_uint64(text_slice(*key, (size_t)at + begin.length, key->length - end.length),
                                LARGEST_TIER_THOUSANDS, &thousands))
        return 0;
    *key = text_slice(*key, 0, (size_t)at);
    return (int64_t)thousands * 1000;
}

static bool
is_about_money(struct text key)
{
    for (size_t i = 0; i < COUNT_OF(money_words); i++)
        if (text_find(key, money_words[i]) >= 0)
            return true;
    return false;
}

struct price_key
price_key_read(struct text key)
{
    if (text_equals(key, TEXT("tiered_pricing")))
        return (struct price_key){.kind = PRICE_KEY_TIERS};
    if (!is_about_money(key))
        return (struct price_key){.kind = PRICE_KEY_OTHER};

    struct text name = key;
    int64_t above = cut_tier(&name);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (text_equals(names[i].key, name))
            return (struct price_key){PRICE_KEY_PRICE, names[i].which, above};
    return (struct price_key){.kind = PRICE_KEY_UNKNOWN};
}
