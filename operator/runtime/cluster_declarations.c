/* A pass in which nothing changed costs a sum over its objects' numbers here. */
#include "operator/runtime/cluster_declarations.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "operator/control/book_publisher.h"
#include "operator/reconcile/plan_declaration.h"
#include "operator/runtime/declared_key.h"
#include "operator/runtime/namespace_owners.h"
#include "operator/runtime/organisation.h"
#include "operator/runtime/pass_parts.h"

#define ACTOR TEXT("cluster") /* who applied it is not known: managedFields are not kept */

struct cluster_declarations {
    struct cluster_operator *op;
    struct book_publisher *publisher;
    struct organisation_policies *organisation; /* that were declared last; NULL: none yet */
    struct arena *refusal_arena;                /* of the next */
    struct text refusal;                        /* of the organisation's, as it was told; empty: none */
};

static uint64_t key_of(const struct pass *pass);
static void declare_workspace(struct cluster_declarations *declarations, const struct pass *pass);
static void declare_organisation(struct cluster_declarations *declarations);
static void declare(struct cluster_declarations *declarations, const struct ledger_declare *declare);
static bool
note_refusal(struct cluster_declarations *declarations, struct text workspace, struct text refusal);
static void release(void *owner);

struct cluster_declarations *
cluster_declarations_start(struct arena *arena, struct cluster_operator *op, struct book_publisher *publisher)
{
    struct cluster_declarations *declarations = arena_alloc(arena, sizeof(*declarations));
    struct text key;
    void *found;
    *declarations = (struct cluster_declarations){.op = op, .publisher = publisher};
    arena_defer(arena, release, declarations);
    for (size_t at = 0; map_next(op->records, &at, &key, &found);)
        ((struct workspace_record *)found)->declared_key = 0;
    declare_organisation(declarations);
    return declarations;
}

void
cluster_declarations_note(struct cluster_declarations *declarations, const struct pass *pass)
{
    const struct cluster_plan *plan = pass->plan;
    struct workspace_record *record = pass->record;
    declare_organisation(declarations);
    if (!plan->workspace)
        record->declared_key = 0; /* the next of that name is another's */
    if (!plan->workspace || plan->is_broken || plan->is_removed)
        return;
    uint64_t key = key_of(pass);
    if (record->declared_key == key)
        return;
    record->declared_key = key;
    declare_workspace(declarations, pass);
}

void
cluster_declarations_hear(struct cluster_declarations *declarations, struct text workspace,
                          struct text refusal)
{
    struct cluster_operator *op = declarations->op;
    if (!note_refusal(declarations, workspace, refusal))
        return;
    if (!text_is_empty(refusal))
        log_error("declaration_refused", LOG_TEXT("workspace", workspace), LOG_TEXT("reason", refusal));
    if (!text_is_empty(workspace))
        cluster_add(op, workspace, WORKQUEUE_PATIENT); /* to say so */
}

void
cluster_declarations_want(struct cluster_declarations *declarations, struct text workspace)
{
    if (text_is_empty(workspace)) {
        organisation_unref(declarations->organisation);
        declarations->organisation = NULL;
        declare_organisation(declarations);
        return;
    }
    struct workspace_record *record = cluster_find_record(declarations->op, workspace);
    if (!record)
        return;
    record->declared_key = 0;
    cluster_add(declarations->op, workspace, WORKQUEUE_PATIENT);
}

/* Of the objects that view_build shows the pass. */
static uint64_t
key_of(const struct pass *pass)
{
    const struct cluster_operator *op = pass->op;
    const struct built_view *built = &pass->built;
    struct declared_parts parts = {
        .workspace = built->cached,
        .policies = watches_at(op->watches, WATCHED_MODEL_POLICIES)->table,
        .deployments = watches_at(op->watches, WATCHED_DEPLOYMENTS)->table,
        .namespaces.items = arena_alloc_array(pass->arena, built->namespaces.count, sizeof(struct text)),
        .plan = pass->plan->plan,
        .broken_count = built->view.base.broken.count,
    };
    for (size_t i = 0; i < built->namespaces.count; i++) {
        struct text namespace = built->namespaces.items[i];
        if (text_equals(namespace_owners_find(op->owners, namespace), pass->workspace) &&
            !text_equals(namespace, op->facts.operator_namespace))
            parts.namespaces.items[parts.namespaces.count++] = namespace;
    }
    return declared_key(&parts);
}

static void
declare_workspace(struct cluster_declarations *declarations, const struct pass *pass)
{
    const struct plan_part part = {.workspace = pass->workspace, .actor = ACTOR, .is_alone = true};
    declare(declarations, plan_declare(pass->arena, &pass->built.view.base, pass->plan->plan, &part));
}

/* Decoded once for all workspaces: the same are not declared again. */
static void
declare_organisation(struct cluster_declarations *declarations)
{
    struct organisation_policies *policies = organisation_ref(declarations->op->organisation);
    if (policies == declarations->organisation) {
        organisation_unref(policies);
        return;
    }
    scoped_arena struct arena *scratch = arena_new(0);
    const struct reconcile_view view = {
        .is_cluster = true, .objects = policies->objects, .broken = policies->broken};
    const struct plan nothing = {0};
    const struct plan_part part = {.actor = ACTOR, .is_alone = true};
    if (declarations->organisation)
        organisation_unref(declarations->organisation);
    declarations->organisation = policies;
    declare(declarations, plan_declare(scratch, &view, &nothing, &part));
}

/* What can be sent is refused by nobody yet; it may be what the ledger has already, of which nothing is
 * heard.
 */
static void
declare(struct cluster_declarations *declarations, const struct ledger_declare *declare)
{
    struct error err = {0};
    bool is_sent = book_publisher_declare(declarations->publisher, declare, &err);
    cluster_declarations_hear(declarations, declare->workspace,
                              is_sent ? (struct text){0} : text_of(err.message));
}

/* True when it is another than was told. */
static bool
note_refusal(struct cluster_declarations *declarations, struct text workspace, struct text refusal)
{
    if (!text_is_empty(workspace)) {
        struct workspace_record *record = cluster_find_record(declarations->op, workspace);
        return record && workspace_record_set_undeclared(record, refusal);
    }
    if (text_equals(declarations->refusal, refusal))
        return false;
    struct arena *arena = arena_new(0);
    declarations->refusal = text_copy(arena, refusal);
    arena_free(declarations->refusal_arena);
    declarations->refusal_arena = arena;
    return true;
}

static void
release(void *owner)
{
    struct cluster_declarations *declarations = owner;
    if (declarations->organisation)
        organisation_unref(declarations->organisation);
    arena_free(declarations->refusal_arena);
}
