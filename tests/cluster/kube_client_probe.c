/* The Kubernetes client against a real API server: discovery, every verb, errors in the server's words, a
 * stream, an event that becomes a series, a Lease won, kept, given back and won by another. Prints a line for
 * each and ends with 1 at the first that is wrong. $KUBECONFIG says where; works in the namespace "default".
 */
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_auth.h"
#include "operator/kube/kube_client.h"
#include "operator/kube/kube_events.h"
#include "operator/kube/kube_lease.h"

enum { PATIENCE_SECONDS = 60 };

struct probe {
    struct arena *arena;
    struct loop *loop;
    struct kube_client *client;
    struct kube_answer answer; /* of the last call */
    struct kube_resource_list resources;
    struct kube_lease *leases[2];
    struct text streamed;
    int64_t epochs[2];
    int released;
};

static const struct kube_resource config_maps = {.api_version = TEXT("v1"),
                                                 .kind = TEXT("ConfigMap"),
                                                 .plural = TEXT("configmaps"),
                                                 .is_namespaced = true};
static const struct kube_target target = {&config_maps, TEXT("default"), TEXT("weir-client-probe")};

static void
expect(bool is_right, const char *what, const struct probe *probe)
{
    printf("%-8s %s\n", is_right ? "ok" : "WRONG", what);
    if (is_right)
        return;
    printf("         status %d, %s\n         %.*s\n", probe->answer.status, probe->answer.error.message,
           TEXT_ARG(probe->answer.body));
    exit(1);
}

static void
on_answer(void *owner, const struct kube_answer *answer)
{
    struct probe *probe = owner;
    probe->answer = *answer;
    probe->answer.body = text_copy(probe->arena, answer->body);
    probe->answer.reason = text_copy(probe->arena, answer->reason);
    loop_stop(probe->loop);
}

static void
run(struct probe *probe)
{
    alarm(PATIENCE_SECONDS);
    loop_run(probe->loop);
    alarm(0);
}

static void
ask(struct probe *probe, const char *method, const char *path, const char *accept)
{
    struct kube_path_request request = {
        .path = text_of(path), .method = text_of(method), .accept = text_of(accept)};
    kube_request(probe->arena, probe->client, &request, on_answer, probe);
    run(probe);
}

static void
apply(struct probe *probe, const char *manager, const char *body)
{
    struct kube_write write = {.body = text_of(body), .field_manager = text_of(manager), .is_strict = true};
    kube_patch(probe->arena, probe->client, &target, &write, on_answer, probe);
    run(probe);
}

static bool
body_has(const struct probe *probe, const char *wanted)
{
    return text_find(probe->answer.body, text_of(wanted)) >= 0;
}

static void
probe_discovery(struct probe *probe)
{
    struct error err = {0};
    ask(probe, "GET", "/apis", KUBE_DISCOVERY_ACCEPT);
    expect(kube_discovery_parse(probe->arena, probe->answer.body, &probe->resources, &err), "discovery",
           probe);
    const struct kube_resource *found =
        kube_resource_find(&probe->resources, TEXT("apps/v1"), TEXT("Deployment"));
    expect(found && found->is_namespaced && found->has_status, "discovery finds apps/v1 Deployment", probe);
    ask(probe, "GET", "/api", KUBE_DISCOVERY_ACCEPT);
    expect(kube_discovery_parse(probe->arena, probe->answer.body, &probe->resources, &err) &&
               kube_resource_find(&probe->resources, TEXT("v1"), TEXT("Namespace")),
           "discovery finds v1 Namespace", probe);
    ask(probe, "GET", "/openid/v1/jwks", "application/jwk-set+json");
    expect(probe->answer.status == 200 && body_has(probe, "\"keys\""), "the keys of workload tokens", probe);
}

#define HEAD "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"weir-client-probe\"}"

