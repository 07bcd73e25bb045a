/* What a caller is told when a budget is in the way: whose, how much, who set it, what to do. Pure printing,
 * for refusals only. */
#pragma once

#include <stdint.h>

#include "lib/base/text.h"

struct arena;
struct gateway_budget;

struct budget_words {
    const struct gateway_budget *budget;
    struct text workspace, environment;
    struct text caller, deployment, model;
    struct text run, tag_value;
    struct text owner;          /* of the workspace, as the config names them; may be empty */
    int64_t needed, left, used; /* in the budget's unit */
    int64_t next_unix_ms;       /* when the next window begins */
};

/* "$12.50", "80,000 tokens", "10 calls" */
struct text budget_wording_amount(struct arena *arena, const struct gateway_budget *budget, int64_t amount);
struct text budget_wording_exceeded(struct arena *arena, const struct budget_words *words);
/* The words' budget is the pace of a spent one. */
struct text budget_wording_throttled(struct arena *arena, const struct budget_words *words,
                                     const struct gateway_budget *spent);
struct text
budget_wording_unavailable(struct arena *arena, const struct budget_words *words, const char *reason);
/* model is the provider's name of it. */
struct text budget_wording_price_missing(struct arena *arena, const struct budget_words *words,
                                         struct text provider, struct text model);
