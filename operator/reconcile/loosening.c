/* Old constraints, new constraints, an approval: what is in force. */
#include "operator/reconcile/loosening.h"

#include "api/types/control_frames.h"
#include "lib/base/arena.h"
#include "lib/base/parse.h"
#include "lib/document/document_build.h"
#include "operator/objects/names.h"
#include "operator/reconcile/effective_constraints.h"
#include "operator/reconcile/loosening_words.h"

enum { APPROVAL_HASH_DIGITS = 16 };

static bool is_approved(const struct model_policy *effective, const struct loosening_hold *hold);
static struct merged_constraints
as_written_down(struct arena *arena, const struct merged_constraints *constraints);
static struct text hash_of(struct arena *arena, const struct loosening_change *change, int64_t since_unix_ms);
static void set_hash(struct arena *arena, const struct loosening_change *change,
                     const struct effective_pending *pending, struct loosening_hold *hold);

const struct model_policy *
loosening_find_effective(const struct object_list *objects, struct text namespace)
{
    for (size_t i = 0; i < objects->count; i++) {
        const struct object *object = &objects->items[i];
        if (object->kind->id == KIND_MODEL_POLICY && levels_is_generated(object->model_policy) &&
            text_equals(object->metadata->namespace, namespace))
            return object->model_policy;
    }
    return NULL;
}

struct loosening_hold
loosening_hold_back(struct arena *arena, const struct reconcile_view *view, const struct workspace *workspace,
                    const struct workspace_environment *environment, struct merged_constraints *enforced)
{
    struct loosening_hold hold = {.rule = loosening_rule_of(environment), .who = workspace};
    const struct model_policy *effective = loosening_find_effective(
        &view->objects, workspace_environment_namespace(arena, workspace, environment));
    if (hold.rule == LOOSENING_ALLOW || !effective || !effective->status.effective.source)
        return hold;
    const struct effective_status *last = &effective->status.effective;
    struct loosening_change change = {.before = effective_constraints_get(arena, last),
                                      .after = as_written_down(arena, enforced)};
    if (view->is_without_ledger)
        change.before.budgets = (struct gateway_budget_list){0}; /* nobody could lend from them any more */
    if (constraints_are_within(&change.after, &change.before))
        return hold;
    if (hold.rule == LOOSENING_REQUIRE_APPROVAL) {
        change.now_unix_ms = view->now_unix_ms;
        set_hash(arena, &change, &last->pending, &hold);
        if (is_approved(effective, &hold))
            return (struct loosening_hold){.rule = hold.rule, .who = workspace};
    }
    hold.difference = loosening_difference(arena, &change);
    hold.policies = loosening_policies(arena, &change);
    *enforced = constraints_meet(arena, &change.before, &change.after);
    return hold;
}

bool
loosening_is_held(const struct loosening_hold *hold)
{
    return hold->difference.length > 0;
}

int64_t
loosening_wake_unix_ms(const struct loosening_hold *hold)
{
    return hold->hash.length > 0 ? hold->since_unix_ms + LOOSENING_APPROVAL_MS : 0;
}

struct text
loosening_words(struct arena *arena, const struct loosening_hold *hold, struct text namespace)
{
    const struct workspace_owner *owner = &hold->who->spec.owner;
    if (hold->rule == LOOSENING_DENY)
        return text_format(arena,
                           "%.*s stays as strict as it is, because its changePolicy.loosening is Deny: %.*s. "
                           "Only who may edit Workspace %.*s (%.*s%s%.*s) can change that",
                           TEXT_ARG(namespace), TEXT_ARG(hold->difference),
                           TEXT_ARG(hold->who->metadata.name), TEXT_ARG(owner->team),
                           owner->contact.length > 0 ? ", " : "", TEXT_ARG(owner->contact));
    struct text until = print_time(arena, hold->since_unix_ms + LOOSENING_APPROVAL_MS, false);
    return text_format(arena,
                       "%.*s stays as strict as it is: %.*s. To let it through before %.*s: kubectl annotate "
                       "modelpolicies.weir.dev -n %.*s " EFFECTIVE_POLICY_NAME
                       " " APPROVE_LOOSENING_ANNOTATION "=%.*s --overwrite (needs the verb loosen)",
                       TEXT_ARG(namespace), TEXT_ARG(hold->difference), TEXT_ARG(until), TEXT_ARG(namespace),
                       TEXT_ARG(hold->hash));
}

enum loosening
loosening_rule_of(const struct workspace_environment *environment)
{
    if (environment->change_policy.source)
        return environment->change_policy.loosening;
    return environment->tier == TIER_PRODUCTION ? LOOSENING_REQUIRE_APPROVAL : LOOSENING_ALLOW;
}

static bool
is_approved(const struct model_policy *effective, const struct loosening_hold *hold)
{
    struct text approved =
        text_pair_list_find(&effective->metadata.annotations, TEXT(APPROVE_LOOSENING_ANNOTATION));
    const struct effective_pending *asked = &effective->status.effective.pending;
    return text_equals(approved, hold->hash) && text_equals(asked->hash, hold->hash);
}

/* The hash that was asked for stays while it is of this change and young enough; then there is a new one. */
static void
set_hash(struct arena *arena, const struct loosening_change *change, const struct effective_pending *pending,
         struct loosening_hold *hold)
{
    if (pending->source) {
        hold->since_unix_ms = pending->since;
        hold->hash = hash_of(arena, change, pending->since);
        int64_t age_ms = change->now_unix_ms - pending->since;
        if (text_equals(hold->hash, pending->hash) && age_ms >= 0 && age_ms < LOOSENING_APPROVAL_MS)
            return;
    }
    hold->since_unix_ms = change->now_unix_ms / 1000 * 1000; /* as it is written down */
    hold->hash = hash_of(arena, change, hold->since_unix_ms);
}

/* Without what status.effective does not keep, so that a rule read back equals itself. */
static struct merged_constraints
as_written_down(struct arena *arena, const struct merged_constraints *constraints)
{
    struct effective_status status;
    schema_set_defaults(&effective_status_schema, &status);
    effective_constraints_put(arena, constraints, &status);
    return effective_constraints_get(arena, &status);
}

/* The same whatever order policies came in, and the same once the meet is what is in force. */
static struct text
hash_of(struct arena *arena, const struct loosening_change *change, int64_t since_unix_ms)
{
    struct merged_constraints meet = constraints_meet(arena, &change->before, &change->after);
    const struct merged_constraints *both[] = {&meet, &change->after};
    struct document *list = document_new_list(arena);
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        struct effective_status status;
        schema_set_defaults(&effective_status_schema, &status);
        effective_constraints_put(arena, both[i], &status);
        document_append(list, schema_encode(arena, &effective_status_schema, &status, SCHEMA_ENCODE_PLAIN));
    }
    struct document *map = document_new_map(arena);
    document_set(map, TEXT("constraints"), list);
    document_set_int(map, "since", since_unix_ms);
    return text_slice(gateway_config_hash(arena, map), 0, APPROVAL_HASH_DIGITS);
}
