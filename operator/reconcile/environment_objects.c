/* Which objects there are. What is in them: operator/objects. */
#include "operator/reconcile/environment_objects.h"

#include "lib/base/arena.h"
#include "lib/document/document.h"
#include "operator/objects/names.h"
#include "operator/reconcile/environment_settings.h"

static const struct gateway_identity *find_identity(const struct cluster_view *view, struct text namespace);
static struct environment_site
site_of(struct arena *arena, const struct cluster_view *view, const struct workspace *workspace,
        const struct workspace_environment *environment);
static int64_t replicas_of(const struct cluster_view *view, const struct environment_site *site);
static int64_t revision_of(const struct cluster_view *view, const struct environment_site *site);
static void add_rules(const struct environment_site *site, const struct workspace *workspace,
                      struct desired_objects *objects);
static void add_gateway(const struct environment_site *site, const struct gateway_identity *identity,
                        struct desired_objects *objects);
static void add_edge(const struct environment_site *site, const struct cluster_facts *facts,
                     struct desired_objects *objects);
static void add_queue(const struct environment_site *site, struct desired_objects *objects);
static bool has_requests(const struct environment_settings *settings);
static void add_one(struct desired_objects *objects, const struct document *document);

void
environment_objects_add(struct arena *arena, const struct cluster_view *view,
                        const struct planned_environment *planned, struct desired_objects *out_objects)
{
    const struct gateway_identity *identity = find_identity(view, planned->namespace);
    bool is_leaving = planned->workspace->metadata.deletion_timestamp != FIELD_UNSET;
    if (hold_is_set(&planned->hold) || !identity || is_leaving)
        return;
    struct environment_site site = site_of(arena, view, planned->workspace, planned->environment);
    add_one(out_objects, environment_namespace_object(&site));
    add_rules(&site, planned->workspace, out_objects);
    add_gateway(&site, identity, out_objects);
    add_edge(&site, view->facts, out_objects);
    if (site.has_queue)
        add_queue(&site, out_objects);
}

struct queue_status
environment_queue_of(struct arena *arena, const struct cluster_view *view, const struct workspace *workspace,
                     const struct workspace_environment *environment)
{
    struct environment_site site = site_of(arena, view, workspace, environment);
    if (!site.has_queue)
        return (struct queue_status){.provider = QUEUE_PROVIDER_NONE};
    return (struct queue_status){.provider = QUEUE_PROVIDER_KUEUE,
                                 .local_queue = TEXT(LOCAL_QUEUE_NAME),
                                 .cluster_queue = site.namespace};
}

static const struct gateway_identity *
find_identity(const struct cluster_view *view, struct text namespace)
{
    for (size_t i = 0; i < view->identities.count; i++)
        if (text_equals(view->identities.items[i].namespace, namespace))
            return &view->identities.items[i];
    return NULL;
}

static struct environment_site
site_of(struct arena *arena, const struct cluster_view *view, const struct workspace *workspace,
        const struct workspace_environment *environment)
{
    struct environment_site site = {
        .arena = arena,
        .owner = {.workspace = workspace->metadata.name, .environment = environment->name},
        .namespace = workspace_environment_namespace(arena, workspace, environment),
        .tier = environment->tier,
        .settings = environment_settings_of(arena, workspace, environment),
        .operator_namespace = view->facts->operator_namespace,
        .gateway_image = view->facts->gateway_image,
        .control_url = view->facts->control_url,
        .ledger_url = view->facts->ledger_url,
        .has_pod_monitor = view->facts->has_pod_monitor,
    };
    site.serves_tls = site.settings.issuer && view->facts->has_cert_manager;
    site.certificate_revision = site.serves_tls ? revision_of(view, &site) : 0;
    site.replicas = replicas_of(view, &site);
    site.has_queue = site.settings.borrowing && view->facts->has_kueue && has_requests(&site.settings);
    return site;
}

