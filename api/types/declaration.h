/* What is declared beside budgets in one workspace, or for the organisation, as the operator sees it: things
 * whose changes belong into the audit log, and who may call, what it costs and what the limits are. The
 * state, not its changes: whoever hears it compares it with what it heard before. Has no key and no secret in
 * it, only digests. */
#pragma once

#include "api/types/audit_row.h"
#include "api/types/gateway_rules.h"
#include "api/types/price.h"

#define DECLARATION_MAX_ITEMS 20000

/* clang-format off */
#define DECLARED_THING_FIELDS(F, T)                                                                                    \
    F(T, ENUM(audit_action), action, "action", REQUIRED, DOC("What it is in the audit log when it is new or another.")) \
    F(T, TEXT, subject, "subject", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(512), DOC("Which thing: one of each action."))  \
    F(T, TEXT, workspace, "workspace", DOC("Whose; empty for the organisation."))                                      \
    F(T, TEXT, environment, "environment", DOC("In which environment; empty for all."))                                \
    F(T, TEXT, digest, "digest", REQUIRED, FORMAT(sha256_hex), DOC("SHA-256 of what it says."))                        \
    F(T, TEXT, actor, "actor", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(256), DOC("Who changed it last, as far as is known: \"file\" on a laptop."))
DECLARE_SCHEMA(declared_thing, DECLARED_THING_FIELDS);

#define DECLARED_CALLER_FIELDS(F, T)                                                                                   \
    F(T, TEXT, workspace, "workspace", REQUIRED, DOC("Whose."))                                                        \
    F(T, TEXT, name, "name", REQUIRED, DOC("Who calls."))                                                              \
    F(T, TEXT, team, "team", DOC("For the account."))                                                                  \
    F(T, TEXTS, environments, "environments", MAX_ITEMS(16), DOC("Where it may call; in every environment if not given.")) \
    F(T, TEXTS, keys, "keys", MAX_ITEMS(16), DOC("Of each of its keys the beginning of its hash, as sha256:<12 digits>. A key itself is known to nobody but its caller.")) \
    F(T, TIME, expires, "expires", DOC("From then on its keys are refused."))
DECLARE_SCHEMA(declared_caller, DECLARED_CALLER_FIELDS);

#define DECLARED_PRICE_FIELDS(F, T)                                                                                    \
    F(T, TEXT, workspace, "workspace", REQUIRED, DOC("Where it is in force."))                                         \
    F(T, TEXT, environment, "environment", REQUIRED, DOC("In which environment."))                                     \
    F(T, TEXT, provider, "provider", REQUIRED, DOC("Whose model."))                                                    \
    F(T, TEXT, model, "model", REQUIRED, DOC("What the provider calls it."))                                           \
    F(T, TEXT, version, "version", DOC("Names this price, as `priceVersion` in usage records; empty: it has no price.")) \
    F(T, BOOL, free, "free", DEFAULT("false"), DOC("It costs nothing, whatever is used."))                             \
    F(T, OBJECT(price_per_million), nano_per_million, "usdPerMillion", DOC("US dollars per million units of each class, as decimal text.")) \
    F(T, LIST(price_tier), tiers, "tiers", MAX_ITEMS(PRICE_MAX_TIERS), DOC("Other prices for long prompts."))
DECLARE_SCHEMA(declared_price, DECLARED_PRICE_FIELDS);

#define DECLARED_LIMIT_FIELDS(F, T)                                                                                    \
    F(T, TEXT, workspace, "workspace", REQUIRED, DOC("Where it is in force."))                                         \
    F(T, TEXT, environment, "environment", REQUIRED, DOC("In which environment."))                                     \
    F(T, OBJECT(gateway_limit), limit, "limit", REQUIRED, DOC("Whose, of what and how much; and who set it."))
DECLARE_SCHEMA(declared_limit, DECLARED_LIMIT_FIELDS);

#define DECLARATION_FIELDS(F, T)                                                                                       \
    F(T, BOOL, whole, "whole", DEFAULT("false"), DOC("It is all there is: what is not in it is gone. Else something could not be read, and nothing is said of what is not in it.")) \
    F(T, LIST(declared_thing), things, "things", LIST_KEYS("action,subject"), MAX_ITEMS(DECLARATION_MAX_ITEMS), DOC("What the audit log follows.")) \
    F(T, LIST(declared_caller), callers, "callers", MAX_ITEMS(DECLARATION_MAX_ITEMS), DOC("Who may call by key."))    \
    F(T, LIST(declared_price), prices, "prices", MAX_ITEMS(DECLARATION_MAX_ITEMS), DOC("What each target costs."))    \
    F(T, LIST(declared_limit), limits, "limits", MAX_ITEMS(DECLARATION_MAX_ITEMS), DOC("Each limit of each environment."))
DECLARE_SCHEMA(declaration, DECLARATION_FIELDS);
/* clang-format on */
