/* What models cost: what policies say, gateways price with, and people read.
 *
 * A price is in US dollars per MILLION units of its class, as providers quote it, and is held as nano-USD per
 * million units: 10^-15 USD a unit, finer than any public price. A class without a price is not free: its use
 * is reported as unpriced. What costs nothing says so: `free: true`. */
#pragma once

#include "api/types/usage_vector.h"

#define PRICE_TABLE_MAX_MODELS 20000
#define PRICE_MAX_TIERS 8
#define PRICE_MAX_NANO_PER_MILLION INT64_C(1000000000000000000) /* 1,000 USD a unit */
#define PRICE_OF RANGE(1, PRICE_MAX_NANO_PER_MILLION)

/* What a model is called for, as providers divide their price lists. */
enum price_mode {
    PRICE_MODE_CHAT,
    PRICE_MODE_COMPLETION,
    PRICE_MODE_EMBEDDING,
    PRICE_MODE_IMAGE,
    PRICE_MODE_SPEECH,
    PRICE_MODE_TRANSCRIPTION,
    PRICE_MODE_VIDEO,
    PRICE_MODE_REALTIME,
    PRICE_MODE_RERANK,
    PRICE_MODE_MODERATION,
    PRICE_MODE_SEARCH,
    PRICE_MODE_OTHER,
};
extern const char *const price_mode_names[]; /* Chat Completion Embedding Image Speech ... Other */

/* clang-format off */
#define PRICE_PER_MILLION_FIELDS(F, T)                                                                                 \
    F(T, MONEY, input, "input", PRICE_OF, DOC("Prompt tokens that no other class has."))                               \
    F(T, MONEY, cache_read, "cacheRead", PRICE_OF, DOC("Prompt tokens read from the provider's cache."))               \
    F(T, MONEY, cache_write, "cacheWrite", PRICE_OF, DOC("Prompt tokens written to it, for minutes."))                 \
    F(T, MONEY, cache_write_1h, "cacheWrite1h", PRICE_OF, DOC("Prompt tokens written to it for an hour."))             \
    F(T, MONEY, output, "output", PRICE_OF, DOC("Answer tokens that no other class has."))                             \
    F(T, MONEY, reasoning, "reasoning", PRICE_OF, DOC("Reasoning tokens; most providers bill them as output: then the same price.")) \
    F(T, MONEY, audio_input, "audioInput", PRICE_OF, DOC("Audio tokens of the prompt."))                               \
    F(T, MONEY, audio_output, "audioOutput", PRICE_OF, DOC("Audio tokens of the answer."))                             \
    F(T, MONEY, image_input, "imageInput", PRICE_OF, DOC("Image tokens of the prompt."))                               \
    F(T, MONEY, image_output, "imageOutput", PRICE_OF, DOC("Image tokens of the answer."))                             \
    F(T, MONEY, input_images, "inputImages", PRICE_OF, DOC("Images sent: USD for a million of them."))                 \
    F(T, MONEY, output_images, "outputImages", PRICE_OF, DOC("Images made: USD for a million of them."))               \
    F(T, MONEY, input_seconds, "inputSeconds", PRICE_OF, DOC("Seconds of audio or video sent; billed by the millisecond.")) \
    F(T, MONEY, output_seconds, "outputSeconds", PRICE_OF, DOC("Seconds of audio or video made; billed by the millisecond.")) \
    F(T, MONEY, characters, "characters", PRICE_OF, DOC("Characters to be spoken."))                                   \
    F(T, MONEY, search_units, "searchUnits", PRICE_OF, DOC("Search units of a rerank or a search."))                   \
    F(T, MONEY, requests, "requests", PRICE_OF, DOC("Calls, beside what they use. Without it a call as such costs nothing."))
DECLARE_SCHEMA(price_per_million, PRICE_PER_MILLION_FIELDS);

#define PRICE_TIER_FIELDS(F, T)                                                                                        \
    F(T, INT, above_prompt_tokens, "abovePromptTokens", REQUIRED, RANGE(1, USAGE_COUNT_MAX),                           \
      DOC("A call whose prompt has more tokens than this, cached ones included, is billed at this tier as a whole."))  \
    F(T, OBJECT(price_per_million), nano_per_million, "usdPerMillion", REQUIRED,                                       \
      DOC("What costs differently there; the rest keeps the model's price."))
DECLARE_SCHEMA(price_tier, PRICE_TIER_FIELDS);

#define MODEL_PRICE_FIELDS(F, T)                                                                                       \
    F(T, TEXT, provider, "provider", REQUIRED, MIN_LENGTH(1), DOC("Whose model: a provider's name, as targets have it.")) \
    F(T, TEXT, model, "model", REQUIRED, MIN_LENGTH(1),                                                                \
      DOC("What the provider calls it; * stands for any run of characters. The exact name goes first, then the pattern with the longest beginning.")) \
    F(T, ENUM(price_mode), mode, "mode", DEFAULT("Other"), DOC("What it is called for; for people, the price does not depend on it.")) \
    F(T, BOOL, free, "free", DEFAULT("false"), DOC("It costs nothing, whatever is used. No price may stand beside it."))  \
    F(T, OBJECT(price_per_million), nano_per_million, "usdPerMillion",                                                 \
      DOC("US dollars per million units of each class, as decimal text: \"0.15\"."))                                   \
    F(T, LIST(price_tier), tiers, "tiers", MAX_ITEMS(PRICE_MAX_TIERS), DOC("Other prices for long prompts, from short to long."))
DECLARE_SCHEMA(model_price, MODEL_PRICE_FIELDS);

#define PRICE_TABLE_FIELDS(F, T)                                                                                       \
    F(T, TEXT, version, "version", REQUIRED, MIN_LENGTH(1), DOC("Names this table, for whoever asks later what a cost was reckoned with.")) \
    F(T, TIME, imported, "imported", DOC("When it was read from its source."))                                         \
    F(T, LIST(model_price), prices, "prices", LIST_KEYS("provider,model"), MAX_ITEMS(PRICE_TABLE_MAX_MODELS), DOC("A price for each model or pattern."))
DECLARE_SCHEMA(price_table, PRICE_TABLE_FIELDS);
/* clang-format on */

/* Nano-USD per million; FIELD_UNSET when there is no price. */
int64_t price_of_class(const struct price_per_million *prices, enum usage_class which);
void price_set_class(struct price_per_million *prices, enum usage_class which, int64_t nano_per_million);
bool price_has_any(const struct price_per_million *prices);
/* The class's key in a price list: "cacheWrite1h". */
struct text price_class_name(enum usage_class which);
