/* A pod after its patches: still itself, and with its hands off other people's keys. */
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "operator/objects/names.h"
#include "operator/reconcile/deployment_checks.h"

/* The walk over a pod for the names of Secrets. */
struct secret_search {
    struct arena *arena;
    const struct effective_policy *effective;
    struct text found, owner; /* found empty: nothing that is not its own */
};

static struct hold refuse(struct text reason, struct text message);
static bool is_itself(const struct document *pod, const struct document *patched, struct text *out_what);
static void walk_secrets(struct secret_search *walk, const struct document *at, struct text key);
static void look_into(struct secret_search *walk, const struct document *at, struct text key);
static void look_at(struct secret_search *walk, struct text secret);
static struct text owner_of_key(struct secret_search *walk, struct text secret);

struct hold
deployment_check_pod(const struct workload *workload, const struct effective_policy *effective,
                     const struct document **out_template)
{
    struct arena *arena = workload->arena;
    const struct document *template = workload_pod_template(workload), *patched = NULL;
    struct error err = {0};
    struct text what;
    if (!workload_patch_pod(workload, template, &patched, &err))
        return refuse(TEXT("InvalidSpec"), text_copy(arena, text_of(err.message)));
    if (!is_itself(template, patched, &what))
        return refuse(TEXT("InvalidSpec"),
                      text_format(arena,
                                  "spec.podPatches: a patch changes %.*s, which says whose the pod is; "
                                  "drop that patch",
                                  TEXT_ARG(what)));
    struct secret_search secrets = {.arena = arena, .effective = effective};
    walk_secrets(&secrets, patched, (struct text){0});
    if (!text_is_empty(secrets.found))
        return refuse(TEXT("PolicyDenied"),
                      text_format(arena,
                                  "the Secret %.*s is %.*s; workloads call through the gateway, which "
                                  "proves who they are by their token: drop the reference",
                                  TEXT_ARG(secrets.found), TEXT_ARG(secrets.owner)));
    *out_template = patched;
    return (struct hold){0};
}

static struct hold
refuse(struct text reason, struct text message)
{
    return (struct hold){.reason = reason, .message = message};
}

/* Labels that we gave must stay; more of them are fine. */
static bool
is_itself(const struct document *pod, const struct document *patched, struct text *out_what)
{
    const struct document *labels = document_get(pod, "metadata.labels");
    const struct document *kept = document_get(patched, "metadata.labels");
    *out_what = TEXT("spec.serviceAccountName");
    if (!document_equals(document_get(pod, "spec.serviceAccountName"),
                         document_get(patched, "spec.serviceAccountName")) ||
        document_get(patched, "spec.serviceAccount"))
        return false;
    *out_what = TEXT("metadata.labels");
    for (size_t i = 0; i < document_count(labels); i++)
        if (!document_equals(document_value_at(labels, i), document_find(kept, document_key_at(labels, i))))
            return false;
    return true;
}

/* Every way that a pod has to name a Secret: volumes say secretName or projected secret, variables say
 * secretKeyRef and secretRef. imagePullSecrets stay with the kubelet. */
static void
walk_secrets(struct secret_search *walk, const struct document *at, struct text key)
{
    bool is_map = document_kind(at) == DOCUMENT_MAP;
    if (text_starts_with(key, TEXT("secret"))) /* few do */
        look_into(walk, at, key);
    for (size_t i = 0; i < document_count(at); i++)
        walk_secrets(walk, is_map ? document_value_at(at, i) : document_at(at, i),
                     is_map ? document_key_at(at, i) : key);
}

static void
look_into(struct secret_search *walk, const struct document *at, struct text key)
{
    if (text_equals(key, TEXT("secretName")))
        look_at(walk, document_text(at));
    if (text_equals(key, TEXT("secretKeyRef")) || text_equals(key, TEXT("secretRef")) ||
        text_equals(key, TEXT("secret")))
        look_at(walk, document_text(document_find(at, TEXT("name"))));
}

static void
look_at(struct secret_search *walk, struct text secret)
{
    if (text_is_empty(secret) || !text_is_empty(walk->found))
        return;
    walk->owner = owner_of_key(walk, secret);
    if (!text_is_empty(walk->owner))
        walk->found = secret;
}

static struct text
owner_of_key(struct secret_search *walk, struct text secret)
{
    const struct merged_defaults *defaults = &walk->effective->defaults;
    if (text_equals(secret, TEXT(GATEWAY_IDENTITY_SECRET)) || text_equals(secret, TEXT(GATEWAY_TLS_SECRET)))
        return TEXT("the gateway's own");
    for (size_t i = 0; i < defaults->provider_count; i++)
        if (text_equals(defaults->providers[i].provider->credentials_ref.name, secret))
            return text_format(walk->arena, "the key of provider %.*s",
                               TEXT_ARG(defaults->providers[i].provider->name));
    for (size_t i = 0; i < defaults->route_count; i++) {
        const struct policy_route *route = defaults->routes[i].route;
        const struct route_target_list *lists[] = {&route->targets, &route->fallback.targets};
        for (size_t j = 0; j < COUNT_OF(lists); j++)
            for (size_t k = 0; k < lists[j]->count; k++)
                if (text_equals(lists[j]->items[k].credentials_ref.name, secret))
                    return text_format(walk->arena, "the key of model %.*s", TEXT_ARG(route->model));
    }
    return (struct text){0};
}
