/* What was asked for and cannot be had in this cluster: said, never silent, and never a reason to stop. */
#include "lib/base/arena.h"
#include "lib/document/document.h"
#include "operator/objects/names.h"
#include "operator/reconcile/environment_objects.h"
#include "operator/reconcile/environment_settings.h"

struct notices {
    struct arena *arena;
    struct text environment;
    struct environment_notice_list *list;
};

static void note(struct notices *notices, const char *reason, const char *message);
static void note_queue(struct notices *notices, const struct cluster_facts *facts,
                       const struct environment_settings *settings);
static void note_route(struct notices *notices, const struct cluster_view *view, struct text namespace);
static bool names_a_port(const struct planned_environment *planned);

void
environment_notices_add(struct arena *arena, const struct cluster_view *view,
                        const struct planned_environment *planned,
                        struct environment_notice_list *out_notices)
{
    struct environment_settings settings =
        environment_settings_of(arena, planned->workspace, planned->environment);
    const struct cluster_facts *facts = view->facts;
    struct notices notices = {arena, planned->environment->name, out_notices};
    if (settings.issuer && !facts->has_cert_manager)
        note(&notices, "CertManagerMissing",
             "gateway.tls asks cert-manager for a certificate, and this cluster has no cert-manager: callers "
             "are served without TLS; install it, or remove gateway.tls");
    if (settings.exposure && settings.exposure->type == GATEWAY_EXPOSURE_GATEWAY && !facts->has_http_route)
        note(&notices, "GatewayApiMissing",
             "gateway.exposure Gateway needs the Gateway API's HTTPRoute, which this cluster does not serve: "
             "the gateway is reached inside the cluster only; install the Gateway API, or choose another "
             "type");
    note_route(&notices, view, planned->namespace);
    note_queue(&notices, facts, &settings);
    if (settings.allowed_fqdns.count > 0 && settings.egress == NETWORK_EGRESS_RESTRICTED)
        note(&notices, "NamesNotEnforceable",
             "network.allowedFQDNs cannot be opened with NetworkPolicies: these names stay blocked; give "
             "their networks in allowedCIDRs");
    if (names_a_port(planned))
        note(&notices, "PortIsFixed",
             "gateway.port is for a laptop: in a cluster gateways listen on 8080 of their Service");
}

static void
note_queue(struct notices *notices, const struct cluster_facts *facts,
           const struct environment_settings *settings)
{
    bool has_requests = false;
    for (size_t i = 0; i < settings->quota.count; i++)
        has_requests = has_requests || text_starts_with(settings->quota.items[i].key, TEXT("requests."));
    if (!settings->borrowing)
        return;
    if (!facts->has_kueue)
        note(notices, "KueueMissing",
             "quotas.borrowing needs Kueue, which this cluster does not have: its own quota is the limit; "
             "install Kueue, or remove quotas.borrowing");
    else if (!has_requests)
        note(notices, "NothingToLend",
             "quotas.borrowing needs a share to start from: give spec.quotas.compute or the environment's "
             "own an amount such as requests.cpu");
}

static void
note(struct notices *notices, const char *reason, const char *message)
{
    struct environment_notice_list *list = notices->list;
    list->items = arena_grow(notices->arena, list->items, list->count, &list->capacity, sizeof(*list->items));
    list->items[list->count++] =
        (struct environment_notice){.reason = text_of(reason),
                                    .message = text_format(notices->arena, "environment %.*s: %s",
                                                           TEXT_ARG(notices->environment), message)};
}

/* The edge belongs to somebody else, who may not let the route in. */
static void
note_route(struct notices *notices, const struct cluster_view *view, struct text namespace)
{
    const struct observed_object *route =
        observed_find(&view->observed, TEXT("HTTPRoute"), namespace, TEXT(GATEWAY_NAME));
    const struct document *parents = route ? document_get(route->document, "status.parents") : NULL;
    for (size_t i = 0; i < document_count(parents); i++) {
        const struct document *conditions = document_find(document_at(parents, i), TEXT("conditions"));
        for (size_t j = 0; j < document_count(conditions); j++) {
            const struct document *condition = document_at(conditions, j);
            struct text message = document_text(document_find(condition, TEXT("message")));
            if (!text_equals(document_text(document_find(condition, TEXT("status"))), TEXT("False")))
                continue;
            note(notices, "RouteNotAccepted",
                 text_c_string(notices->arena,
                               text_format(notices->arena, "the Gateway does not take the route: %.*s",
                                           TEXT_ARG(message))));
            return;
        }
    }
}

static bool
names_a_port(const struct planned_environment *planned)
{
    return planned->environment->gateway.port != FIELD_UNSET ||
           planned->workspace->spec.defaults.gateway.port != FIELD_UNSET;
}
