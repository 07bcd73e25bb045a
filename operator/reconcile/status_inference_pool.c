/* The pool is for Gateways of other makers: our own call the model whatever becomes of it. */
#include "operator/reconcile/status_inference_pool.h"

#include "lib/base/arena.h"
#include "lib/base/utf8.h"
#include "lib/document/document.h"
#include "operator/objects/names.h"

enum { PASSED_ON_MOST = 1024 }; /* of others' words */

static const struct document *find_refusal(const struct document *conditions);

void
status_inference_pool_add(const struct deployment_state *state, struct conditions *conditions)
{
    if (!state->deployment->spec.workload.model_server.inference_pool.source || hold_is_set(&state->hold))
        return;
    struct text name = names_workload(state->arena, state->deployment->metadata.name);
    const struct observed_object *pool =
        observed_find(&state->view->observed, TEXT("InferencePool"), state->planned->namespace, name);
    struct text refusal = pool ? status_inference_pool_refusal(state->arena, pool) : (struct text){0};
    if (!state->view->facts->has_inference_pool)
        conditions_add(conditions, TEXT("Pooled"), CONDITION_FALSE, TEXT("InferencePoolMissing"),
                       TEXT("modelServer.inferencePool needs the Gateway API Inference Extension, which this "
                            "cluster does not serve: the model is reached at status.url all the same; "
                            "install it, or drop inferencePool"));
    else if (!pool || pool->is_deleting)
        conditions_add(conditions, TEXT("Pooled"), CONDITION_UNKNOWN, TEXT("Pending"),
                       text_format(state->arena, "InferencePool %.*s is not there yet", TEXT_ARG(name)));
    else if (refusal.length > 0)
        conditions_add(conditions, TEXT("Pooled"), CONDITION_FALSE, TEXT("NotAccepted"), refusal);
    else
        conditions_add(conditions, TEXT("Pooled"), CONDITION_TRUE, TEXT("Pooled"),
                       text_format(state->arena, "InferencePool %.*s", TEXT_ARG(name)));
}

struct text
status_inference_pool_refusal(struct arena *arena, const struct observed_object *pool)
{
    const struct document *parents = document_get(pool->document, "status.parents");
    for (size_t i = 0; i < document_count(parents); i++) {
        const struct document *parent = document_at(parents, i);
        const struct document *refusal = find_refusal(document_find(parent, TEXT("conditions")));
        struct text message = document_text(document_find(refusal, TEXT("message")));
        if (refusal)
            return text_format(arena, "%.*s %.*s does not take the pool: %.*s: %.*s",
                               TEXT_ARG(document_text(document_get(parent, "parentRef.kind"))),
                               TEXT_ARG(document_text(document_get(parent, "parentRef.name"))),
                               TEXT_ARG(document_text(document_find(refusal, TEXT("reason")))),
                               TEXT_ARG(utf8_at_most(message, PASSED_ON_MOST)));
    }
    return (struct text){0};
}

/* The two that the API names; others, such as Exported, say nothing against the pool. */
static const struct document *
find_refusal(const struct document *conditions)
{
    for (size_t i = 0; i < document_count(conditions); i++) {
        const struct document *condition = document_at(conditions, i);
        struct text type = document_text(document_find(condition, TEXT("type")));
        bool is_asked = text_equals(type, TEXT("Accepted")) || text_equals(type, TEXT("ResolvedRefs"));
        if (is_asked && text_equals(document_text(document_find(condition, TEXT("status"))), TEXT("False")))
            return condition;
    }
    return NULL;
}
