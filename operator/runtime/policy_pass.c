/* Says nothing about a version of the policy that not every workspace it may be part of has looked at. */
#include "operator/runtime/policy_pass.h"

#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/net/loop.h"
#include "operator/objects/names.h"
#include "operator/runtime/applied_book.h"
#include "operator/runtime/namespace_owners.h"
#include "operator/runtime/organisation.h"
#include "operator/runtime/status_sender.h"

struct policy_pass {
    struct policy_pass *next, *previous; /* among those under way */
    struct cluster_operator *op;
    struct arena *arena;
    struct text policy, title;
    struct model_policy_status status;
    uint64_t desired;
    struct text without_effect;
};

static bool take_policy(struct policy_pass *pass, struct policy_standing *standing);
static bool gather(struct policy_pass *pass, struct policy_standing *standing);
static bool
has_seen(const struct workspace_record *record, const struct policy_standing *standing, struct text policy);
static bool send_status(struct policy_pass *pass, const struct model_policy *policy);
static void on_answer(void *owner, const struct kube_answer *answer);
static void finish(struct policy_pass *pass, enum workqueue_outcome outcome, const char *result);
static void release(struct policy_pass *pass, enum workqueue_outcome outcome);

bool
policy_pass_is_key(struct text key)
{
    return text_find_byte(key, '/') >= 0;
}

void
policy_pass_start(struct cluster_operator *op, struct text policy)
{
    struct arena *arena = arena_new(0);
    struct policy_pass *pass = arena_alloc(arena, sizeof(*pass));
    *pass = (struct policy_pass){.op = op, .arena = arena, .policy = text_copy(arena, policy)};
    struct policy_standing standing = {0};
    workspace_record_await_nothing(cluster_record(op, policy));
    pass->next = op->policy_passes;
    if (op->policy_passes)
        op->policy_passes->previous = pass;
    op->policy_passes = pass;
    op->pass_count++;
    if (!take_policy(pass, &standing) || !gather(pass, &standing)) {
        finish(pass, WORKQUEUE_FINISHED, "waiting");
        return;
    }
    pass->status = status_of_policy_standing(arena, &standing);
    if (!send_status(pass, standing.policy))
        finish(pass, WORKQUEUE_FINISHED, "unchanged");
}

void
policy_pass_cancel_all(struct cluster_operator *op)
{
    while (op->policy_passes)
        release(op->policy_passes, WORKQUEUE_FINISHED);
}

/* False when it is not there, or our own. */
static bool
take_policy(struct policy_pass *pass, struct policy_standing *standing)
{
    struct text name = pass->policy, namespace = text_cut(&name, '/');
    const struct kube_object *cached =
        kube_table_find(watches_at(pass->op->watches, WATCHED_MODEL_POLICIES)->table, namespace, name);
    if (!cached)
        return false;
    struct decoded_objects decoded = {.arena = pass->arena,
                                      .has_ledger = !text_is_empty(pass->op->facts.ledger_url)};
    decoded_add(&decoded, kind_get(KIND_MODEL_POLICY), cached);
    if (decoded.objects.count > 0) {
        standing->policy = decoded.objects.items[0].model_policy;
        pass->without_effect = decoded_find_notice(&decoded.notices, KIND_MODEL_POLICY, namespace, name);
    } else {
        struct model_policy *policy = arena_alloc(pass->arena, sizeof(*policy));
        schema_set_defaults(&model_policy_schema, policy);
        if (decoded.broken.items[0].metadata)
            policy->metadata = *decoded.broken.items[0].metadata;
        standing->refused = decoded.broken.items[0].problem;
        standing->policy = policy;
    }
    standing->generation = cached->generation;
    return !levels_is_generated(standing->policy);
}