static void
probe_verbs(struct probe *probe)
{
    kube_delete(probe->arena, probe->client, &target, TEXT(""), on_answer, probe);
    run(probe);
    apply(probe, "probe", HEAD ",\"data\":{\"a\":\"1\",\"b\":\"2\"}}");
    expect(probe->answer.status == 201, "an apply makes it", probe);
    apply(probe, "probe", HEAD ",\"data\":{\"a\":\"1\"}}");
    expect(probe->answer.status == 200 && !body_has(probe, "\"b\":\"2\""), "an apply takes back", probe);
    apply(probe, "other", HEAD ",\"data\":{\"a\":\"9\"}}");
    expect(probe->answer.status == 200 && body_has(probe, "\"a\":\"9\""), "an apply forces", probe);
    apply(probe, "probe", HEAD ",\"dat\":{}}");
    expect(probe->answer.error.kind == ERROR_INVALID, "an unknown field is refused", probe);
    printf("         %s\n", probe->answer.error.message);
    kube_get(probe->arena, probe->client, &target, on_answer, probe);
    run(probe);
    expect(probe->answer.status == 200, "a get", probe);
    kube_delete(probe->arena, probe->client, &target, TEXT("00000000-0000-0000-0000-000000000000"), on_answer,
                probe);
    run(probe);
    expect(probe->answer.error.kind == ERROR_CONFLICT, "another uid is not deleted", probe);
    printf("         %s\n", probe->answer.error.message);
    kube_delete(probe->arena, probe->client, &target, TEXT(""), on_answer, probe);
    run(probe);
    expect(probe->answer.status == 200, "a delete", probe);
    kube_get(probe->arena, probe->client, &target, on_answer, probe);
    run(probe);
    expect(probe->answer.error.kind == ERROR_NOT_FOUND, "what is gone is not found", probe);
    kube_delete(probe->arena, probe->client, &target, TEXT(""), on_answer, probe);
    run(probe);
    expect(probe->answer.error.kind == ERROR_NONE, "deleting what is gone is done", probe);
}

static void
on_head(void *owner, int status, int64_t retry_after_ms)
{
    struct probe *probe = owner;
    (void)retry_after_ms;
    probe->answer.status = status;
}

static void
on_piece(void *owner, struct text piece)
{
    struct probe *probe = owner;
    probe->streamed = text_format(probe->arena, "%.*s%.*s", TEXT_ARG(probe->streamed), TEXT_ARG(piece));
}

static void
on_end(void *owner, const struct error *why)
{
    struct probe *probe = owner;
    probe->answer.error = *why;
    loop_stop(probe->loop);
}

static void
probe_stream(struct probe *probe)
{
    struct kube_path_request request = {
        .path = TEXT(
            "/api/v1/"
            "namespaces?watch=1&timeoutSeconds=1&labelSelector=kubernetes.io%2Fmetadata.name%3Ddefault")};
    struct kube_stream_events events = {on_head, on_piece, on_end, probe};
    kube_stream_start(probe->arena, probe->client, &request, 30000, &events);
    run(probe);
    expect(probe->answer.status == 200 && probe->answer.error.kind == ERROR_NONE &&
               text_find(probe->streamed, TEXT("\"type\":\"ADDED\"")) >= 0,
           "a watch brings what is there and ends in order", probe);
}

static void
on_tick(void *owner)
{
    struct probe *probe = owner;
    loop_stop(probe->loop);
}

static void
probe_events(struct probe *probe)
{
    struct kube_events_options options = {.loop = probe->loop,
                                          .client = probe->client,
                                          .controller = TEXT("weir.dev/probe"),
                                          .instance = TEXT("probe-0")};
    struct kube_events *events = kube_events_new(probe->arena, &options);
    struct loop_timer *tick = loop_timer_new(probe->loop, probe->arena, on_tick, probe);
    int64_t now = clock_unix_ms();
    struct kube_event event = {.api_version = TEXT("v1"),
                               .kind = TEXT("ConfigMap"),
                               .namespace = TEXT("default"),
                               .name = text_format(probe->arena, "probe-%lld", (long long)now),
                               .reason = TEXT("Probed"),
                               .action = TEXT("Probe"),
                               .note = TEXT("the client works")};
    struct text path = text_format(
        probe->arena, "/apis/events.k8s.io/v1/namespaces/default/events?fieldSelector=regarding.name%%3D%.*s",
        TEXT_ARG(event.name));
    for (int i = 0; i < 2; i++) {
        kube_events_record(events, &event);
        loop_timer_start(tick, 500);
        run(probe);
    }
    ask(probe, "GET", text_c_string(probe->arena, path), NULL);
    expect(body_has(probe, "\"reason\":\"Probed\"") && body_has(probe, "\"series\":{\"count\":2"),
           "an event becomes a series", probe);
}

