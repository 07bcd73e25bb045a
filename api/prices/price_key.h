/* What a key of a model in LiteLLM's public price table says: model_prices_and_context_window.json of
 * github.com/BerriAI/litellm, as shipped in the PyPI package litellm 1.109.1. */
#pragma once

#include "api/types/price.h"

enum price_key_kind {
    PRICE_KEY_OTHER,   /* not about money: limits, abilities, sources */
    PRICE_KEY_PRICE,   /* the price of a class, from a number of prompt tokens on */
    PRICE_KEY_TIERS,   /* a list of prices by length of the prompt */
    PRICE_KEY_UNKNOWN, /* about money, and not understood: service tiers, batches, pages, pixels ... */
};

struct price_key {
    enum price_key_kind kind;
    enum usage_class which;      /* PRICE */
    int64_t above_prompt_tokens; /* PRICE: 0 for the model's own price */
};

struct price_key price_key_read(struct text key);
