/* Credentials that rotate, and programs that know them, seen from the API server's side. */
#include "operator/kube/kube_auth.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/net/fetch_client.h"
#include "tests/unit/operator/kube/kube_rig.h"

TestSuite(kube_auth, .init = kube_set_up, .fini = kube_tear_down);

static void
reply(int status)
{
    scripted_server_add_reply(kube_server, NULL, status, "", TEXT("{}"));
}

static bool
has_ended(void *owner)
{
    return *(bool *)owner;
}

static void
on_end(void *owner, enum fetch_end end, const struct error *why)
{
    cr_assert_eq(end, FETCH_COMPLETE, "%s", why->message);
    *(bool *)owner = true;
}

static void
on_ready(void *owner, struct text headers, const struct error *err)
{
    (void)headers;
    (void)err;
    *(bool *)owner = true;
}

/* Credentials, then a request, by a client of the test's own. */
static void
ask_plainly(struct fetch_client *client)
{
    bool is_ready = false, is_over = false;
    kube_auth_get(kube_arena, kube_auth, client, on_ready, &is_ready);
    scripted_run_until(kube_server, has_ended, &is_ready);
    reply(200);
    struct fetch_request request = {
        .method = TEXT("GET"),
        .url = text_format(kube_arena, "http://127.0.0.1:%d/", scripted_server_port(kube_server))};
    struct fetch_events events = {.on_end = on_end, .owner = &is_over};
    fetch_start(kube_arena, client, &request, &events);
    scripted_run_until(kube_server, has_ended, &is_over);
}

/* A shell script in the test's folder as the user's plugin; every run appends a line to the file "runs". */
static void
connect_by_plugin(const char *version, const char *script)
{
    struct text whole = text_format(kube_arena, "#!/bin/sh\necho x >> %s/runs\n%s", kube_folder, script);
    kube_write_file("plugin", text_c_string(kube_arena, whole));
    struct text user = text_format(kube_arena,
                                   "exec: {apiVersion: client.authentication.k8s.io/%s, command: ./plugin, "
                                   "args: [one, 'two three'], env: [{name: ROLE, value: dev}], "
                                   "provideClusterInfo: true, installHint: 'install it'}",
                                   version);
    kube_rig_connect(text_c_string(kube_arena, user));
}

static size_t
runs(void)
{
    struct stat status;
    char *path = text_c_string(kube_arena, text_format(kube_arena, "%s/runs", kube_folder));
    return stat(path, &status) == 0 ? (size_t)status.st_size / 2 : 0;
}

#define SAYS(VERSION, STATUS)                                                                                \
    "cat <<'END'\n{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/" VERSION       \
    "\",\"status\":" STATUS "}\nEND\n"

Test(kube_auth, a_token_on_disk_is_read_again_at_most_once_a_minute)
{
    struct kube_told told;
    int64_t now = clock_now_ms();
    clock_freeze(now, clock_unix_ms());
    reply(200);
    kube_ask(&told);
    kube_write_file("token", "second");
    clock_freeze(now + 59000, clock_unix_ms());
    reply(200);
    kube_ask(&told);
    clock_freeze(now + 61000, clock_unix_ms());
    reply(200);
    kube_ask(&told);
    cr_assert(kube_got(0, "Bearer first\r\n") && kube_got(1, "Bearer first\r\n"));
    cr_assert(kube_got(2, "Bearer second\r\n"));
}

Test(kube_auth, a_token_file_that_is_gone_for_a_moment_does_no_harm)
{
    struct kube_told told;
    char *path = text_c_string(kube_arena, text_format(kube_arena, "%s/token", kube_folder));
    unlink(path);
    kube_auth_refused(kube_auth);
    reply(200);
    kube_ask(&told);
    cr_assert(kube_got(0, "Bearer first\r\n"));
}