/* ---- leading ---- */

static void
on_first_leading(void *owner, int64_t epoch)
{
    struct probe *probe = owner;
    probe->epochs[0] = epoch;
    loop_stop(probe->loop);
}

static void
on_second_leading(void *owner, int64_t epoch)
{
    struct probe *probe = owner;
    probe->epochs[1] = epoch;
    loop_stop(probe->loop);
}

static void
on_lost(void *owner)
{
    expect(false, "leadership was lost", owner);
}

static void
on_released(void *owner)
{
    struct probe *probe = owner;
    probe->released++;
    loop_stop(probe->loop);
}

static void
probe_lease(struct probe *probe)
{
    struct kube_lease_options options = {.loop = probe->loop,
                                         .client = probe->client,
                                         .namespace = TEXT("default"),
                                         .name = TEXT("weir-client-probe"),
                                         .identity = TEXT("first"),
                                         .on_leading = on_first_leading,
                                         .on_lost = on_lost,
                                         .owner = probe};
    probe->leases[0] = kube_lease_start(probe->arena, &options);
    run(probe);
    expect(kube_lease_is_held(probe->leases[0]), "the first leads", probe);
    options.identity = TEXT("second");
    options.on_leading = on_second_leading;
    probe->leases[1] = kube_lease_start(probe->arena, &options);
    struct loop_timer *tick = loop_timer_new(probe->loop, probe->arena, on_tick, probe);
    loop_timer_start(tick, KUBE_RENEW_DEADLINE_MS + 2000);
    run(probe);
    expect(kube_lease_is_held(probe->leases[0]) && !kube_lease_is_held(probe->leases[1]),
           "it keeps it past the renew deadline, the second follows", probe);
    kube_lease_release(probe->leases[0], on_released, probe);
    run(probe);
    int64_t then = clock_now_ms();
    expect(probe->released == 1 && !kube_lease_is_held(probe->leases[0]), "it is given back", probe);
    if (probe->epochs[1] == 0)
        run(probe);
    printf("         handed over in %lld ms\n", (long long)(clock_now_ms() - then));
    expect(kube_lease_is_held(probe->leases[1]) && probe->epochs[1] == probe->epochs[0] + 1,
           "the second leads with the next epoch", probe);
    ask(probe, "GET", "/apis/coordination.k8s.io/v1/namespaces/default/leases/weir-client-probe", NULL);
    expect(body_has(probe, "\"holderIdentity\":\"second\""), "the Lease says so", probe);
    kube_lease_release(probe->leases[1], on_released, probe);
    run(probe);
    ask(probe, "DELETE", "/apis/coordination.k8s.io/v1/namespaces/default/leases/weir-client-probe", NULL);
}

int
main(int count, char **arguments)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* a test reads along */
    scoped_arena struct arena *arena = arena_new(0);
    struct probe probe = {.arena = arena, .loop = loop_new(arena)};
    struct kube_auth_options auth_options = {.loop = probe.loop,
                                             .service_account_folder = count > 1 ? arguments[1] : NULL};
    struct kube_auth *auth;
    struct error err = {0};
    if (!kube_auth_open(arena, &auth_options, &auth, &err)) {
        printf("%s\n", err.message);
        return 1;
    }
    struct kube_client_options options = {
        .loop = probe.loop, .auth = auth, .user_agent = "weir-client-probe"};
    probe.client = kube_client_new(arena, &options);
    probe_discovery(&probe);
    probe_verbs(&probe);
    probe_stream(&probe);
    probe_events(&probe);
    probe_lease(&probe);
    return 0;
}
