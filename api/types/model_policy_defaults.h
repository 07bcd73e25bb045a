/* What the most specific level decides: providers, routes, prices, deadlines. Filtered by the constraints
 * afterwards.
 */
#pragma once

#include "api/types/gateway_config.h"
#include "api/types/model_policy_provider.h"
#include "api/types/model_policy_route.h"

enum cache_mode { CACHE_MODE_NONE, CACHE_MODE_EXACT, CACHE_MODE_SEMANTIC };
extern const char *const cache_mode_names[]; /* None Exact Semantic; a plain Off is false in YAML 1.1 */

/* clang-format off */
#define POLICY_DEADLINES_FIELDS(F, T)                                                                                  \
    F(T, DURATION, connect, "connect", RANGE(1, 600000), DOC("To a connection with the provider; 5s if no level says.")) \
    F(T, DURATION, first_byte, "firstByte", RANGE(1, 3600000), DOC("To the first byte of its answer; 120s if no level says.")) \
    F(T, DURATION, gap, "gap", RANGE(1, 3600000), DOC("Between two pieces of its answer; 60s if no level says."))      \
    F(T, DURATION, total, "total", RANGE(1, 86400000), DOC("From the request to its end, retries included; 600s if no level says."))
DECLARE_SCHEMA(policy_deadlines, POLICY_DEADLINES_FIELDS);

#define POLICY_CACHE_FIELDS(F, T)                                                                                      \
    F(T, ENUM(cache_mode), mode, "mode", DEFAULT("None"), DOC("None, Exact (same bytes) or Semantic (same meaning)."))   \
    F(T, DURATION, ttl, "ttl", RANGE(1000, 2592000000), DOC("How long an answer may be used again."))
DECLARE_SCHEMA(policy_cache, POLICY_CACHE_FIELDS);

/* clientGone has no default, so that a level that does not say inherits: ask policy_defaults_says_client_gone. */
#define POLICY_DEFAULTS_FIELDS(F, T)                                                                                   \
    F(T, LIST(policy_provider), providers, "providers", LIST_KEYS("name"), MAX_ITEMS(32),                              \
      DOC("Servers that targets may name. What a broader level defined cannot be defined again."))                     \
    F(T, LIST(policy_route), routes, "routes", LIST_KEYS("model"), MAX_ITEMS(128),                                     \
      DOC("Where the models that clients name are served."))                                                           \
    F(T, OBJECT(policy_deadlines), deadlines, "deadlines", DOC("How long calls may take; each field is inherited on its own.")) \
    F(T, ENUM(client_gone), client_gone, "clientGone",                                                                 \
      DOC("What happens upstream when the client leaves. Cancel: the call is broken off. Drain: it is read to its end and counted.")) \
    F(T, OBJECT(policy_cache), cache, "cache", NOT_YET("answers are not cached in this version"), DOC("Reuse of answers.")) \
    F(T, LIST(model_price), prices, "prices", LIST_KEYS("provider,model"), MAX_ITEMS(512),                             \
      DOC("What providers' models cost, and what calls of them are charged with. An environment's own policy prices only what the organisation's do not."))
DECLARE_SCHEMA(policy_defaults, POLICY_DEFAULTS_FIELDS);
/* clang-format on */

/* Whether the policy itself says what happens when the client leaves. */
bool policy_defaults_says_client_gone(const struct policy_defaults *defaults);
