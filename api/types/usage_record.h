/* One finished call as billed: exactly one per call, whatever its outcome. The journal's payload, as compact
 * JSON.
 *
 * Token classes are disjoint: input excludes cache reads and writes, output excludes reasoning. */
#pragma once

#include "lib/schema/fields.h"

enum call_outcome {
    CALL_COMPLETED, /* the whole answer reached the client */
    CALL_REFUSED,   /* by a rule of ours: see code and policy */
    CALL_INVALID,   /* the request itself was wrong */
    CALL_UNAUTHENTICATED,
    CALL_UPSTREAM_ERROR,  /* the provider answered with an error, passed on */
    CALL_UPSTREAM_FAILED, /* no usable answer from any target */
    CALL_TIMED_OUT,
    CALL_CUT,         /* the provider's stream ended early */
    CALL_CLIENT_GONE, /* the client left before the end */
    CALL_UNAVAILABLE, /* we could not serve: suspended, draining, no journal */
};
extern const char *const call_outcome_names[];

enum usage_source {
    USAGE_NONE,     /* nothing was sent upstream */
    USAGE_PROVIDER, /* the provider's own count */
    USAGE_COUNTED,  /* counted by us from what passed through */
    USAGE_BOUNDED,  /* an upper bound */
};
extern const char *const usage_source_names[]; /* None Provider Counted Bounded */

/* clang-format off */
#define USAGE_RECORD_FIELDS(F, T)                                                                                      \
    F(T, TEXT, id, "id", REQUIRED, DOC("ULID; also the x-request-id."))                                                \
    F(T, INT, time_ms, "time", REQUIRED, DOC("When the request came, Unix milliseconds."))                             \
    F(T, TEXT, workspace, "workspace", REQUIRED, DOC("Whose."))                                                        \
    F(T, TEXT, environment, "environment", REQUIRED, DOC("In which environment."))                                     \
    F(T, TEXT, gateway, "gateway", DOC("Which process served it."))                                                    \
    F(T, TEXT, caller, "caller", DOC("Who asked; empty when not known."))                                              \
    F(T, TEXT, team, "team", DOC("The caller's team."))                                                                \
    F(T, TEXT_MAP, tags, "tags", MAX_ITEMS(16), DOC("The caller's tags."))                                             \
    F(T, TEXT, endpoint, "endpoint", DOC("chat.completions, completions, embeddings, models."))                        \
    F(T, TEXT, model, "model", DOC("What the client called it."))                                                      \
    F(T, TEXT, provider, "provider", DOC("Who answered, or was asked last."))                                          \
    F(T, TEXT, target_model, "targetModel", DOC("What the provider calls it."))                                        \
    F(T, ENUM(call_outcome), outcome, "outcome", REQUIRED, DOC("How it ended."))                                       \
    F(T, INT, status, "status", DEFAULT("0"), DOC("HTTP status sent; 0 if none was."))                                 \
    F(T, TEXT, code, "code", DOC("Stable error code, when refused or failed."))                                        \
    F(T, TEXT, policy, "policy", DOC("The policy that refused, as namespace/name."))                                   \
    F(T, TEXTS, shadow, "shadow", MAX_ITEMS(16), DOC("Codes of rules in Shadow mode that would have refused."))        \
    F(T, BOOL, stream, "stream", DEFAULT("false"), DOC("Answered as a stream of events."))                             \
    F(T, INT, attempts, "attempts", DEFAULT("0"), DOC("Requests sent upstream."))                                      \
    F(T, ENUM(usage_source), usage_source, "usageSource", DEFAULT("None"), DOC("Where the counts come from."))         \
    F(T, INT, input_tokens, "inputTokens", DEFAULT("0"), DOC("Prompt tokens, without cached ones."))                   \
    F(T, INT, cache_read_tokens, "cacheReadTokens", DEFAULT("0"), DOC("Prompt tokens read from the provider's cache.")) \
    F(T, INT, cache_write_tokens, "cacheWriteTokens", DEFAULT("0"), DOC("Prompt tokens written to it."))               \
    F(T, INT, output_tokens, "outputTokens", DEFAULT("0"), DOC("Answer tokens, without reasoning."))                   \
    F(T, INT, reasoning_tokens, "reasoningTokens", DEFAULT("0"), DOC("Reasoning tokens."))                             \
    F(T, INT, request_bytes, "requestBytes", DEFAULT("0"), DOC("Body bytes received."))                                \
    F(T, INT, reply_bytes, "replyBytes", DEFAULT("0"), DOC("Body bytes sent."))                                        \
    F(T, INT, first_byte_us, "firstByteUs", DEFAULT("0"), DOC("From the request to the first byte of the answer, microseconds.")) \
    F(T, INT, total_us, "totalUs", DEFAULT("0"), DOC("From the request to the end of the answer, microseconds."))      \
    F(T, TEXT, revision, "revision", DOC("The config that applied."))                                                  \
    F(T, TEXT, policy_digest, "policyDigest", DOC("The effective policy that applied."))                               \
    F(T, TEXT, trace_id, "traceId", DOC("W3C trace id, 32 hex digits."))
DECLARE_SCHEMA(usage_record, USAGE_RECORD_FIELDS);
/* clang-format on */
