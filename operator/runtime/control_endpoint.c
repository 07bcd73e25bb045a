/* A GET now and then instead of a watch: it is one object, and only a person would change it. */
#include "operator/runtime/control_endpoint.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/log.h"
#include "lib/base/parse.h"
#include "lib/document/json.h"
#include "lib/net/loop.h"
#include "operator/objects/names.h"
#include "operator/objects/object_build.h"
#include "operator/runtime/cluster_parts.h"

enum { LOOK_MS = 30000, RETRY_MS = 2000 };

struct control_endpoint {
    struct cluster_operator *op;
    struct loop_timer *timer;
    struct arena *request;
    struct text name, body, address;
    int64_t port;
};

static const struct kube_resource slices = {.api_version = TEXT("discovery.k8s.io/v1"),
                                            .kind = TEXT("EndpointSlice"),
                                            .plural = TEXT("endpointslices"),
                                            .is_namespaced = true};

static void look(void *owner);
static void on_seen(void *owner, const struct kube_answer *answer);
static void on_written(void *owner, const struct kube_answer *answer);
static int64_t port_of(struct text listen);
static struct text print_body(const struct control_endpoint *endpoint);
static void release(void *owner);

void
control_endpoint_start(struct cluster_operator *op)
{
    if (!op->options->pod_ip) {
        log_warn("no_pod_ip",
                 LOG_STRING("reason", "gateways in pods cannot find this operator: set POD_IP to an address "
                                      "that they reach"));
        return;
    }
    if (op->endpoint) {
        loop_timer_start(op->endpoint->timer, 0);
        return;
    }
    struct control_endpoint *endpoint = op->endpoint = arena_alloc(op->arena, sizeof(*endpoint));
    *endpoint = (struct control_endpoint){
        .op = op,
        .name = text_format(op->arena, "%s-leader", op->options->control_service),
        .address = text_of(op->options->pod_ip),
    };
    endpoint->timer = loop_timer_new(op->loop, op->arena, look, endpoint);
    endpoint->port = port_of(text_of(op->options->control_listen));
    endpoint->body = print_body(endpoint);
    arena_defer(op->arena, release, endpoint);
    loop_timer_start(endpoint->timer, 0);
}

static struct kube_target
target_of(const struct control_endpoint *endpoint)
{
    return (struct kube_target){&slices, endpoint->op->facts.operator_namespace, endpoint->name};
}

static void
look(void *owner)
{
    struct control_endpoint *endpoint = owner;
    if (endpoint->op->state != CLUSTER_LEADING)
        return;
    arena_free(endpoint->request);
    endpoint->request = arena_new(0);
    const struct kube_target target = target_of(endpoint);
    kube_get(endpoint->request, endpoint->op->client, &target, on_seen, endpoint);
}

static void
on_seen(void *owner, const struct kube_answer *answer)
{
    struct control_endpoint *endpoint = owner;
    struct arena *scratch = arena_new(256);
    struct text ours = text_format(scratch, "\"%.*s\"", TEXT_ARG(endpoint->address));
    struct text port = text_format(scratch, "\"port\":%lld", (long long)endpoint->port);
    bool is_right = answer->error.kind == ERROR_NONE && text_find(answer->body, ours) >= 0 &&
                    text_find(answer->body, port) >= 0;
    bool is_answered = answer->error.kind == ERROR_NONE || answer->error.kind == ERROR_NOT_FOUND;
    arena_free(scratch);
    if (is_right || !is_answered) {
        loop_timer_start(endpoint->timer, is_right ? LOOK_MS : RETRY_MS);
        return;
    }
    const struct kube_target target = target_of(endpoint);
    const struct kube_write write = {
        .type = KUBE_PATCH_APPLY, .body = endpoint->body, .field_manager = TEXT(FIELD_MANAGER)};
    kube_patch(endpoint->request, endpoint->op->client, &target, &write, on_written, endpoint);
}

static void
on_written(void *owner, const struct kube_answer *answer)
{
    struct control_endpoint *endpoint = owner;
    bool is_done = answer->error.kind == ERROR_NONE;
    if (is_done)
        log_info("control_endpoint_written", LOG_TEXT("address", endpoint->address));
    else
        log_warn("control_endpoint_refused", LOG_STRING("reason", answer->error.message));
    loop_timer_start(endpoint->timer, is_done ? LOOK_MS : RETRY_MS);
}

static int64_t
port_of(struct text listen)
{
    size_t colon = listen.length;
    while (colon > 0 && listen.bytes[colon - 1] != ':')
        colon--;
    int64_t port;
    return parse_int64(text_slice(listen, colon, listen.length), &port) ? port : CONTROL_PORT;
}

static struct text
print_body(const struct control_endpoint *endpoint)
{
    const struct cluster_operator *op = endpoint->op;
    bool is_v6 = text_find_byte(endpoint->address, ':') >= 0;
    struct document *slice = object_new(op->arena, "discovery.k8s.io/v1", "EndpointSlice",
                                        op->facts.operator_namespace, endpoint->name);
    struct document *labels = object_at(slice, "metadata.labels");
    document_set_text(labels, "kubernetes.io/service-name", text_of(op->options->control_service));
    document_set_text(labels, "endpointslice.kubernetes.io/managed-by", TEXT(FIELD_MANAGER));
    document_set_text(labels, MANAGED_BY_LABEL, TEXT(MANAGED_BY_WEIR));
    object_put_text(slice, "addressType", is_v6 ? TEXT("IPv6") : TEXT("IPv4"));
    struct document *pod = object_append(slice, "endpoints"), *port = object_append(slice, "ports");
    object_put_one_text(pod, "addresses", endpoint->address);
    object_put_bool(pod, "conditions.ready", true);
    object_put_text(port, "name", TEXT("control"));
    object_put_int(port, "port", endpoint->port);
    object_put_text(port, "protocol", TEXT("TCP"));
    struct buffer body;
    buffer_init(&body, op->arena, 512);
    json_print(slice, &body);
    return buffer_text(&body);
}

static void
release(void *owner)
{
    arena_free(((struct control_endpoint *)owner)->request);
}
