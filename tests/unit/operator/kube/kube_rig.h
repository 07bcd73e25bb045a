/* A scripted API server, and a client that got there by a kubeconfig; answers are written down. */
#pragma once

#include "operator/kube/kube_auth.h"
#include "operator/kube/kube_client.h"
#include "tests/support/scripted_server.h"

extern struct arena *kube_arena;
extern struct loop *kube_loop;
extern struct scripted_server *kube_server;
extern struct kube_auth *kube_auth;
extern struct kube_client *kube_client;
extern bool kube_rig_may_write;
extern char kube_folder[32]; /* of the test's files, removed in the end */

/* Plain HTTP; the token is read from the file "token" in kube_folder, which holds "first". */
void kube_set_up(void);
void kube_tear_down(void);
/* Writes a file into kube_folder. */
const char *kube_write_file(const char *name, const char *content);
/* From a kubeconfig whose user is these YAML lines, indented by four; fails the test when that fails. */
void kube_rig_connect(const char *user_yaml);

struct kube_told {
    struct arena *arena; /* ended by kube_until_told, or by the test */
    int count;
    struct kube_answer answer; /* its texts are copied */
};

/* For the calls of kube_client.h: kube_on_told as on_answer, the told as owner. */
void kube_on_told(void *owner, const struct kube_answer *answer);
struct arena *kube_tell(struct kube_told *told);
void kube_until_told(struct kube_told *told);
/* GET /version and wait. */
void kube_ask(struct kube_told *told);
/* The request with this index contains these bytes. */
bool kube_got(size_t request, const char *wanted);