Test(kube_auth, an_authority_that_rotates_on_disk_gets_new_connections)
{
    setenv("KUBECONFIG",
           kube_write_file("config", "current-context: a\n"
                                     "contexts: [{name: a, context: {cluster: c}}]\n"
                                     "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1', "
                                     "certificate-authority: ca}}]\n"),
           1);
    kube_write_file("ca", "one");
    struct kube_auth_options options = {.loop = kube_loop};
    struct error err = {0};
    cr_assert(kube_auth_open(kube_arena, &options, &kube_auth, &err), "%s", err.message);
    struct fetch_client *client = fetch_client_new(kube_arena, kube_loop);
    const char *const contents[] = {"one", "one", "two"};
    int64_t now = clock_now_ms();
    for (size_t i = 0; i < COUNT_OF(contents); i++) {
        clock_freeze(now + 61000 * (int64_t)i, clock_unix_ms());
        kube_write_file("ca", contents[i]);
        ask_plainly(client);
    }
    cr_assert_eq(scripted_server_connections(kube_server), 2);
}

Test(kube_auth, basic_and_impersonation_are_sent)
{
    struct kube_told told;
    kube_rig_connect("{username: Aladdin, password: open sesame, as: jane, as-groups: [dev]}");
    reply(200);
    kube_ask(&told);
    cr_assert(kube_got(0, "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
    cr_assert(kube_got(0, "Impersonate-User: jane\r\n") && kube_got(0, "Impersonate-Group: dev\r\n"));
    cr_assert(text_equals(kube_auth_namespace(kube_auth), TEXT("demo")));
}

Test(kube_auth, a_plugin_is_told_about_the_cluster_and_run_once)
{
    connect_by_plugin("v1", "printf '%s|%s|%s|%s' \"$1\" \"$2\" \"$ROLE\" \"$KUBERNETES_EXEC_INFO\" > "
                            "\"$(dirname \"$0\")/told\"\n" SAYS("v1", "{\"token\":\"abc\"}"));
    struct kube_told first, second;
    reply(200);
    reply(200);
    struct kube_path_request request = {.path = TEXT("/version")};
    kube_request(kube_tell(&first), kube_client, &request, kube_on_told, &first);
    kube_request(kube_tell(&second), kube_client, &request, kube_on_told, &second);
    kube_until_told(&first);
    kube_until_told(&second);
    cr_assert(kube_got(0, "Bearer abc\r\n") && kube_got(1, "Bearer abc\r\n"));
    cr_assert_eq(runs(), 1);

    char *path = text_c_string(kube_arena, text_format(kube_arena, "%s/told", kube_folder));
    FILE *file = fopen(path, "r");
    char got[1000] = {0};
    cr_assert_gt(fread(got, 1, sizeof(got) - 1, file), 0);
    fclose(file);
    cr_assert(strstr(got, "one|two three|dev|{\"apiVersion\":\"client.authentication.k8s.io/v1\","), "%s",
              got);
    cr_assert(strstr(got, "\"spec\":{\"interactive\":false,\"cluster\":{\"server\":\"http://127.0.0.1:"),
              "%s", got);
}

static void
ask_twice_with_expiry(const char *status)
{
    connect_by_plugin("v1beta1", status);
    struct kube_told told;
    for (int i = 0; i < 2; i++) {
        reply(200);
        kube_ask(&told);
        cr_assert_eq(told.answer.status, 200, "%s", told.answer.error.message);
    }
}

Test(kube_auth, a_plugin_is_run_again_when_its_word_has_expired)
{
    ask_twice_with_expiry(
        SAYS("v1beta1", "{\"token\":\"abc\",\"expirationTimestamp\":\"2999-01-01T00:00:00Z\"}"));
    cr_assert_eq(runs(), 1);
    ask_twice_with_expiry(
        SAYS("v1beta1", "{\"token\":\"abc\",\"expirationTimestamp\":\"2020-01-01T00:00:00Z\"}"));
    cr_assert_eq(runs(), 3);
}

Test(kube_auth, a_plugin_is_run_once_more_after_a_401_and_not_again_and_again)
{
    connect_by_plugin("v1", SAYS("v1", "{\"token\":\"abc\"}"));
    struct kube_told told;
    for (int i = 0; i < 6; i++)
        reply(401);
    kube_ask(&told);
    cr_assert_eq(told.answer.status, 401);
    cr_assert_eq(runs(), 2);
    kube_ask(&told);
    kube_ask(&told);
    cr_assert_eq(runs(), 2, "ten seconds must pass");
}

Test(kube_auth, a_plugins_certificate_and_key_may_be_long)
{
    struct buffer script;
    buffer_init(&script, kube_arena, 0);
    buffer_add_string(&script, "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":"
                               "\"client.authentication.k8s.io/v1\",\"status\":{\"token\":\"");
    for (int i = 0; i < 3000; i++)
        buffer_add_string(&script, "0123456789");
    buffer_add_string(&script, "\"}}'\n");
    connect_by_plugin("v1", text_c_string(kube_arena, buffer_text(&script)));
    struct kube_told told;
    reply(200);
    kube_ask(&told);
    cr_assert_gt(scripted_server_got(kube_server, 0).length, 30000);
}

static void
fails_with(const char *script, const char *words)
{
    connect_by_plugin("v1", script);
    struct kube_told told;
    kube_ask(&told);
    cr_assert_eq(told.answer.status, 0);
    cr_assert(strstr(told.answer.error.message, words), "%s", told.answer.error.message);
    cr_assert_null(strstr(told.answer.error.message, "s3cret"));
}

Test(kube_auth, what_goes_wrong_with_a_plugin_is_told_without_its_output)
{
    fails_with("echo s3cret; exit 3\n", "plugin: it ended with status 3");
    fails_with("kill -9 $$\n", "signal 9 ended it");
    fails_with("echo s3cret\n", "not JSON");
    fails_with(SAYS("v1beta1", "{\"token\":\"s3cret\"}"),
               "no ExecCredential of client.authentication.k8s.io/v1");
    fails_with(SAYS("v1", "{}"), "neither a token nor a client certificate");
    fails_with(SAYS("v1", "{\"clientKeyData\":\"s3cret\"}"), "without its key");
    fails_with(SAYS("v1", "{\"token\":\"s3cret\\nX: 1\"}"), "cannot be sent");
    fails_with(SAYS("v1", "{\"token\":\"s3cret\",\"expirationTimestamp\":\"soon\"}"), "RFC 3339");
    fails_with("exec head -c 3000000 /dev/zero\n", "prints more than a credential");
    cr_assert_eq(scripted_server_requests(kube_server), 0);
}

Test(kube_auth, a_program_that_is_not_there_comes_with_its_hint)
{
    kube_rig_connect("exec: {apiVersion: client.authentication.k8s.io/v1, command: weir-no-such-plugin, "
                     "installHint: 'apt install it'}");
    struct kube_told told;
    kube_ask(&told);
    cr_assert(strstr(told.answer.error.message, "weir-no-such-plugin"), "%s", told.answer.error.message);
    cr_assert(strstr(told.answer.error.message, "apt install it"), "%s", told.answer.error.message);
}

Test(kube_auth, who_waits_for_a_plugin_may_leave)
{
    connect_by_plugin("v1", "exec sleep 1000\n");
    struct kube_told told;
    struct kube_path_request request = {.path = TEXT("/version")};
    kube_request(kube_tell(&told), kube_client, &request, kube_on_told, &told);
    scripted_run_turns(kube_server, 5);
    arena_free(told.arena);
    scripted_run_turns(kube_server, 5);
    cr_assert_eq(told.count, 0);
}

Test(kube_auth, a_pod_without_its_token_is_told_where_it_should_be)
{
    setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1", 1);
    setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    unsetenv("KUBECONFIG");
    struct kube_auth_options options = {.loop = kube_loop, .service_account_folder = kube_folder};
    struct kube_auth *pods;
    struct error err = {0};
    cr_assert_not(kube_auth_open(kube_arena, &options, &pods, &err));
    cr_assert(strstr(err.message, "/ca.crt"), "%s", err.message);
    kube_write_file("ca.crt", "PEM");
    kube_write_file("namespace", "weir-system");
    cr_assert(kube_auth_open(kube_arena, &options, &pods, &err), "%s", err.message);
    cr_assert(text_equals(kube_auth_server(pods), TEXT("https://10.96.0.1:443")));
    cr_assert(text_equals(kube_auth_namespace(pods), TEXT("weir-system")));
}
