/* Every way we say no, as data: status, OpenAI type and code, whether a retry can help. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "api/types/usage_record.h"
#include "lib/base/text.h"

struct arena;
struct buffer;
struct rule_source;

enum refusal_kind {
    REFUSE_NO_CONFIG,
    REFUSE_JOURNAL,
    REFUSE_SUSPENDED,
    REFUSE_UNKNOWN_PATH,
    REFUSE_WRONG_METHOD,
    REFUSE_NOT_A_CALLER,
    REFUSE_NOT_JSON,
    REFUSE_BAD_REQUEST,
    REFUSE_TOO_LARGE,
    REFUSE_MODEL_NOT_FOUND,
    REFUSE_MODEL_DENIED,
    REFUSE_MODEL_UNAVAILABLE,
    REFUSE_INPUT_TOO_LONG,
    REFUSE_OUTPUT_TOO_LONG,
    REFUSE_CALL_RUNNING,
    REFUSE_KEY_REUSED,
    REFUSE_REQUEST_LIMIT,
    REFUSE_TOKEN_LIMIT,
    REFUSE_CONCURRENCY_LIMIT,
    REFUSE_BUDGET_EXCEEDED,
    REFUSE_BUDGET_THROTTLED,
    REFUSE_BUDGET_UNAVAILABLE,
    REFUSE_PRICE_MISSING,
    REFUSE_NO_TARGET,
    REFUSE_UPSTREAM_FAILED,
    REFUSE_UPSTREAM_CUT,
    REFUSE_UPSTREAM_TIMEOUT,
    REFUSE_UPSTREAM_CREDENTIAL,
};

struct refusal {
    int status;
    const char *type;
    const char *code;
    enum call_outcome outcome;
    bool retry_helps; /* x-should-retry, unless the detail knows better */
};

/* A number that a refusal may or may not say: 0 is a number. */
struct refusal_number {
    bool is_said;
    int64_t value;
};
#define REFUSAL_SAYS(VALUE) ((struct refusal_number){true, (VALUE)})

/* What this one refusal adds to the table's row. */
struct refusal_detail {
    struct text message;            /* whole sentences: what, where, why, what to do next */
    struct text param;              /* the request's field it is about; empty: null */
    const struct rule_source *from; /* the policy that decided; NULL for none */
    struct text rule;               /* "limits[caller].tokensPerMinute" */
    struct refusal_number limit;
    struct refusal_number remaining;
    struct refusal_number retry_after_ms;
    bool retry_cannot_help;
};

#define REFUSAL_DETAIL(...) (&(const struct refusal_detail){__VA_ARGS__})

const struct refusal *refusal_get(enum refusal_kind kind);
/* The body: OpenAI's error with our member `weir`. */
void refusal_print(const struct refusal *refusal, const struct refusal_detail *detail, struct text request_id,
                   struct buffer *out);
/* "refused; rule=limits/tokensPerMinute; policy=weir-system/org-baseline" */
struct text
refusal_decision(struct arena *arena, const struct refusal *refusal, const struct refusal_detail *detail);
bool refusal_should_retry(const struct refusal *refusal, const struct refusal_detail *detail);
/* Whole seconds, rounded up, at least 1: what retry-after carries. */
int64_t refusal_retry_after_seconds(const struct refusal_detail *detail);
