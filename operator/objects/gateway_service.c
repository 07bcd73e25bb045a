/* How callers reach the gateway: its Service, and the route at a shared Gateway in front of it. */
#include "operator/objects/environment.h"
#include "operator/objects/names.h"

static void put_port(struct document *service, const char *name, int64_t port);

struct document *
gateway_service_account(const struct environment_site *site)
{
    struct document *account = environment_object(site, "v1", "ServiceAccount", GATEWAY_NAME);
    document_set_bool(account, "automountServiceAccountToken", false);
    return account;
}

struct document *
gateway_service(const struct environment_site *site)
{
    struct document *service = environment_object(site, "v1", "Service", GATEWAY_NAME);
    const struct gateway_exposure *exposure = site->settings.exposure;
    bool is_balanced = exposure && exposure->type == GATEWAY_EXPOSURE_LOAD_BALANCER;
    if (!site->has_pod_monitor) {
        struct document *notes = object_at(service, "metadata.annotations");
        document_set_text(notes, SCRAPE_ANNOTATION_PREFIX "scrape", TEXT("true"));
        document_set_text(notes, SCRAPE_ANNOTATION_PREFIX "port",
                          text_format(site->arena, "%d", GATEWAY_ADMIN_PORT));
        document_set_text(notes, SCRAPE_ANNOTATION_PREFIX "path", TEXT("/metrics"));
    }
    object_put_text(service, "spec.type", is_balanced ? TEXT("LoadBalancer") : TEXT("ClusterIP"));
    document_set_text(object_at(service, "spec.selector"), APP_NAME_LABEL, TEXT(GATEWAY_NAME));
    put_port(service, "http", GATEWAY_PORT);
    if (site->serves_tls)
        put_port(service, "https", GATEWAY_TLS_PORT);
    return service;
}

static void
put_port(struct document *service, const char *name, int64_t port)
{
    struct document *item = object_append_named(service, "spec.ports", text_of(name));
    document_set_int(item, "port", port);
    document_set_text(item, "protocol", TEXT("TCP"));
    document_set_text(item, "targetPort", text_of(name));
}

struct document *
gateway_http_route(const struct environment_site *site)
{
    const struct gateway_exposure *exposure = site->settings.exposure;
    struct document *route =
        environment_object(site, "gateway.networking.k8s.io/v1", "HTTPRoute", GATEWAY_NAME);
    struct document *parent = object_append(route, "spec.parentRefs");
    document_set_text(parent, "group", TEXT("gateway.networking.k8s.io"));
    document_set_text(parent, "kind", TEXT("Gateway"));
    document_set_text(parent, "name", exposure->gateway_ref.name);
    if (!text_is_empty(exposure->gateway_ref.namespace))
        document_set_text(parent, "namespace", exposure->gateway_ref.namespace);
    if (!text_is_empty(exposure->hostname))
        object_put_one_text(route, "spec.hostnames", exposure->hostname);
    struct document *rule = object_append(route, "spec.rules");
    struct document *match = object_append(rule, "matches");
    object_put_text(match, "path.type", TEXT("PathPrefix"));
    object_put_text(match, "path.value", TEXT("/"));
    struct document *backend = object_append_named(rule, "backendRefs", TEXT(GATEWAY_NAME));
    document_set_text(backend, "group", TEXT(""));
    document_set_text(backend, "kind", TEXT("Service"));
    document_set_int(backend, "port", GATEWAY_PORT);
    document_set_int(backend, "weight", 1);
    return route;
}
