/* Who answers a call: one const table per kind of provider, and one attempt at one target.
 *
 * A provider over the network wraps an upstream call; one that answers by itself runs on timers of the loop.
 * Both tell the same story through upstream_events: on_head once, on_body any number of times, on_end exactly
 * once and last. No callback comes from inside start, and none after cancel. A provider never retries, logs
 * or judges the answer. */
#pragma once

#include "api/types/gateway_route.h"
#include "gateway/chat/model_request.h"
#include "lib/net/upstream.h"

struct arena;
struct http_headers;
struct loop;
struct upstream_pool;

/* What the process lends to every attempt. */
struct provider_site {
    struct loop *loop;
    struct upstream_pool *pool;
};

/* One attempt. Everything in it lives at least until on_end or cancel. */
struct provider_request {
    const struct model_request *asked;
    const struct gateway_provider *provider;
    const struct gateway_target *target; /* target->model is what the provider calls the model */
    struct text credential;              /* the provider's key; empty for none */
    struct upstream_origin *origin;      /* NULL for a provider that needs no network */
    int64_t max_output_tokens;           /* after the policy's clamp; MODEL_REQUEST_NO_MAXIMUM for none */
    bool include_usage;                  /* a stream must end with the chunk `choices:[]` + usage */
    struct text traceparent;             /* a new one, not the client's */
    const struct http_headers *client_headers; /* the provider picks from an allow-list of its own */
    struct upstream_deadlines deadlines;
};

/* First member of what a provider keeps for an attempt. */
struct provider_call {
    const struct provider *provider;
};

struct provider {
    const char *name;
    /* The call lives in the arena until on_end or cancel. Never NULL: what goes wrong comes as on_end. */
    struct provider_call *(*start)(struct arena *arena, const struct provider_site *site,
                                   const struct provider_request *request,
                                   const struct upstream_events *events);
    void (*cancel)(struct provider_call *call);
    /* Back-pressure: while paused no on_body comes (a few in flight may). */
    void (*pause)(struct provider_call *call, bool paused);
};

extern const struct provider provider_openai; /* any server that speaks OpenAI's HTTP API */
extern const struct provider provider_echo;   /* built in, needs no network */
