/* Which prices of a public table are wanted, and what our policies call them. Pure.
 *
 * Providers have two names: the one that targets use, and the one of the table. --provider lab=together_ai
 * says that they differ. */
#pragma once

#include "api/prices/price_name.h"
#include "api/types/model_policy.h"
#include "lib/base/compiler.h"

struct error;
struct price_choice;

#define PRICE_CHOICE_MAX_PROVIDERS 64
#define PRICE_CHOICE_MAX_PRICES 512 /* as many as a policy holds */

/* providers: "openai,lab=together_ai"; empty: every provider is called the same on both sides. */
MUST_CHECK bool price_choice_new(struct arena *arena, struct text providers, struct price_choice **out_choice,
                                 struct error *err);
/* From now on only what is asked for by price_choice_add_routes is wanted, not every model of the providers.
 */
void price_choice_of_routes(struct price_choice *choice);
/* Every target and fallback of the policy's routes. What answers without a server needs no price, and what a
 * Deployment serves is in no public table. */
void price_choice_add_routes(struct price_choice *choice, const struct model_policy *policy);
/* As price_source.is_wanted takes it; choice is the owner. */
bool price_choice_wants(const void *choice, const struct price_name *name);

struct price_choice_result {
    struct model_price_list prices; /* under our names, by provider and model */
    struct text_list doubts;        /* one sentence each */
    size_t left_out;                /* beyond PRICE_CHOICE_MAX_PRICES */
};

struct price_choice_result price_choice_take(struct price_choice *choice, const struct price_table *table);