static bool
gather(struct policy_pass *pass, struct policy_standing *standing)
{
    struct cluster_operator *op = pass->op;
    struct text namespace = standing->policy->metadata.namespace, key;
    bool is_everybodys = text_equals(namespace, op->facts.operator_namespace);
    struct text owner = namespace_owners_find(op->owners, namespace);
    size_t reach_capacity = 0, namespace_capacity = 0;
    void *found;
    for (size_t at = 0; map_next(op->records, &at, &key, &found);) {
        const struct workspace_record *record = found;
        if (policy_pass_is_key(key) || record->is_gone)
            continue;
        bool is_concerned = is_everybodys || text_equals(owner, key);
        if (is_concerned && !has_seen(record, standing, pass->policy))
            return false;
        struct policy_reach_list own = policy_reaches_of(pass->arena, &record->reaches, pass->policy);
        for (size_t i = 0; i < own.count; i++) {
            struct policy_reach_list *all = &standing->reach;
            all->items =
                arena_grow(pass->arena, all->items, all->count, &reach_capacity, sizeof(*all->items));
            all->items[all->count++] = policy_reach_copy(pass->arena, &own.items[i]);
        }
        struct text environment;
        for (size_t next = 0; map_next(record->environments, &next, &environment, &found);) {
            struct text_list *all = &standing->namespaces;
            all->items =
                arena_grow(pass->arena, all->items, all->count, &namespace_capacity, sizeof(*all->items));
            all->items[all->count++] = text_copy(pass->arena, environment);
        }
    }
    return true;
}

static bool
has_seen(const struct workspace_record *record, const struct policy_standing *standing, struct text policy)
{
    for (size_t i = 0; i < record->seen_count; i++)
        if (text_equals(record->seen[i].policy, policy))
            return record->seen[i].generation == standing->generation;
    return false;
}

static bool
send_status(struct policy_pass *pass, const struct model_policy *policy)
{
    struct cluster_operator *op = pass->op;
    struct status_sender sender = {
        .watched = watches_at(op->watches, WATCHED_MODEL_POLICIES),
        .namespace = policy->metadata.namespace,
        .name = policy->metadata.name,
        .seen = policy->source,
        .key = pass->policy,
        .without_effect = pass->without_effect,
        .wanted = {.schema = &model_policy_status_schema,
                   .status = &pass->status,
                   .conditions = &pass->status.conditions},
    };
    if (!status_sender_prepare(pass->arena, op, &sender))
        return false;
    pass->title = sender.title;
    pass->desired = sender.desired;
    const struct kube_target target = {&sender.watched->kind->resource, sender.namespace, sender.name};
    const struct kube_write write = {.type = KUBE_PATCH_APPLY,
                                     .body = sender.body,
                                     .field_manager = TEXT(STATUS_FIELD_MANAGER),
                                     .is_status = true};
    kube_patch(pass->arena, op->client, &target, &write, on_answer, pass);
    return true;
}

static void
on_answer(void *owner, const struct kube_answer *answer)
{
    struct policy_pass *pass = owner;
    struct cluster_operator *op = pass->op;
    const struct watched *watched = watches_at(op->watches, WATCHED_MODEL_POLICIES);
    struct applied_object *applied = applied_book_get(op->book, pass->title);
    bool is_done = answer->error.kind == ERROR_NONE || answer->error.kind == ERROR_NOT_FOUND;
    uint64_t seen;
    struct text version;
    runtime_metrics_count(op->measured.writes, "status", is_done ? "done" : "failed");
    if (is_done) {
        applied_note_done(applied, pass->desired, 0);
        if (answer->error.kind == ERROR_NONE && watches_look(watched, answer->body, &seen, &version))
            workspace_record_await(cluster_record(op, pass->policy), WATCHED_MODEL_POLICIES, version,
                                   loop_now_ms(op->loop));
        finish(pass, WORKQUEUE_FINISHED, "written");
        return;
    }
    log_warn("status_refused", LOG_TEXT("policy", pass->policy), LOG_INT("status", answer->status),
             LOG_STRING("reason", answer->error.message));
    applied_note_failed(applied, pass->desired, answer->error.kind == ERROR_INVALID, loop_now_ms(op->loop));
    finish(pass, WORKQUEUE_FAILED, "error");
}

static void
finish(struct policy_pass *pass, enum workqueue_outcome outcome, const char *result)
{
    struct cluster_operator *op = pass->op;
    runtime_metrics_count(op->measured.passes, "ModelPolicy", result);
    release(pass, outcome);
    cluster_wake(op);
}

static void
release(struct policy_pass *pass, enum workqueue_outcome outcome)
{
    struct cluster_operator *op = pass->op;
    workqueue_done(op->queue, pass->policy, outcome, loop_now_ms(op->loop));
    if (pass->previous)
        pass->previous->next = pass->next;
    else
        op->policy_passes = pass->next;
    if (pass->next)
        pass->next->previous = pass->previous;
    op->pass_count--;
    arena_free(pass->arena);
}
