/* What one call used, in disjoint classes: nothing is counted in two of them, so that a price on each adds up
 * to the provider's invoice.
 *
 * Providers report wholes and parts, each in its own way: dialects take the parts out of the wholes. The
 * order of the fields is the order of enum usage_class and of the price list (price.h). */
#pragma once

#include "lib/schema/fields.h"

/* Of one class in one call. No provider sells so much at once, and sums of money over it cannot overflow:
 * dialects believe no more. */
#define USAGE_COUNT_MAX INT64_C(1000000000000)
/* What one call may cost: a million USD, which none does, and sums over it cannot overflow. */
#define USAGE_COST_MAX_NANO INT64_C(1000000000000000)
#define USAGE_COUNT DEFAULT("0"), RANGE(0, USAGE_COUNT_MAX)

enum usage_class {
    USAGE_INPUT,
    USAGE_CACHE_READ,
    USAGE_CACHE_WRITE,
    USAGE_CACHE_WRITE_1H,
    USAGE_OUTPUT,
    USAGE_REASONING,
    USAGE_AUDIO_INPUT,
    USAGE_AUDIO_OUTPUT,
    USAGE_IMAGE_INPUT,
    USAGE_IMAGE_OUTPUT,
    USAGE_INPUT_IMAGES,
    USAGE_OUTPUT_IMAGES,
    USAGE_INPUT_TIME,
    USAGE_OUTPUT_TIME,
    USAGE_CHARACTERS,
    USAGE_SEARCH_UNITS,
    USAGE_REQUESTS,
    USAGE_CLASS_COUNT
};

/* clang-format off */
#define USAGE_VECTOR_FIELDS(F, T)                                                                                      \
    F(T, INT, input_tokens, "inputTokens", USAGE_COUNT, DOC("Prompt tokens, without cached ones, audio and images."))  \
    F(T, INT, cache_read_tokens, "cacheReadTokens", USAGE_COUNT, DOC("Prompt tokens read from the provider's cache.")) \
    F(T, INT, cache_write_tokens, "cacheWriteTokens", USAGE_COUNT, DOC("Prompt tokens written to it, for minutes."))   \
    F(T, INT, cache_write_1h_tokens, "cacheWrite1hTokens", USAGE_COUNT, DOC("Prompt tokens written to it for an hour.")) \
    F(T, INT, output_tokens, "outputTokens", USAGE_COUNT, DOC("Answer tokens, without reasoning, audio and images."))  \
    F(T, INT, reasoning_tokens, "reasoningTokens", USAGE_COUNT, DOC("Reasoning tokens."))                              \
    F(T, INT, audio_input_tokens, "audioInputTokens", USAGE_COUNT, DOC("Audio in the prompt, where it is counted in tokens.")) \
    F(T, INT, audio_output_tokens, "audioOutputTokens", USAGE_COUNT, DOC("Audio in the answer, where it is counted in tokens.")) \
    F(T, INT, image_input_tokens, "imageInputTokens", USAGE_COUNT, DOC("Images in the prompt, where they have a price of their own in tokens.")) \
    F(T, INT, image_output_tokens, "imageOutputTokens", USAGE_COUNT, DOC("Images in the answer, where they are counted in tokens.")) \
    F(T, INT, input_images, "inputImages", USAGE_COUNT, DOC("Images sent, where each has a price."))                   \
    F(T, INT, output_images, "outputImages", USAGE_COUNT, DOC("Images made, where each has a price."))                 \
    F(T, INT, input_ms, "inputMs", USAGE_COUNT, DOC("Audio or video sent, where its seconds have a price: milliseconds.")) \
    F(T, INT, output_ms, "outputMs", USAGE_COUNT, DOC("Audio or video made, where its seconds have a price: milliseconds.")) \
    F(T, INT, characters, "characters", USAGE_COUNT, DOC("Characters to be spoken."))                                  \
    F(T, INT, search_units, "searchUnits", USAGE_COUNT, DOC("Search units of a rerank or a search."))                  \
    F(T, INT, requests, "requests", USAGE_COUNT, DOC("Calls that the provider took: 1, or 0 when none went out."))
DECLARE_SCHEMA(usage_vector, USAGE_VECTOR_FIELDS);
/* clang-format on */

int64_t usage_vector_count(const struct usage_vector *vector, enum usage_class which);
void usage_vector_set(struct usage_vector *vector, enum usage_class which, int64_t count);

/* The token classes of the prompt, cached ones included: what price tiers look at. */
int64_t usage_vector_prompt_tokens(const struct usage_vector *vector);
int64_t usage_vector_answer_tokens(const struct usage_vector *vector);
/* Both: what token limits count. */
int64_t usage_vector_tokens(const struct usage_vector *vector);
