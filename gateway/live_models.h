/* Models by the name clients use, each with the targets that the rules leave it, ready to be called. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"

struct error;
struct live_config;
struct live_config_site;

/* Fills config->models and config->target_problems. Refuses targets of providers and prices that are not
 * there and base URLs that are none; a credential or CA file that cannot be read only disables its target. */
MUST_CHECK bool
live_models_index(const struct live_config_site *site, struct live_config *config, struct error *err);
