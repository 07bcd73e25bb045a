/* The declaration of price.h made real, and the rules across its fields. */
#include "api/types/price.h"

#include "api/types/broken_rule.h"

const char *const price_mode_names[] = {
    "Chat",   "Completion", "Embedding", "Image", "Speech", "Transcription", "Video", "Realtime",
    "Rerank", "Moderation", "Search",    "Other", NULL,
};

static const struct schema_rule price_per_million_rules[] = {
    {"has(self.input) || has(self.cacheRead) || has(self.cacheWrite) || has(self.cacheWrite1h) || "
     "has(self.output) || has(self.reasoning) || has(self.audioInput) || has(self.audioOutput) || "
     "has(self.imageInput) || has(self.imageOutput) || has(self.inputImages) || has(self.outputImages) || "
     "has(self.inputSeconds) || has(self.outputSeconds) || has(self.characters) || has(self.searchUnits) || "
     "has(self.requests)",
     "give the price of at least one class", NULL},
};

static void
price_per_million_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct price_per_million *prices = value;
    if (prices->source && !price_has_any(prices))
        problems_add(problems, prices->source, path, "has no price: give that of at least one class");
}

static const struct schema_rule model_price_rules[] = {
    {"!self.free || !(has(self.usdPerMillion) || has(self.tiers))",
     "is free and has a price: one of the two is wrong", NULL},
    {"self.free || has(self.usdPerMillion)", "has no price; a model that costs nothing says free: true",
     NULL},
    {"!has(self.tiers) || (self.tiers.map(t, t.abovePromptTokens).isSorted() && self.tiers.all(t, "
     "self.tiers.exists_one(u, u.abovePromptTokens == t.abovePromptTokens)))",
     "each of tiers must begin above the tier before it", ".tiers"},
};

static void
model_price_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct model_price *price = value;
    bool has_price = price->nano_per_million.source != NULL;
    if (price->free && (has_price || price->tiers.count > 0))
        problems_add(problems, price->source, path, "is free and has a price: one of the two is wrong");
    if (!price->free && !has_price)
        problems_add(problems, price->source, path,
                     "has no price; a model that costs nothing says free: true");
    for (size_t i = 1; i < price->tiers.count; i++) {
        const struct price_tier *tier = &price->tiers.items[i];
        if (tier->above_prompt_tokens <= price->tiers.items[i - 1].above_prompt_tokens)
            problems_add(problems, tier->source,
                         text_format(problems->arena, "%.*s.tiers[%zu]", TEXT_ARG(path), i),
                         "must begin above the tier before it");
    }
}

DEFINE_SCHEMA(price_per_million, PRICE_PER_MILLION_FIELDS, "US dollars per million units of each class.",
              CHECKED_BY(price_per_million));
DEFINE_SCHEMA(price_tier, PRICE_TIER_FIELDS, "Prices of calls with a long prompt.");
DEFINE_SCHEMA(model_price, MODEL_PRICE_FIELDS, "What one model, or one pattern of models, costs.",
              CHECKED_BY(model_price));
DEFINE_SCHEMA(price_table, PRICE_TABLE_FIELDS, "What models cost.");

_Static_assert(COUNT_OF(price_per_million_fields) == USAGE_CLASS_COUNT,
               "a price for each class, in its order");
#define FIRST_BYTE offsetof(struct price_per_million, input)
_Static_assert(offsetof(struct price_per_million, requests) ==
                   FIRST_BYTE + (USAGE_CLASS_COUNT - 1) * sizeof(int64_t),
               "prices stand side by side");

int64_t
price_of_class(const struct price_per_million *prices, enum usage_class which)
{
    return ((const int64_t *)((const char *)prices + FIRST_BYTE))[which];
}

void
price_set_class(struct price_per_million *prices, enum usage_class which, int64_t nano_per_million)
{
    ((int64_t *)((char *)prices + FIRST_BYTE))[which] = nano_per_million;
}

bool
price_has_any(const struct price_per_million *prices)
{
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++)
        if (price_of_class(prices, which) != FIELD_UNSET)
            return true;
    return false;
}

struct text
price_class_name(enum usage_class which)
{
    return price_per_million_fields[which].key;
}
