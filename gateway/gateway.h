/* The parts of one running gateway that every call shares. Wired by main, lent to stages; owns nothing
 * itself. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api/types/budget_window.h"
#include "gateway/providers/provider.h"
#include "lib/base/text.h"

struct budget_tally;
struct call_metrics;
struct heard_keys;
struct http_server;
struct idempotency;
struct lender;
struct limiter;
struct live_config;
struct recaller;
struct usage_log;

struct gateway {
    struct provider_site site;
    struct live_config *config;      /* NULL before the first */
    const struct heard_keys *keys;   /* NULL: nothing can be heard of keys */
    struct http_server *callers;     /* NULL before it listens */
    struct http_server *tls_callers; /* NULL: no second port */
    struct idempotency *idempotency;
    struct recaller *recaller; /* NULL: there is no ledger, and nobody to ask */
    struct limiter *limiter;
    struct budget_window minute; /* of limits that are shared: the one asked for last */
    struct lender *lender;
    struct budget_tally *tally;
    struct usage_log *usage_log;
    struct call_metrics *call_metrics;
    struct text workspace;
    struct text environment;
    struct text name; /* this process, in usage records */
    bool is_draining;
    bool writes_access_log;
};

/* From now on new calls go by this config, whose problems are logged; takes over one reference. Calls in
 * flight keep the one they began with. */
void gateway_use_config(struct gateway *gateway, struct live_config *config);
/* Whether calls can be served: it has a config, is not going away and can keep its account. */
bool gateway_is_ready(const struct gateway *gateway);
