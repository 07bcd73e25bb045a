/* What the targets of one environment cost: the price that decides, and the version by which targets and
 * usage records name it. */
#pragma once

#include "operator/reconcile/merge_defaults.h"

struct target_prices;

struct target_prices *target_prices_new(struct arena *arena, const struct merged_defaults *defaults);
/* A policy's price; else what answers without a server is free, and any other target has no price: its calls
 * have no cost, which is not a cost of 0. */
void target_prices_set(struct target_prices *prices, struct gateway_target *target);
/* Those that targets were given so far, once each, by version. */
struct gateway_price_list target_prices_list(const struct target_prices *prices);
