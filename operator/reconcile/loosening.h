/* What is in force does not get looser without somebody saying so (reference/kubernetes.md 5.4, lock 3).
 *
 * What was in force last is read from ModelPolicy `effective` in the environment's namespace, so it survives
 * restarts. When the policies now ask for something looser, both hold together (their meet) until the
 * annotation weir.dev/approve-loosening there carries the hash of this very change. The hash is good for 24
 * hours and for nothing else: it is made of the old constraints, the new ones and when it was first asked.
 * Routes and other defaults are not held back. */
#pragma once

#include "operator/reconcile/effective_policy.h"

#define LOOSENING_APPROVAL_MS (24 * 60 * 60 * 1000LL)

/* hash and difference empty: nothing is held back. */
struct loosening_hold {
    enum loosening rule;         /* RequireApproval, or Deny: no hash lets it through */
    struct text hash;            /* what to approve; empty under Deny */
    int64_t since_unix_ms;       /* the hash's first second */
    struct text difference;      /* "maxOutputTokens 100 → 200", in words */
    struct text_list policies;   /* "namespace/name" of those that set what would get looser */
    const struct workspace *who; /* may change the rule */
};

/* The generated policy of a namespace as it was last seen, or NULL. */
const struct model_policy *loosening_find_effective(const struct object_list *objects, struct text namespace);
/* Narrows *enforced to what may be in force now. */
struct loosening_hold
loosening_hold_back(struct arena *arena, const struct reconcile_view *view, const struct workspace *workspace,
                    const struct workspace_environment *environment, struct merged_constraints *enforced);
bool loosening_is_held(const struct loosening_hold *hold);
/* When there is another hash; 0: never. */
int64_t loosening_wake_unix_ms(const struct loosening_hold *hold);
/* What happens, and what to do: for conditions. */
struct text loosening_words(struct arena *arena, const struct loosening_hold *hold, struct text namespace);
/* What environment.changePolicy says; if nothing, Production needs approval and other tiers do not. */
enum loosening loosening_rule_of(const struct workspace_environment *environment);
