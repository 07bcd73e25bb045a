/* Credentials as they are now, for whoever is about to ask: files read again each minute and after a 401, a
 * plugin run when what it said has expired. Those who ask meanwhile wait in a list. */
#include "operator/kube/kube_auth.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/net/fetch_client.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_auth_files.h"
#include "operator/kube/kube_exec.h"

#define POD_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

enum {
    READ_AGAIN_MS = 60000,
    RUN_AGAIN_MS = 10000, /* a plugin whose word is refused again and again is run no more often */
};

struct kube_waiter {
    struct kube_auth *auth;
    struct kube_waiter *previous, *next;
    struct arena *arena;
    struct fetch_client *client;
    kube_auth_fn on_ready;
    void *owner;
    uint64_t round;
    bool is_waiting;
};

struct kube_auth {
    struct arena *arena;
    struct loop *loop;
    struct loop_task *serving;
    struct kube_config config;
    struct kube_waiter *first, *last;
    uint64_t round; /* of answers */

    struct arena *files_arena; /* NULL: nothing could be read yet */
    struct kube_auth_files files;
    int64_t read_at_ms;

    struct arena *run; /* of the plugin that runs now; NULL: none */
    struct arena *credential_arena;
    struct kube_credential credential;
    int64_t refused_run_at_ms;
    bool has_credential, is_refused;
};

static bool find_config(struct arena *arena, const struct kube_auth_options *options,
                        struct kube_config *out_config, struct error *err);
static void auth_release(void *owner);
static void waiter_release(void *owner);
static void serve(void *owner);
static bool read_files(struct kube_auth *auth, struct error *err);
static bool wants_run(const struct kube_auth *auth);
static void run_plugin(struct kube_auth *auth);
static void on_run_done(void *owner, const struct kube_credential *credential, const struct error *err);
static void answer_all(struct kube_auth *auth, const struct error *err);

bool
kube_auth_open(struct arena *arena, const struct kube_auth_options *options, struct kube_auth **out_auth,
               struct error *err)
{
    struct kube_auth *auth = arena_alloc(arena, sizeof(*auth));
    auth->arena = arena;
    auth->loop = options->loop;
    auth->refused_run_at_ms = clock_now_ms() - RUN_AGAIN_MS;
    if (!find_config(arena, options, &auth->config, err))
        return false;
    auth->serving = loop_task_new(options->loop, arena, serve, auth);
    arena_defer(arena, auth_release, auth);
    if (!read_files(auth, err))
        return false;
    *out_auth = auth;
    return true;
}

struct text
kube_auth_server(const struct kube_auth *auth)
{
    return auth->config.server;
}

struct text
kube_auth_namespace(const struct kube_auth *auth)
{
    return auth->config.namespace;
}

void
kube_auth_get(struct arena *arena, struct kube_auth *auth, struct fetch_client *client, kube_auth_fn on_ready,
              void *owner)
{
    struct kube_waiter *waiter = arena_alloc(arena, sizeof(*waiter));
    *waiter = (struct kube_waiter){.auth = auth,
                                   .previous = auth->last,
                                   .arena = arena,
                                   .client = client,
                                   .on_ready = on_ready,
                                   .owner = owner,
                                   .round = auth->round,
                                   .is_waiting = true};
    *(auth->last ? &auth->last->next : &auth->first) = waiter;
    auth->last = waiter;
    arena_defer(arena, waiter_release, waiter);
    loop_task_post(auth->serving);
}

void
kube_auth_refused(struct kube_auth *auth)
{
    auth->read_at_ms = clock_now_ms() - READ_AGAIN_MS;
    auth->is_refused = true;
}

/* ---- where the config comes from ---- */

static struct text_list
paths_of(struct arena *arena, struct text list, char separator)
{
    struct text_list paths = {0};
    paths.items = arena_alloc_array(arena, KUBE_CONFIG_MOST_FILES + 1, sizeof(*paths.items));
    while (list.bytes && paths.count <= KUBE_CONFIG_MOST_FILES)
        paths.items[paths.count++] = text_cut(&list, separator);
    return paths;
}

static bool
find_config(struct arena *arena, const struct kube_auth_options *options, struct kube_config *out_config,
            struct error *err)
{
    const char *folder = options->service_account_folder ? options->service_account_folder : POD_FOLDER;
    const char *environment = getenv("KUBECONFIG");
    struct text_list paths;
    if (options->kubeconfig) {
        paths = paths_of(arena, text_of(options->kubeconfig), '\0');
    } else if (environment && environment[0]) {
        paths = paths_of(arena, text_of(environment), ':');
    } else if (getenv("KUBERNETES_SERVICE_HOST")) {
        return kube_config_of_pod(arena, folder, out_config, err);
    } else {
        const char *home = getenv("HOME");
        paths = paths_of(arena, text_format(arena, "%s/.kube/config", home ? home : ""), '\0');
    }
    return kube_config_read(arena, &paths, options->context, out_config, err);
}

