/* One version of the config, decoded and indexed for the hot path; counted, and never changed once it is
 * live (but that it remembers which tokens it verified, which windows it is in, and where its accounts are).
 *
 * A call holds the version it began with to its end. A config that does not decode, or that points at things
 * it does not have, never becomes one of these; a provider key that cannot be read disables its target and
 * says so. */
#pragma once

#include "api/types/gateway_config.h"
#include "gateway/decide/balance.h"
#include "gateway/decide/circuit_breaker.h"
#include "gateway/decide/model_rules.h"
#include "gateway/live_accounts.h"
#include "gateway/live_budgets.h"
#include "gateway/live_callers.h"
#include "gateway/live_limits.h"
#include "gateway/live_workloads.h"
#include "lib/base/compiler.h"

struct book;
struct document;
struct error;
struct map;
struct provider;
struct upstream_origin;
struct upstream_pool;

/* What is known about a provider's model from calling it; outlives the config. */
struct target_health {
    struct circuit_breaker breaker;
    int64_t in_flight;
    int64_t credit; /* of the balance's round robin */
};

struct live_target {
    const struct gateway_target *target;
    const struct gateway_provider *provider;
    const struct model_price *price;     /* NULL: nobody said what it costs */
    const struct price_ceiling *ceiling; /* of the price */
    const struct provider *speaks;
    struct upstream_origin *origin; /* NULL for a provider that needs no network */
    struct text credential;
    struct text problem; /* why it cannot be called; empty when it can */
    struct target_health *health;
};

struct live_model {
    const struct gateway_model *model;
    struct model_verdict verdict; /* of the rules, on the model as a whole */
    struct live_target *targets;  /* the allowed ones */
    size_t target_count;
    struct live_target *fallback;
    size_t fallback_count;
    /* Of both, those that can be called: whichever it will be, a call's budgets bear it. */
    const struct live_target **callable;
    const struct price_ceiling **ceilings; /* of each */
    size_t callable_count;
};

struct live_config {
    struct arena *arena;
    size_t references;
    struct gateway_config config;
    int64_t epoch;
    struct text revision;
    struct text hash;
    struct live_callers callers;
    struct live_workloads workloads;
    struct live_budgets budgets;
    struct live_limits limits;
    struct live_accounts accounts;
    struct map *models;               /* name to struct live_model */
    struct text_list target_problems; /* one sentence for each target that cannot be called */
};

/* What outlives every config. */
struct live_config_site {
    struct arena *arena; /* the process's */
    struct upstream_pool *pool;
    struct book *health;      /* struct target_health by provider, base URL and model */
    struct map *tls_contexts; /* by CA file and its digest */
    const char *credentials;  /* the folder that bare file names in a config are in; NULL: none */
};

/* A document as it came; it was read into the arena. */
struct live_config_source {
    struct arena *arena;
    const struct document *document;
    int64_t epoch;
    struct text revision;
    struct text hash;
};

/* Decodes and indexes; ERROR_INVALID names every problem found, as far as a message holds them. On success
 * the source's arena belongs to the config, which starts with one reference. */
MUST_CHECK bool live_config_load(const struct live_config_site *site, const struct live_config_source *source,
                                 struct live_config **out_config, struct error *err);
struct live_config *live_config_ref(struct live_config *config);
void live_config_unref(struct live_config *config); /* NULL is fine */
const struct live_model *live_config_find_model(const struct live_config *config, struct text name);
