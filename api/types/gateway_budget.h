/* One budget as everybody has it: the operator declares it, the ledger lends from it, gateways hold against
 * it.
 *
 * Whom it tells of what is for the ledger alone: gateways are not told.
 *
 * A budget keeps one account for each owner and window. The owner says whose money it is, by the budget's
 * scope: everybody's, a workspace's, an environment's, a caller's. The window's id is in the account's name,
 * so nothing is ever reset (budget_window.h). Amounts are in the budget's unit: nano-USD or tokens. */
#pragma once

#include "api/types/budget.h"
#include "api/types/gateway_rules.h"
#include "api/types/policy_scope.h"
#include "api/types/shared_limit.h"

struct arena;

#define BUDGET_ID_MAX_BYTES 320
#define BUDGET_OWNER_MAX_BYTES 512

/* Requests: what goes on of another budget that slows calls (budget_pace_id). */
enum budget_unit { BUDGET_UNIT_USD, BUDGET_UNIT_TOKENS, BUDGET_UNIT_REQUESTS, BUDGET_UNIT_COUNT };
extern const char *const budget_unit_names[]; /* USD Tokens Requests */

/* clang-format off */
#define GATEWAY_BUDGET_FIELDS(F, T)                                                                                    \
    F(T, TEXT, id, "id", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(BUDGET_ID_MAX_BYTES),                                     \
      DOC("Stays the same whatever the amount becomes: who declares it, scope (of Tag with the key), period and unit."))                     \
    F(T, ENUM(policy_scope), scope, "scope", REQUIRED, DOC("Whose money: each owner has an account of its own."))      \
    F(T, TEXT, tag_key, "tagKey", MAX_LENGTH(BUDGET_TAG_KEY_MAX_BYTES), DOC("Of scope Tag: whose values are owners.")) \
    F(T, ENUM(budget_unit), unit, "unit", DEFAULT("USD"), DOC("USD: amount is in nano-USD. Tokens: in tokens, prompt and answer together. Requests: in calls, while the budget that it is the pace of is spent.")) \
    F(T, INT, amount, "amount", REQUIRED, RANGE(0, BUDGET_MAX_AMOUNT), DOC("How much there is in each window, in the unit.")) \
    F(T, ENUM(budget_period), period, "period", REQUIRED, DOC("How long a window is."))                                \
    F(T, TEXT, time_zone, "timeZone", DEFAULT("UTC"), MAX_LENGTH(TIME_ZONE_NAME_MAX), DOC("Whose calendar windows follow.")) \
    F(T, ENUM(over_budget), on_exceeded, "onExceeded", REQUIRED, DOC("Block: never overshot. Throttle: calls beyond it hold of its pace. Alert: only counted.")) \
    F(T, ENUM(when_unavailable), when_unavailable, "whenUnavailable", DEFAULT("Refuse"), DOC("What becomes of a call that nothing can be lent for: Refuse or Allow.")) \
    BUDGET_ALERT_FIELDS(F, T)                                                                                          \
    F(T, OBJECT(rule_source), from, "from", DOC("Who set it."))
DECLARE_SCHEMA(gateway_budget, GATEWAY_BUDGET_FIELDS);
/* clang-format on */

/* Who makes a call, as far as budgets care. Workspace and environment are DNS labels. */
struct budget_payer {
    struct text workspace, environment;
    struct text caller;     /* empty: not known */
    struct text deployment; /* empty: the caller is no workload */
    struct text model;      /* as clients name it */
    struct text run;        /* empty: none is said; as the next ones */
    struct text user;       /* a digest, never who it is */
    struct text_pair_list tags;
};

/* Whose account a call of this payer goes to: "" of an Organisation, "retail" of a Workspace, "retail/prod"
 * of an Environment, "retail/prod/ada" of a Caller, and so of a Deployment, a Model, a Run, a User and a
 * Tag's value. False when the budget is not about such a call: a Deployment's, when no Deployment calls.
 * tag_key: of a budget of scope Tag. */
bool budget_owner(struct arena *arena, enum policy_scope scope, struct text tag_key,
                  const struct budget_payer *payer, struct text *out_owner);
/* A budget that slows calls (Throttle) has a pace: another budget, of requests a minute, that a call holds of
 * instead when the first has too little left. Its id follows from the first one's. */
struct text budget_pace_id(struct arena *arena, struct text id);
/* The id of the budget whose pace this is; empty: it is no pace. */
struct text budget_paced_id(const struct gateway_budget *pace);
/* Whether a gateway of this environment may name this owner: what the ledger asks before it lends. */
bool budget_owner_is_of(enum policy_scope scope, struct text owner, struct text workspace,
                        struct text environment);
