/* The table, and how a row and its detail look on the wire. Decides nothing. */
#include "gateway/refusal.h"

#include <assert.h>

#include "api/types/gateway_rules.h"
#include "lib/base/buffer.h"

#define INVALID "invalid_request_error"
#define LIMITED "rate_limit_error"
#define DENIED "permission_error"
#define SERVER "server_error"

/* clang-format off */
static const struct refusal refusals[] = {
    [REFUSE_NO_CONFIG]           = {503, SERVER,  "not_ready",             CALL_UNAVAILABLE,     true},
    [REFUSE_JOURNAL]             = {503, SERVER,  "journal_unavailable",   CALL_UNAVAILABLE,     true},
    [REFUSE_SUSPENDED]           = {503, SERVER,  "suspended",             CALL_UNAVAILABLE,     false},
    [REFUSE_UNKNOWN_PATH]        = {404, INVALID, "unknown_url",           CALL_INVALID,         false},
    [REFUSE_WRONG_METHOD]        = {405, INVALID, "method_not_allowed",    CALL_INVALID,         false},
    [REFUSE_NOT_A_CALLER]        = {401, "authentication_error", "invalid_api_key", CALL_UNAUTHENTICATED, false},
    [REFUSE_NOT_JSON]            = {415, INVALID, "unsupported_media_type", CALL_INVALID,        false},
    [REFUSE_BAD_REQUEST]         = {400, INVALID, "invalid_request",       CALL_INVALID,         false},
    [REFUSE_TOO_LARGE]           = {413, INVALID, "request_too_large",     CALL_INVALID,         false},
    [REFUSE_MODEL_NOT_FOUND]     = {404, INVALID, "model_not_found",       CALL_INVALID,         false},
    [REFUSE_MODEL_DENIED]        = {403, DENIED,  "model_denied",          CALL_REFUSED,         false},
    [REFUSE_MODEL_UNAVAILABLE]   = {503, SERVER,  "model_unavailable",     CALL_UNAVAILABLE,     false},
    [REFUSE_INPUT_TOO_LONG]      = {400, INVALID, "context_length_exceeded", CALL_REFUSED,       false},
    [REFUSE_OUTPUT_TOO_LONG]     = {400, INVALID, "max_tokens_exceeded",   CALL_REFUSED,         false},
    [REFUSE_CALL_RUNNING]        = {409, INVALID, "call_running",          CALL_INVALID,         true},
    [REFUSE_KEY_REUSED]          = {422, INVALID, "idempotency_key_reused", CALL_INVALID,        false},
    [REFUSE_REQUEST_LIMIT]       = {429, LIMITED, "request_limit",         CALL_REFUSED,         true},
    [REFUSE_TOKEN_LIMIT]         = {429, LIMITED, "token_limit",           CALL_REFUSED,         true},
    [REFUSE_CONCURRENCY_LIMIT]   = {429, LIMITED, "concurrency_limit",     CALL_REFUSED,         true},
    [REFUSE_BUDGET_EXCEEDED]     = {429, LIMITED, "budget_exceeded",       CALL_REFUSED,         false},
    [REFUSE_BUDGET_THROTTLED]    = {429, LIMITED, "budget_throttled",      CALL_REFUSED,         true},
    [REFUSE_BUDGET_UNAVAILABLE]  = {503, SERVER,  "budget_unavailable",    CALL_UNAVAILABLE,     true},
    [REFUSE_PRICE_MISSING]       = {403, DENIED,  "price_missing",         CALL_REFUSED,         false},
    [REFUSE_NO_TARGET]           = {503, SERVER,  "no_target",             CALL_UPSTREAM_FAILED, true},
    [REFUSE_UPSTREAM_FAILED]     = {502, SERVER,  "upstream_failed",       CALL_UPSTREAM_FAILED, true},
    [REFUSE_UPSTREAM_CUT]        = {502, SERVER,  "upstream_cut",          CALL_CUT,             true},
    [REFUSE_UPSTREAM_TIMEOUT]    = {504, SERVER,  "upstream_timeout",      CALL_TIMED_OUT,       true},
    [REFUSE_UPSTREAM_CREDENTIAL] = {502, SERVER,  "upstream_credential",   CALL_UPSTREAM_FAILED, false},
};
/* clang-format on */

const struct refusal *
refusal_get(enum refusal_kind kind)
{
    assert((size_t)kind < COUNT_OF(refusals));
    return &refusals[kind];
}

static void
print_member(struct buffer *out, const char *key, struct text value)
{
    buffer_add_byte(out, '"');
    buffer_add_string(out, key);
    buffer_add_string(out, "\":");
    buffer_add_json_string(out, value);
    buffer_add_byte(out, ',');
}

static void
print_number(struct buffer *out, const char *key, struct refusal_number number)
{
    if (!number.is_said)
        return;
    buffer_add_byte(out, '"');
    buffer_add_string(out, key);
    buffer_add_string(out, "\":");
    buffer_add_int(out, number.value);
    buffer_add_byte(out, ',');
}

void
refusal_print(const struct refusal *refusal, const struct refusal_detail *detail, struct text request_id,
              struct buffer *out)
{
    buffer_add_string(out, "{\"error\":{");
    print_member(out, "type", text_of(refusal->type));
    print_member(out, "code", text_of(refusal->code));
    if (text_is_empty(detail->param))
        buffer_add_string(out, "\"param\":null,");
    else
        print_member(out, "param", detail->param);
    print_member(out, "message", detail->message);

    buffer_add_string(out, "\"weir\":{");
    if (detail->from)
        print_member(out, "policy", detail->from->policy);
    if (!text_is_empty(detail->rule))
        print_member(out, "rule", detail->rule);
    print_number(out, "limit", detail->limit);
    print_number(out, "remaining", detail->remaining);
    if (detail->retry_after_ms.is_said)
        print_number(out, "retryAfterSeconds", REFUSAL_SAYS(refusal_retry_after_seconds(detail)));
    buffer_add_string(out, "\"request\":");
    buffer_add_json_string(out, request_id);
    buffer_add_string(out, "}}}");
}

/* A header value: the rule's path with '/' for '.', and without the part in brackets. */
static void
add_rule_path(struct buffer *out, struct text rule)
{
    bool is_in_brackets = false;
    for (size_t i = 0; i < rule.length; i++) {
        char byte = rule.bytes[i];
        is_in_brackets = byte == '[' || (is_in_brackets && byte != ']');
        if (!is_in_brackets && byte != ']')
            buffer_add_byte(out, byte == '.' ? '/' : byte);
    }
}

struct text
refusal_decision(struct arena *arena, const struct refusal *refusal, const struct refusal_detail *detail)
{
    struct buffer words;
    buffer_init(&words, arena, 128);
    buffer_add_string(&words, "refused; rule=");
    add_rule_path(&words, text_is_empty(detail->rule) ? text_of(refusal->code) : detail->rule);
    if (detail->from) {
        buffer_add_string(&words, "; policy=");
        buffer_add_text(&words, detail->from->policy);
    }
    return buffer_text(&words);
}

bool
refusal_should_retry(const struct refusal *refusal, const struct refusal_detail *detail)
{
    return refusal->retry_helps && !detail->retry_cannot_help;
}

int64_t
refusal_retry_after_seconds(const struct refusal_detail *detail)
{
    int64_t seconds = (detail->retry_after_ms.value + 999) / 1000;
    return seconds > 0 ? seconds : 1;
}
