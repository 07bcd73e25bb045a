/* Reads the cache only: nothing here asks the API server, but for values of Secrets that are new. */
#include "operator/runtime/view_build.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "operator/runtime/batch_poll.h"
#include "operator/runtime/cluster_parts.h"
#include "operator/runtime/gateway_reports.h"
#include "operator/runtime/identities.h"
#include "operator/runtime/namespace_owners.h"
#include "operator/runtime/observed_build.h"
#include "operator/runtime/organisation.h"
#include "operator/runtime/referred_secrets.h"
#include "operator/runtime/secret_values.h"
#include "operator/runtime/workload_keys.h"

static struct text find_missing(struct arena *arena, struct cluster_operator *op, struct built_view *built);
static void add_objects(struct arena *arena, struct cluster_operator *op, struct text workspace,
                        struct built_view *built);
static void add_cached(struct decoded_objects *decoded, const struct watched *watched, enum kind_id kind,
                       struct text namespace);

void
view_build(struct arena *arena, struct cluster_operator *op, struct text workspace, struct built_view *out)
{
    *out = (struct built_view){0};
    struct cluster_view *view = &out->view;
    view->facts = &op->facts;
    view->now_unix_ms = view->base.now_unix_ms = clock_unix_ms();
    out->namespaces = namespace_owners_list(arena, op->owners, workspace);
    out->cached =
        kube_table_find(watches_at(op->watches, WATCHED_WORKSPACES)->table, (struct text){0}, workspace);
    add_objects(arena, op, workspace, out);
    view->observed = observed_build(arena, op, workspace, &out->namespaces);
    view->base.workload_identity = workload_keys_identity(arena, op->keys);
    view->batches = batch_poll_progress(arena, op->batches, &out->namespaces);
    const struct workspace_record *record = cluster_find_record(op, workspace);
    if (record) {
        view->refused = record->refused;
        view->undeclared = text_copy(arena, record->undeclared);
    }
    view->gateways = gateway_reports(arena, op, view, record);
    for (size_t i = 0; i < out->namespaces.count; i++)
        secret_values_begin(op->secrets, out->namespaces.items[i]);
    out->waits_for = find_missing(arena, op, out);
    for (size_t i = 0; i < out->namespaces.count; i++)
        secret_values_end(op->secrets, out->namespaces.items[i]);
}

/* All are asked for before any is waited for. */
static struct text
find_missing(struct arena *arena, struct cluster_operator *op, struct built_view *built)
{
    struct cluster_view *view = &built->view;
    bool has_secrets = referred_secrets_resolve(arena, op->secrets, view, &built->namespaces);
    bool has_identities = identities_list(arena, op->identities, view, &view->identities);
    if (!workload_keys_are_known(op->keys))
        return TEXT("WaitingForWorkloadKeys");
    if (!has_secrets)
        return TEXT("WaitingForSecrets");
    return has_identities ? (struct text){0} : TEXT("WaitingForIdentities");
}

static void
add_objects(struct arena *arena, struct cluster_operator *op, struct text workspace, struct built_view *built)
{
    struct decoded_objects decoded = {.arena = arena, .has_ledger = !text_is_empty(op->facts.ledger_url)};
    if (built->cached)
        decoded_add(&decoded, kind_get(KIND_WORKSPACE), built->cached);
    built->organisation = organisation_ref(op->organisation);
    const struct object_list *policies = &built->organisation->objects;
    for (size_t i = 0; i < policies->count; i++)
        decoded_add_object(&decoded, &policies->items[i]);
    for (size_t i = 0; i < built->organisation->broken.count; i++)
        decoded_add_broken(&decoded, &built->organisation->broken.items[i]);
    for (size_t i = 0; i < built->namespaces.count; i++) {
        struct text namespace = built->namespaces.items[i];
        if (!text_equals(namespace_owners_find(op->owners, namespace), workspace) ||
            text_equals(namespace, op->facts.operator_namespace))
            continue; /* somebody else's */
        add_cached(&decoded, watches_at(op->watches, WATCHED_MODEL_POLICIES), KIND_MODEL_POLICY, namespace);
        add_cached(&decoded, watches_at(op->watches, WATCHED_DEPLOYMENTS), KIND_DEPLOYMENT, namespace);
    }
    built->view.base.objects = decoded.objects;
    built->view.base.broken = decoded.broken;
    built->notices = decoded.notices;
}

static void
add_cached(struct decoded_objects *decoded, const struct watched *watched, enum kind_id kind,
           struct text namespace)
{
    const struct kube_object *object;
    for (size_t at = 0; (object = kube_table_next(watched->table, namespace, &at));)
        decoded_add(decoded, kind_get(kind), object);
}
