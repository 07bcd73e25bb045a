/* One model of LiteLLM's public table to a price of ours. */
#pragma once

#include "api/prices/price_note.h"
#include "api/types/price.h"

enum price_model_result {
    PRICE_MODEL_READ,
    PRICE_MODEL_LEFT_OUT, /* without a price that we can use: noted */
    PRICE_MODEL_WRONG,    /* at least one problem was added */
};

struct price_reading {
    struct arena *arena;
    struct problem_list *problems;
    struct price_note_list *notes;
};

/* A price that cannot be held exactly, is negative or is no number makes the whole model wrong: half a price
 * list would bill half of what was used. A price of 0 is not taken over: the table writes it for what it does
 * not know as well as for what costs nothing. Where it gives no price for reasoning or for cache reads, they
 * cost what output and input cost: that is how providers bill them. */
enum price_model_result price_model_read(const struct price_reading *reading, struct text key,
                                         const struct document *model, struct model_price *out_price);
