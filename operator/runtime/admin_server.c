/* Alive is whoever answers. Ready is whoever has seen the cluster, and if it leads, has looked at all of it
 * once. */
#include "operator/runtime/admin_server.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/net/admin_port.h"
#include "lib/net/loop.h"
#include "operator/runtime/cluster_parts.h"

enum { MOST_PORT = 65535 };

static bool is_ready(void *owner, struct arena *arena, struct text *out_words);
static const char *unreached_words(const struct cluster_operator *op);
static void set_trouble(struct cluster_operator *op, const char *what, const struct api_trouble *trouble);
static void print_metrics(void *owner, struct arena *arena, struct buffer *text);

bool
admin_server_start(struct cluster_operator *op, struct error *err)
{
    struct text address = text_of(op->options->admin);
    size_t colon = address.length;
    while (colon > 0 && address.bytes[colon - 1] != ':')
        colon--;
    int64_t port = 0;
    if (colon == 0 || !parse_int64(text_slice(address, colon, address.length), &port) || port < 0 ||
        port > MOST_PORT)
        return error_set(err, ERROR_INVALID, "--admin %s is not ADDRESS:PORT, such as 0.0.0.0:8081",
                         op->options->admin);
    const struct admin_place place = {.loop = op->loop,
                                      .address = text_c_string(op->arena, text_slice(address, 0, colon - 1)),
                                      .port = (int)port};
    struct admin_answers *answers = arena_alloc(op->arena, sizeof(*answers));
    *answers = (struct admin_answers){.is_ready = is_ready, .print_metrics = print_metrics, .owner = op};
    struct http_server *server = NULL;
    return admin_port_open(op->arena, &place, answers, &server, err) ||
           error_context(err, "listening on --admin %s", op->options->admin);
}

/* Not ready while the API server cannot be reached or lets nothing be written. No traffic follows from it:
 * gateways find the leader by an EndpointSlice that it writes itself. It only stops a rollout from replacing
 * what works by what cannot (a role that lacks rights, a network that is closed). Alive all the same: a new
 * process would mend nothing and lose the cache. */
static bool
is_ready(void *owner, struct arena *arena, struct text *out_words)
{
    const struct cluster_operator *op = owner;
    struct text trouble = watches_trouble(arena, op->watches);
    bool is_synced = watches_are_synced(op->watches);
    bool leads = op->state == CLUSTER_LEADING;
    bool is_unreached = api_trouble_lasts(&op->unreached, loop_now_ms(op->loop));
    bool is_refused = leads && api_trouble_lasts(&op->refused, loop_now_ms(op->loop));
    if (op->state == CLUSTER_STOPPING)
        *out_words = TEXT("stopping\n");
    else if (!is_synced)
        *out_words = text_format(arena, "waiting for the cluster:\n%.*s", TEXT_ARG(trouble));
    else if (is_unreached)
        *out_words = api_trouble_words(arena, &op->unreached, unreached_words(op));
    else if (is_refused)
        *out_words =
            api_trouble_words(arena, &op->refused, "leading, but may write nothing: rights are missing");
    else if (leads && !op->has_passed)
        *out_words = TEXT("leading; the first look at every workspace is not over\n");
    else
        *out_words =
            text_format(arena, "%s\n%.*s", leads ? "ready, leading" : "ready, following", TEXT_ARG(trouble));
    return op->state != CLUSTER_STOPPING && is_synced && !is_unreached && !is_refused &&
           (!leads || op->has_passed);
}

static const char *
unreached_words(const struct cluster_operator *op)
{
    return op->unreached.error.kind == ERROR_DENIED ? "may not use the Lease that says who leads"
                                                    : "cannot reach the API server";
}

static void
print_metrics(void *owner, struct arena *arena, struct buffer *text)
{
    struct cluster_operator *op = owner;
    const struct workqueue_count count = workqueue_count(op->queue, loop_now_ms(op->loop));
    metric_set(op->measured.depth, (int64_t)count.due);
    metric_set(op->measured.latency_ms, count.oldest_ms);
    metric_increase(op->measured.retries, count.retries - op->told_retries);
    op->told_retries = count.retries;
    set_trouble(op, "lease", &op->unreached);
    set_trouble(op, "writes", &op->refused);
    for (size_t row = 0; row < watched_kind_count(); row++) {
        const struct watched *watched = watches_at(op->watches, row);
        struct text resource = text_format(arena, "%.*s/%.*s", TEXT_ARG(watched->kind->resource.api_version),
                                           TEXT_ARG(watched->kind->resource.plural));
        if (!watched->watch)
            continue;
        metric_set(metric_with(op->measured.objects, &resource), (int64_t)kube_table_count(watched->table));
        metric_set(metric_with(op->measured.bytes, &resource), (int64_t)kube_table_bytes(watched->table));
    }
    metrics_print(op->metrics, text);
}

static void
set_trouble(struct cluster_operator *op, const char *what, const struct api_trouble *trouble)
{
    struct text label = text_of(what);
    metric_set(metric_with(op->measured.troubled, &label), api_trouble_lasts(trouble, loop_now_ms(op->loop)));
}
