/* Labels say whose a namespace is; the annotation says who may have it. */
#include "operator/reconcile/adoption.h"

#include "lib/document/document.h"
#include "operator/objects/names.h"

static struct hold refuse(struct arena *arena, const struct planned_environment *planned, struct text owner,
                          struct text invited);

struct hold
adoption_hold(struct arena *arena, const struct cluster_view *view, const struct planned_environment *planned)
{
    const struct observed_object *namespace =
        observed_find(&view->observed, TEXT("Namespace"), (struct text){0}, planned->namespace);
    if (!namespace)
        return (struct hold){0};
    if (namespace->is_deleting)
        return (struct hold){
            .reason = TEXT("NamespaceTerminating"),
            .message =
                text_format(arena, "the namespace %.*s is being deleted; it is made again once it is gone",
                            TEXT_ARG(planned->namespace))};
    struct text owner = observed_label(namespace, WORKSPACE_LABEL);
    struct text invited = observed_annotation(namespace, ADOPT_ANNOTATION);
    const struct text own = planned->workspace->metadata.name;
    if (text_equals(owner, own) || (text_is_empty(owner) && text_equals(invited, own)))
        return (struct hold){0};
    return refuse(arena, planned, owner, invited);
}

void
adoption_apply(struct arena *arena, const struct cluster_view *view, struct plan *plan)
{
    for (size_t i = 0; i < plan->environment_count; i++)
        if (!hold_is_set(&plan->environments[i].hold))
            plan->environments[i].hold = adoption_hold(arena, view, &plan->environments[i]);
}

static struct hold
refuse(struct arena *arena, const struct planned_environment *planned, struct text owner, struct text invited)
{
    const struct text name = planned->namespace, own = planned->workspace->metadata.name;
    if (!text_is_empty(owner))
        return (struct hold){
            .reason = TEXT("NamespaceConflict"),
            .message = text_format(arena,
                                   "the namespace %.*s belongs to the workspace %.*s: give the environment "
                                   "another namespace",
                                   TEXT_ARG(name), TEXT_ARG(owner))};
    struct text so_far =
        text_is_empty(invited)
            ? TEXT("it was there before")
            : text_format(arena, "its annotation " ADOPT_ANNOTATION " invites %.*s", TEXT_ARG(invited));
    return (struct hold){
        .reason = TEXT("NamespaceNotOurs"),
        .message = text_format(arena,
                               "the namespace %.*s is not this workspace's: %.*s. To let the workspace have "
                               "it: kubectl annotate namespace %.*s " ADOPT_ANNOTATION "=%.*s --overwrite",
                               TEXT_ARG(name), TEXT_ARG(so_far), TEXT_ARG(name), TEXT_ARG(own))};
}
