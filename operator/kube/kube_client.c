/* The verbs as paths, headers and bodies; what becomes of them is kube_call.c's. */
#include "operator/kube/kube_client.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/metrics.h"
#include "operator/kube/kube_auth.h"
#include "operator/kube/kube_call.h"

static const char *const request_labels[] = {"code", "method", NULL};
static const struct metric_description requests_description = {
    .name = "rest_client_requests_total",
    .help = "Requests to the Kubernetes API by what was answered",
    .kind = METRIC_COUNTER,
    .labels = request_labels,
};

struct kube_client *
kube_client_new(struct arena *arena, const struct kube_client_options *options)
{
    struct kube_client *client = arena_alloc(arena, sizeof(*client));
    client->arena = arena;
    client->loop = options->loop;
    client->auth = options->auth;
    client->options = *options;
    client->user_agent = text_copy(arena, text_of(options->user_agent));
    client->fetch = fetch_client_new(arena, options->loop);
    kube_window_init(&client->window, KUBE_MOST_IN_FLIGHT);
    if (options->metrics)
        client->requests = metrics_add(options->metrics, &requests_description);
    return client;
}

void
kube_get(struct arena *arena, struct kube_client *client, const struct kube_target *target,
         kube_answer_fn on_answer, void *owner)
{
    struct kube_call_options options = {
        .request.path = kube_resource_path(arena, target->resource, target->namespace, target->name)};
    kube_call_start(arena, client, &options, on_answer, owner);
}

void
kube_request(struct arena *arena, struct kube_client *client, const struct kube_path_request *request,
             kube_answer_fn on_answer, void *owner)
{
    kube_call_start(arena, client, &(struct kube_call_options){.request = *request}, on_answer, owner);
}

static struct text
patch_path(struct arena *arena, const struct kube_target *target, const struct kube_write *write)
{
    struct buffer path;
    buffer_init(&path, arena, 256);
    buffer_add_text(&path, kube_resource_path(arena, target->resource, target->namespace, target->name));
    if (write->is_status)
        buffer_add_string(&path, "/status");
    char before = '?';
    if (write->field_manager.length > 0) {
        buffer_print(&path, "%cfieldManager=", before);
        buffer_add_text(&path, kube_escape(arena, write->field_manager));
        before = '&';
    }
    const struct {
        bool is_wanted;
        const char *parameter;
    } flags[] = {{write->type == KUBE_PATCH_APPLY, "force=true"},
                 {write->is_dry_run, "dryRun=All"},
                 {write->is_strict, "fieldValidation=Strict"}};
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        if (!flags[i].is_wanted)
            continue;
        buffer_print(&path, "%c%s", before, flags[i].parameter);
        before = '&';
    }
    return buffer_text(&path);
}

void /* NOLINTNEXTLINE(readability-function-size): six, no two of a kind */
kube_patch(struct arena *arena, struct kube_client *client, const struct kube_target *target,
           const struct kube_write *write, kube_answer_fn on_answer, void *owner)
{
    static const char *const content_types[] = {
        [KUBE_PATCH_APPLY] = "application/apply-patch+yaml", /* JSON is YAML */
        [KUBE_PATCH_MERGE] = "application/merge-patch+json",
        [KUBE_PATCH_JSON] = "application/json-patch+json",
    };
    struct kube_call_options options = {.request = {.path = patch_path(arena, target, write),
                                                    .method = TEXT("PATCH"),
                                                    .body = write->body,
                                                    .content_type = text_of(content_types[write->type])}};
    kube_call_start(arena, client, &options, on_answer, owner);
}

void /* NOLINTNEXTLINE(readability-function-size): six, no two of a kind */
kube_delete(struct arena *arena, struct kube_client *client, const struct kube_target *target,
            struct text uid, kube_answer_fn on_answer, void *owner)
{
    struct buffer body;
    buffer_init(&body, arena, 128);
    buffer_add_string(&body, "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\","
                             "\"propagationPolicy\":\"Background\"");
    if (uid.length > 0) {
        buffer_add_string(&body, ",\"preconditions\":{\"uid\":");
        buffer_add_json_string(&body, uid);
        buffer_add_byte(&body, '}');
    }
    buffer_add_byte(&body, '}');
    struct kube_call_options options = {
        .request = {.path = kube_resource_path(arena, target->resource, target->namespace, target->name),
                    .method = TEXT("DELETE"),
                    .body = buffer_text(&body)},
        .is_missing_fine = true,
    };
    kube_call_start(arena, client, &options, on_answer, owner);
}

size_t
kube_client_in_flight(const struct kube_client *client)
{
    return (size_t)client->window.in_flight;
}

/* ---- for kube_call.c and kube_stream.c ---- */

static void
add_header(struct buffer *lines, const char *name, struct text value)
{
    buffer_print(lines, "%s: %.*s\n", name, TEXT_ARG(value));
}

struct text
kube_call_headers(struct arena *arena, const struct kube_client *client,
                  const struct kube_path_request *request, struct text credentials)
{
    struct buffer lines;
    buffer_init(&lines, arena, 256 + credentials.length);
    buffer_add_text(&lines, credentials);
    if (client->user_agent.length > 0)
        add_header(&lines, "User-Agent", client->user_agent);
    add_header(&lines, "Accept", request->accept.length > 0 ? request->accept : TEXT("application/json"));
    if (kube_call_is_write(request))
        add_header(&lines, "Content-Type",
                   request->content_type.length > 0 ? request->content_type : TEXT("application/json"));
    return buffer_text(&lines);
}

struct text
kube_call_url(struct arena *arena, const struct kube_client *client, struct text path)
{
    struct text server = kube_auth_server(client->auth);
    return text_format(arena, "%.*s%.*s", TEXT_ARG(server), TEXT_ARG(path));
}

void
kube_call_count(const struct kube_client *client, struct text method, int status)
{
    if (!client->requests)
        return;
    char code[16];
    snprintf(code, sizeof(code), "%d", status);
    struct text labels[] = {status > 0 ? text_of(code) : TEXT("<error>"), method};
    metric_increase(metric_with(client->requests, labels), 1);
}
