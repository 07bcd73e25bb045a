/* One field at a time where it is a number, as a whole where its parts belong together. */
#include "operator/reconcile/environment_settings.h"

#include "lib/base/arena.h"
#include "operator/objects/quantity.h"
#include "operator/reconcile/environment_quota.h"

enum { FEWEST_GATEWAYS = 2, FEWEST_IN_DEVELOPMENT = 1 };

struct levels_of_gateway {
    const struct environment_gateway *own, *defaults;
};

static void choose_replicas(const struct levels_of_gateway *levels, enum tier tier,
                            struct environment_settings *settings);
static void choose_resources(struct arena *arena, const struct levels_of_gateway *levels,
                             struct environment_settings *settings);
static void choose_edge(const struct levels_of_gateway *levels, struct environment_settings *settings);
static void choose_network(const struct environment_network *own, const struct environment_network *defaults,
                           struct environment_settings *settings);
static void
choose_quota(struct arena *arena, const struct workspace *workspace,
             const struct workspace_environment *environment, struct environment_settings *settings);
static bool says(const struct document *source, const char *key);

struct environment_settings
environment_settings_of(struct arena *arena, const struct workspace *workspace,
                        const struct workspace_environment *environment)
{
    const struct environment_defaults *defaults = &workspace->spec.defaults;
    const struct levels_of_gateway levels = {.own = &environment->gateway, .defaults = &defaults->gateway};
    struct environment_settings settings = {0};
    choose_replicas(&levels, environment->tier, &settings);
    choose_resources(arena, &levels, &settings);
    choose_edge(&levels, &settings);
    choose_network(&environment->network, &defaults->network, &settings);
    settings.pod_security = POD_SECURITY_RESTRICTED;
    if (says(environment->source, "podSecurity"))
        settings.pod_security = environment->pod_security;
    else if (says(defaults->source, "podSecurity"))
        settings.pod_security = defaults->pod_security;
    choose_quota(arena, workspace, environment, &settings);
    return settings;
}

/* The two numbers may come from different levels: the environment's own wins over the other. */
static void
choose_replicas(const struct levels_of_gateway *levels, enum tier tier, struct environment_settings *settings)
{
    const struct gateway_replicas *own = &levels->own->replicas, *defaults = &levels->defaults->replicas;
    bool is_own_min = own->min != FIELD_UNSET;
    int64_t fewest = is_own_min ? own->min : defaults->min;
    int64_t most = own->max != FIELD_UNSET ? own->max : defaults->max;
    if (fewest == FIELD_UNSET)
        fewest = tier == TIER_DEVELOPMENT ? FEWEST_IN_DEVELOPMENT : FEWEST_GATEWAYS;
    if (most == FIELD_UNSET)
        most = fewest;
    if (most < fewest && is_own_min)
        most = fewest;
    settings->min_replicas = most < fewest ? most : fewest;
    settings->max_replicas = most;
}

static void
choose_resources(struct arena *arena, const struct levels_of_gateway *levels,
                 struct environment_settings *settings)
{
    struct text_pair requests[] = {{TEXT("cpu"), TEXT("100m")}, {TEXT("memory"), TEXT("64Mi")}};
    struct text_pair limits[] = {{TEXT("memory"), TEXT("512Mi")}};
    const struct compute_resources built_in = {.requests = {requests, COUNT_OF(requests)},
                                               .limits = {limits, COUNT_OF(limits)}};
    const struct compute_resources *resources = levels->own->resources.source ? &levels->own->resources
                                                : levels->defaults->resources.source
                                                    ? &levels->defaults->resources
                                                    : &built_in;
    settings->requests = quantities_canonical(arena, &resources->requests);
    settings->limits = quantities_canonical(arena, &resources->limits);
}

static void
choose_edge(const struct levels_of_gateway *levels, struct environment_settings *settings)
{
    const struct gateway_exposure *exposure =
        levels->own->exposure.source ? &levels->own->exposure : &levels->defaults->exposure;
    settings->exposure = exposure->source && exposure->type != GATEWAY_EXPOSURE_CLUSTER_IP ? exposure : NULL;
    const struct gateway_tls *tls = levels->own->tls.source ? &levels->own->tls : &levels->defaults->tls;
    settings->issuer = tls->source ? &tls->issuer_ref : NULL;
}

static void
choose_network(const struct environment_network *own, const struct environment_network *defaults,
               struct environment_settings *settings)
{
    settings->egress = NETWORK_EGRESS_RESTRICTED;
    if (says(own->source, "egress"))
        settings->egress = own->egress;
    else if (says(defaults->source, "egress"))
        settings->egress = defaults->egress;
    settings->allowed_cidrs =
        says(own->source, "allowedCIDRs") ? own->allowed_cidrs : defaults->allowed_cidrs;
    settings->allowed_fqdns =
        says(own->source, "allowedFQDNs") ? own->allowed_fqdns : defaults->allowed_fqdns;
}

static void
choose_quota(struct arena *arena, const struct workspace *workspace,
             const struct workspace_environment *environment, struct environment_settings *settings)
{
    const struct workspace_quotas *quotas = &workspace->spec.quotas;
    settings->quota = environment_quota_share(arena, workspace, environment);
    settings->most_deployments = quotas->objects.source ? quotas->objects.deployments : FIELD_UNSET;
    settings->most_jobs = quotas->objects.source ? quotas->objects.jobs : FIELD_UNSET;
    settings->borrowing = quotas->borrowing.source ? &quotas->borrowing : NULL;
    settings->lends = environment->quotas.lending == QUOTA_LENDING_ALL;
}

static bool
says(const struct document *source, const char *key)
{
    return document_find(source, text_of(key)) != NULL;
}
