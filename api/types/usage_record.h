/* A call as billed: one record for each of its tries that reached a provider, so that what a try cost is
 * never hidden in the next one's; and whatever becomes of a call, exactly one that is its last, whose id is
 * the call's. The journal's payload, as compact JSON.
 *
 * What it used stands in it as the fields of usage_vector.h. */
#pragma once

#include "api/types/budget_window.h"
#include "api/types/gateway_budget.h"
#include "api/types/lease_terms.h"
#include "api/types/usage_vector.h"

struct buffer;

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
    CALL_LOST,        /* our gateway died while a provider may have had it: what became of it nobody knows */
};
extern const char *const call_outcome_names[];

enum usage_source {
    USAGE_NONE,     /* nothing was sent upstream */
    USAGE_PROVIDER, /* the provider's own count */
    USAGE_COUNTED,  /* counted by us from what passed through */
    USAGE_BOUNDED,  /* an upper bound */
};
extern const char *const usage_source_names[]; /* None Provider Counted Bounded */

/* Why another try was made after one, in the words of fallbackOn. */
enum next_try {
    NEXT_TRY_NONE, /* none was: the call's last record */
    NEXT_TRY_SERVER_ERROR,
    NEXT_TRY_TIMEOUT,
    NEXT_TRY_RATE_LIMITED,
};
extern const char *const next_try_names[]; /* None ServerError Timeout RateLimited */

#define USAGE_MAX_CHARGES 256
#define IDEMPOTENCY_KEY_MAX_BYTES 255
#define USAGE_RUN_MAX_BYTES 128
#define USAGE_MAX_TOOLS 16
#define USAGE_TOOL_MAX_BYTES 128
#define USAGE_MAX_CLIENT_TAGS 8
#define USAGE_MAX_TAGS (16 + USAGE_MAX_CLIENT_TAGS) /* a caller's declaration has 16 */

/* clang-format off */
#define USAGE_CHARGE_FIELDS(F, T)                                                                                      \
    F(T, TEXT, budget, "budget", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(BUDGET_ID_MAX_BYTES), DOC("The budget's id."))    \
    F(T, TEXT, owner, "owner", MAX_LENGTH(BUDGET_OWNER_MAX_BYTES), DOC("Whose account."))                              \
    F(T, TEXT, window, "window", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(BUDGET_WINDOW_ID_BYTES), DOC("Id of the window.")) \
    F(T, TEXT, lease, "lease", MAX_LENGTH(LEASE_ID_MAX_BYTES), DOC("The lease it was held on; empty: on none."))       \
    F(T, INT, amount, "amount", REQUIRED, RANGE(1, LEASE_MAX_AMOUNT), DOC("In the budget's unit: nano-USD or tokens."))
/* beginning: usage_charge_print_beginning of it, for who is charged to one lease again and again; empty: print its
 * fields. */
DECLARE_SCHEMA_BESIDE(usage_charge, USAGE_CHARGE_FIELDS, struct text beginning;);

