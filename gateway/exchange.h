/* One request and its reply: the state that stages share. What only one stage needs is in exchange_own, not
 * here. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/chat/call_usage.h"
#include "gateway/chat/model_request.h"
#include "gateway/decide/call_cost.h"
#include "gateway/decide/call_purpose.h"
#include "gateway/decide/limiter.h"
#include "gateway/dialects/openai_parts.h"
#include "gateway/gateway.h"
#include "gateway/refusal.h"
#include "gateway/stage.h"
#include "gateway/trace_context.h"
#include "gateway/usage_log.h"
#include "lib/base/id.h"
#include "lib/net/http_headers.h"

struct call_budget;
struct endpoint;
struct gateway_caller;
struct http_call;
struct live_config;
struct live_model;
struct live_target;
struct live_workload;
struct route;
struct stage_state;

#define EXCHANGE_MAX_SHADOW 16

struct exchange_reply {
    int status;
    struct http_header *headers; /* exchange_add_header */
    size_t header_count;
    struct text body; /* the whole one; of a stream, what is held back until the record is written */
    bool is_started;  /* a stream, and its head is out */
    bool is_cut;      /* must not look whole: the connection is closed instead of ended */
    bool is_client_gone;
    size_t streamed_bytes; /* of the body, before what is held back */
};

/* What the usage record says about how it went. */
struct exchange_outcome {
    enum call_outcome kind;
    struct text code;
    struct text policy;
    struct text shadow[EXCHANGE_MAX_SHADOW];
    size_t shadow_count;
    struct text idempotency_key; /* recall_answer */
    struct text replay_of;       /* recall_answer: the call whose answer this is */
};

struct exchange_timing {
    int64_t started_us;    /* clock_now_us of the first byte */
    int64_t sent_us;       /* when the last try was; 0: none was */
    int64_t first_byte_us; /* when the first byte of the answer went out; 0: not yet */
    int64_t unix_ms;       /* of the request */
    int64_t now_ms;        /* loop_now_ms when it came */
};

struct exchange {
    struct arena *arena; /* the call's; ends after the reply */
    struct gateway *gateway;
    struct http_call *call;
    struct live_config *config; /* one reference; NULL before the first config */
    size_t depth;               /* stages entered; the pipeline's */
    struct stage_state *states; /* exchange_own */
    char id[ID_ULID_LENGTH];    /* of the request and its usage record */
    struct trace_context trace;
    const struct endpoint *endpoint;      /* find_endpoint */
    const struct gateway_caller *caller;  /* identify_caller */
    const struct live_workload *workload; /* identify_caller: NULL for a caller with a key */
    struct call_purpose purpose;          /* read_purpose */
    struct model_request request;         /* read_request */
    struct openai_parts parts;            /* call_bounds_parts: of the request */
    bool has_parts;                       /* they were counted */
    const struct live_model *model;       /* check_model */
    int64_t max_output_tokens;            /* check_maxima, hold_budget: what goes upstream */
    struct limiter_verdict limits;        /* take_limits: for the reply's headers */
    struct route *route;                  /* choose_route */
    struct call_budget *budget;           /* hold_budget: NULL when no budget is about the call */
    const struct live_target *target;     /* call_provider: asked last */
    int attempts;                         /* call_provider: tries begun */
    bool has_reached;                     /* call_provider: the last of them may have reached its provider */
    struct call_usage usage;              /* call_provider: of the last of them */
    struct call_cost_memo cost;           /* of the use that it was last asked for */
    struct text_list called_tools;        /* call_provider: what the answer asks to call */
    struct exchange_reply reply;
    struct exchange_outcome outcome;
    struct exchange_timing timing;
    struct usage_hold hold; /* record_usage: the reply waits here for its record to be written */
};

/* A new call of the gateway, at the top of the list of stages. */
void exchange_begin(struct gateway *gateway, struct http_call *call);
/* Goes on below the stage that waited; or up, when it decided the reply or the client is gone. From the loop
 * only, exactly once for each STAGE_WAIT. */
void exchange_resume(struct exchange *exchange);
struct text exchange_id(const struct exchange *exchange);

/* A stage's own state: zeroed when first asked for, the same every time after. */
void *exchange_own(struct exchange *exchange, const struct stage *stage, size_t bytes);

/* Decides the reply: an OpenAI error and its headers (refusal.h). Returns STAGE_ANSWERED. */
enum stage_result
exchange_refuse(struct exchange *exchange, enum refusal_kind kind, const struct refusal_detail *detail);
/* A rule in Shadow mode would have refused: noted for the usage record. */
void exchange_note_shadow(struct exchange *exchange, struct text code);

/* Name and value must live as long as the exchange; at most REPLY_MAX_HEADERS. */
#define REPLY_MAX_HEADERS 24
void exchange_add_header(struct exchange *exchange, struct text name, struct text value);
void exchange_add_int_header(struct exchange *exchange, struct text name, int64_t value);
/* x-request-id, x-ratelimit-*, x-weir-decision: on every reply, before its head goes out. */
void exchange_add_standing_headers(struct exchange *exchange);