static void
auth_release(void *owner)
{
    struct kube_auth *auth = owner;
    while (auth->first)
        waiter_release(auth->first);
    arena_free(auth->run);
    arena_free(auth->files_arena);
    arena_free(auth->credential_arena);
}

static void
waiter_release(void *owner)
{
    struct kube_waiter *waiter = owner;
    struct kube_auth *auth = waiter->auth;
    if (!waiter->is_waiting)
        return;
    waiter->is_waiting = false;
    *(waiter->previous ? &waiter->previous->next : &auth->first) = waiter->next;
    *(waiter->next ? &waiter->next->previous : &auth->last) = waiter->previous;
}

/* ---- credentials as they are now ---- */

static void
serve(void *owner)
{
    struct kube_auth *auth = owner;
    struct error err = {0};
    bool is_old = clock_now_ms() - auth->read_at_ms >= READ_AGAIN_MS;
    if (auth->run)
        return; /* on_run_done goes on */
    if (is_old && !read_files(auth, &err) && !auth->files_arena) {
        answer_all(auth, &err);
        return;
    }
    if (wants_run(auth))
        run_plugin(auth);
    else
        answer_all(auth, NULL);
}

/* What cannot be read just now stays as it was: the next look comes in a minute. */
static bool
read_files(struct kube_auth *auth, struct error *err)
{
    struct arena *arena = arena_new(0);
    auth->read_at_ms = clock_now_ms();
    if (!kube_auth_files_read(arena, &auth->config, &auth->files, err)) {
        arena_free(arena);
        return false;
    }
    arena_free(auth->files_arena);
    auth->files_arena = arena;
    return true;
}

static bool
wants_run(const struct kube_auth *auth)
{
    if (!auth->config.exec || auth->files.token.length > 0)
        return false;
    if (!auth->has_credential)
        return true;
    if (auth->is_refused && clock_now_ms() - auth->refused_run_at_ms >= RUN_AGAIN_MS)
        return true;
    return auth->credential.expires_unix_ms > 0 && clock_unix_ms() >= auth->credential.expires_unix_ms;
}

static void
run_plugin(struct kube_auth *auth)
{
    if (auth->is_refused)
        auth->refused_run_at_ms = clock_now_ms();
    auth->is_refused = false;
    auth->run = arena_new(0);
    struct text question = kube_credential_question(auth->run, &auth->config, auth->files.ca_pem);
    struct kube_exec_events events = {on_run_done, auth};
    kube_exec_start(auth->run, auth->loop, auth->config.exec, question, &events);
}

static void
on_run_done(void *owner, const struct kube_credential *credential, const struct error *err)
{
    struct kube_auth *auth = owner;
    struct arena *run = auth->run;
    auth->run = NULL;
    if (credential) {
        arena_free(auth->credential_arena);
        auth->credential_arena = run; /* what it said lives there */
        auth->credential = *credential;
        auth->has_credential = true;
        answer_all(auth, NULL);
        return;
    }
    struct error why = *err;
    auth->has_credential = false;
    arena_free(run);
    answer_all(auth, &why);
}

static struct text
header_lines(const struct kube_auth *auth, struct arena *arena)
{
    struct text token = auth->files.token.length > 0 ? auth->files.token : auth->credential.token;
    struct buffer lines;
    buffer_init(&lines, arena, 256);
    if (token.length > 0)
        buffer_print(&lines, "Authorization: Bearer %.*s\n", TEXT_ARG(token));
    else if (auth->config.basic.length > 0)
        buffer_print(&lines, "Authorization: Basic %.*s\n", TEXT_ARG(auth->config.basic));
    buffer_add_text(&lines, auth->config.impersonation);
    return buffer_text(&lines);
}

static struct fetch_identity
identity_of(const struct kube_auth *auth)
{
    bool is_plugins = auth->credential.key_pem.length > 0;
    return (struct fetch_identity){
        .ca_pem = auth->files.ca_pem,
        .certificate_pem = is_plugins ? auth->credential.certificate_pem : auth->files.certificate_pem,
        .key_pem = is_plugins ? auth->credential.key_pem : auth->files.key_pem,
        .server_name = auth->config.server_name,
        .proxy_url = auth->config.proxy_url,
        .is_insecure = auth->config.is_insecure,
    };
}

/* Only those who wait now: who asks again from within its callback is served in the next round. */
static void
answer_all(struct kube_auth *auth, const struct error *err)
{
    uint64_t round = auth->round++;
    struct fetch_identity identity = identity_of(auth);
    auth->is_refused = auth->is_refused && err;
    while (auth->first && auth->first->round <= round) {
        struct kube_waiter *waiter = auth->first;
        struct text lines = TEXT("");
        if (!err) {
            fetch_client_set_identity(waiter->client, &identity);
            lines = header_lines(auth, waiter->arena);
        }
        waiter_release(waiter);
        waiter->on_ready(waiter->owner, lines, err);
    }
}