#define USAGE_RECORD_FIELDS(F, T)                                                                                      \
    F(T, TEXT, id, "id", REQUIRED, DOC("ULID; of a call's last record also its x-request-id."))                         \
    F(T, TEXT, call, "call", DOC("What all records of a call share: the id of its last one."))                         \
    F(T, INT, time_ms, "time", REQUIRED, DOC("When the request came, Unix milliseconds."))                             \
    F(T, TEXT, workspace, "workspace", REQUIRED, DOC("Whose."))                                                        \
    F(T, TEXT, environment, "environment", REQUIRED, DOC("In which environment."))                                     \
    F(T, TEXT, gateway, "gateway", DOC("Which process served it."))                                                    \
    F(T, TEXT, caller, "caller", DOC("Who asked; empty when not known."))                                              \
    F(T, TEXT, deployment, "deployment", DOC("The caller's Deployment, when it is a workload of one."))               \
    F(T, TEXT, pod, "pod", DOC("The caller's pod, when it is a workload."))                                            \
    F(T, TEXT, team, "team", DOC("The caller's team."))                                                                \
    F(T, TEXT, run, "run", MAX_LENGTH(USAGE_RUN_MAX_BYTES), DOC("Of which agent run, as the client said in x-weir-run.")) \
    F(T, TEXT_MAP, tags, "tags", MAX_ITEMS(USAGE_MAX_TAGS), DOC("What is declared of the caller, then what else the client said in x-weir-tags.")) \
    F(T, TEXTS, tools, "tools", MAX_ITEMS(USAGE_MAX_TOOLS), DOC("Functions that the answer asked to call, the first 16 that differ; not known of answers above 256 KiB that are no stream.")) \
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
    F(T, INT, attempts, "attempts", DEFAULT("0"), DOC("Tries of the call up to this record; of them some may not have reached a provider.")) \
    F(T, INT, try_number, "try", DEFAULT("0"), DOC("Which of them this is the record of, from 1; 0: of none that reached a provider.")) \
    F(T, ENUM(next_try), next_try, "nextTry", DEFAULT("None"), DOC("Why another try was made after this one; None: this is the call's last record.")) \
    F(T, ENUM(usage_source), usage_source, "usageSource", DEFAULT("None"), DOC("Where the counts come from."))         \
    USAGE_VECTOR_FIELDS(F, T)                                                                                          \
    F(T, MONEY, cost, "cost", DOC("What it cost, in US dollars; absent when nothing was used, or nothing of it has a price.")) \
    F(T, TEXTS, unpriced, "unpriced", MAX_ITEMS(USAGE_CLASS_COUNT), DOC("Classes that were used and have no price: not in cost.")) \
    F(T, TEXT, price_version, "priceVersion", DOC("The price that applied, so that cost can be reckoned again."))      \
    F(T, LIST(usage_charge), charges, "charges", MAX_ITEMS(USAGE_MAX_CHARGES), DOC("What budgets it was charged to.")) \
    F(T, TEXTS, unheld, "unheld", MAX_ITEMS(64), DOC("Ids of budgets that it went on without holding of, because nothing could be lent and they say whenUnavailable: Allow. Not told of a call that was Lost.")) \
    F(T, TEXTS, slowed, "slowed", MAX_ITEMS(64), DOC("Ids of budgets that had too little left for it and slow calls then (onExceeded: Throttle). Not told of a call that was Lost.")) \
    F(T, INT, request_bytes, "requestBytes", DEFAULT("0"), DOC("Body bytes received."))                                \
    F(T, INT, reply_bytes, "replyBytes", DEFAULT("0"), DOC("Body bytes sent."))                                        \
    F(T, INT, queue_us, "queueUs", DEFAULT("0"), DOC("From the request to when this try was sent, microseconds: waiting for budgets, earlier tries, pauses between them.")) \
    F(T, INT, first_byte_us, "firstByteUs", DEFAULT("0"), DOC("From the request to the first byte of the answer, of a stream its first event, microseconds; 0 when the client got none of this try.")) \
    F(T, INT, total_us, "totalUs", DEFAULT("0"), DOC("From the request to the end of the answer, or of the try, microseconds.")) \
    F(T, TEXT, revision, "revision", DOC("The config that applied."))                                                  \
    F(T, TEXT, policy_digest, "policyDigest", DOC("The effective policy that applied."))                               \
    F(T, TEXT, trace_id, "traceId", DOC("W3C trace id, 32 hex digits."))                                             \
    F(T, TEXT, idempotency_key, "idempotencyKey", MAX_LENGTH(IDEMPOTENCY_KEY_MAX_BYTES), DOC("What the client sent as Idempotency-Key.")) \
    F(T, TEXT, replay_of, "replayOf", DOC("The call whose answer was given once more; nothing was asked of a provider."))
DECLARE_SCHEMA(usage_record, USAGE_RECORD_FIELDS);
/* clang-format on */

/* As schema_print_json does, in a fraction of the time. */
void usage_record_print(const struct usage_record *record, struct buffer *out);
/* A charge as JSON up to the number of its amount, which and the brace follow. */
void usage_charge_print_beginning(const struct usage_charge *charge, struct buffer *out);
struct usage_vector usage_record_vector(const struct usage_record *record);
void usage_record_set_vector(struct usage_record *record, const struct usage_vector *vector);