/* A field that we let go falls back to 1 unless somebody else owns it by then. So until the autoscaler has
 * set the number once, we keep it where it is, within its bounds. */
static int64_t
replicas_of(const struct cluster_view *view, const struct environment_site *site)
{
    const struct environment_settings *settings = &site->settings;
    const struct text name = TEXT(GATEWAY_NAME);
    if (settings->min_replicas == settings->max_replicas)
        return settings->min_replicas;
    const struct observed_object *scaler =
        observed_find(&view->observed, TEXT("HorizontalPodAutoscaler"), site->namespace, name);
    if (scaler && document_get(scaler->document, "status.lastScaleTime"))
        return FIELD_UNSET;
    const struct observed_object *deployment =
        observed_find(&view->observed, TEXT("Deployment"), site->namespace, name);
    int64_t now = 0;
    if (!deployment || !document_int(document_get(deployment->document, "spec.replicas"), &now) ||
        now < settings->min_replicas)
        return settings->min_replicas;
    return now > settings->max_replicas ? settings->max_replicas : now;
}

/* How often cert-manager has issued the certificate. */
static int64_t
revision_of(const struct cluster_view *view, const struct environment_site *site)
{
    const struct observed_object *certificate =
        observed_find(&view->observed, TEXT("Certificate"), site->namespace, TEXT(GATEWAY_NAME));
    int64_t revision = 0;
    if (!certificate || !document_int(document_get(certificate->document, "status.revision"), &revision))
        return 0;
    return revision;
}

static void
add_rules(const struct environment_site *site, const struct workspace *workspace,
          struct desired_objects *objects)
{
    add_one(objects, environment_isolation(site));
    add_one(objects, environment_gateway_network(site));
    add_one(objects, environment_model_server_network(site));
    add_one(objects, environment_batch_network(site));
    add_one(objects, environment_resource_quota(site));
    add_one(objects, environment_limit_range(site));
    for (int role = MEMBER_ROLE_OWNER; role <= MEMBER_ROLE_AUDITOR; role++)
        add_one(objects, environment_role_binding(site, &workspace->spec.members, (enum member_role)role));
}

static void
add_gateway(const struct environment_site *site, const struct gateway_identity *identity,
            struct desired_objects *objects)
{
    add_one(objects, gateway_service_account(site));
    add_one(objects,
            gateway_identity_secret(site, identity->certificate, identity->key, identity->authority));
    add_one(objects, gateway_service(site));
    add_one(objects, gateway_deployment(site));
    add_one(objects, gateway_autoscaler(site));
    add_one(objects, gateway_disruption_budget(site));
}

static void
add_edge(const struct environment_site *site, const struct cluster_facts *facts,
         struct desired_objects *objects)
{
    const struct gateway_exposure *exposure = site->settings.exposure;
    if (site->serves_tls)
        add_one(objects, gateway_certificate(site));
    if (exposure && exposure->type == GATEWAY_EXPOSURE_GATEWAY && facts->has_http_route)
        add_one(objects, gateway_http_route(site));
    if (facts->has_pod_monitor)
        add_one(objects, gateway_pod_monitor(site));
}

static void
add_queue(const struct environment_site *site, struct desired_objects *objects)
{
    bool has_flavor = false;
    for (size_t i = 0; i < objects->count; i++)
        has_flavor = has_flavor || text_equals(objects->items[i].kind, TEXT("ResourceFlavor"));
    if (!has_flavor)
        add_one(objects, queue_flavor(site->arena));
    add_one(objects, queue_cluster_queue(site));
    add_one(objects, queue_local_queue(site));
}

static bool
has_requests(const struct environment_settings *settings)
{
    for (size_t i = 0; i < settings->quota.count; i++)
        if (text_starts_with(settings->quota.items[i].key, TEXT("requests.")))
            return true;
    return false;
}

/* A builder that has nothing to say gives NULL. */
static void
add_one(struct desired_objects *objects, const struct document *document)
{
    if (document)
        desired_add(objects, document);
}
