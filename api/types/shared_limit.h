/* A limit as the replicas of an environment's gateway share it: the operator puts it into the book, the
 * ledger lends of it, gateways hold their calls against what they have on loan.
 *
 * Requests and tokens have an account for each minute of UTC, whose id is in the account's name, so nothing
 * is ever reset. Calls at once have one account for good: what is lent of it comes back. */
#pragma once

#include "api/types/gateway_rules.h"
#include "api/types/policy_scope.h"

struct arena;
struct gateway_limit;

#define SHARED_LIMIT_ID_MAX_BYTES 192
/* Of the account of calls at once, where others have the id of a minute. */
#define SHARED_LIMIT_NO_WINDOW "now"

/* clang-format off */
#define SHARED_LIMIT_FIELDS(F, T)                                                                                      \
    F(T, TEXT, id, "id", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(SHARED_LIMIT_ID_MAX_BYTES),                               \
      DOC("limit:workspace/environment/scope/unit."))                                                                  \
    F(T, ENUM(limit_scope), scope, "scope", REQUIRED, DOC("Whose counter: the environment's one, or one per caller.")) \
    F(T, ENUM(limit_unit), unit, "unit", REQUIRED, DOC("What is counted."))                                            \
    F(T, INT, amount, "amount", REQUIRED, RANGE(0, 1000000000000), DOC("How many in each minute, or at once."))
DECLARE_SCHEMA(shared_limit, SHARED_LIMIT_FIELDS);
/* clang-format on */

/* The limit's id. Workspace and environment are DNS labels, so no two limits have one id. */
struct text shared_limit_id(struct arena *arena, struct text workspace, struct text environment,
                            const struct gateway_limit *limit);
/* Whether the id is a limit's: no budget has such a one. */
bool shared_limit_is_id(struct text id);
/* Whether gateways of the environment may name the limit. */
bool shared_limit_is_of(struct text id, struct text workspace, struct text environment);
/* The scope whose budget_owner is the owner of the limit's account. */
enum policy_scope shared_limit_owner_scope(enum limit_scope scope);
