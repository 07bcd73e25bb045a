/* See kube_rig.h. */
#include "tests/unit/operator/kube/kube_rig.h"

#include <criterion/criterion.h>
#include <dirent.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/net/loop.h"

struct arena *kube_arena;
struct loop *kube_loop;
struct scripted_server *kube_server;
struct kube_auth *kube_auth;
struct kube_client *kube_client;
bool kube_rig_may_write;
char kube_folder[32];

static bool
may_write(void *owner)
{
    (void)owner;
    return kube_rig_may_write;
}

void
kube_set_up(void)
{
    kube_arena = arena_new(0);
    kube_loop = loop_new(kube_arena);
    kube_server = scripted_server_start(kube_arena, kube_loop, NULL);
    kube_rig_may_write = true;
    snprintf(kube_folder, sizeof(kube_folder), "/tmp/weir-kube-XXXXXX");
    cr_assert_not_null(mkdtemp(kube_folder));
    kube_write_file("token", "first\n");
    kube_rig_connect("tokenFile: token");
}

void
kube_tear_down(void)
{
    arena_free(kube_arena);
    DIR *folder = opendir(kube_folder);
    struct dirent *entry;
    char path[300];
    while ((entry = readdir(folder))) {
        snprintf(path, sizeof(path), "%s/%s", kube_folder, entry->d_name);
        unlink(path);
    }
    closedir(folder);
    rmdir(kube_folder);
}

const char *
kube_write_file(const char *name, const char *content)
{
    const char *path = text_c_string(kube_arena, text_format(kube_arena, "%s/%s", kube_folder, name));
    struct error err = {0};
    cr_assert(file_write_atomic(path, text_of(content), 0700, &err), "%s", err.message);
    return path;
}

void
kube_rig_connect(const char *user_yaml)
{
    struct text yaml = text_format(kube_arena,
                                   "current-context: here\n"
                                   "contexts:\n"
                                   "- name: here\n"
                                   "  context: {cluster: c, user: u, namespace: demo}\n"
                                   "clusters:\n"
                                   "- name: c\n"
                                   "  cluster: {server: 'http://127.0.0.1:%d'}\n"
                                   "users:\n"
                                   "- name: u\n"
                                   "  user:\n"
                                   "    %s\n",
                                   scripted_server_port(kube_server), user_yaml);
    const char *path = kube_write_file("config", text_c_string(kube_arena, yaml));
    struct kube_auth_options options = {.loop = kube_loop, .kubeconfig = path};
    struct error err = {0};
    cr_assert(kube_auth_open(kube_arena, &options, &kube_auth, &err), "%s", err.message);
    struct kube_client_options client = {.loop = kube_loop,
                                         .auth = kube_auth,
                                         .may_write = may_write,
                                         .user_agent = "weir-operator/test (linux/amd64)"};
    kube_client = kube_client_new(kube_arena, &client);
}

void
kube_on_told(void *owner, const struct kube_answer *answer)
{
    struct kube_told *told = owner;
    told->count++;
    told->answer = *answer;
    told->answer.body = text_copy(kube_arena, answer->body);
    told->answer.reason = text_copy(kube_arena, answer->reason);
    told->answer.message = text_copy(kube_arena, answer->message);
    told->answer.cause_field = text_copy(kube_arena, answer->cause_field);
}

struct arena *
kube_tell(struct kube_told *told)
{
    *told = (struct kube_told){.arena = arena_new(0)};
    return told->arena;
}

static bool
was_told(void *owner)
{
    struct kube_told *told = owner;
    return told->count > 0;
}

void
kube_until_told(struct kube_told *told)
{
    scripted_run_until(kube_server, was_told, told);
    cr_assert_eq(told->count, 1);
    arena_free(told->arena);
    told->arena = NULL;
}

void
kube_ask(struct kube_told *told)
{
    struct kube_path_request request = {.path = TEXT("/version")};
    kube_request(kube_tell(told), kube_client, &request, kube_on_told, told);
    kube_until_told(told);
}

bool
kube_got(size_t request, const char *wanted)
{
    return text_find(scripted_server_got(kube_server, request), text_of(wanted)) >= 0;
}
