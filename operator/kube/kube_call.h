/* One request's way: credentials, its place in the window, the wire, and again where that is right. The
 * inside of kube_client. */
#pragma once

#include "lib/net/fetch_client.h"
#include "operator/kube/kube_client.h"
#include "operator/kube/kube_warning.h"
#include "operator/kube/kube_window.h"

struct loop_timer;
struct metric_family;

struct kube_client {
    struct arena *arena;
    struct loop *loop;
    struct kube_auth *auth;
    struct fetch_client *fetch;
    struct kube_client_options options;
    struct text user_agent;
    struct metric_family *requests; /* NULL: not counted */
    struct kube_window window;
    struct kube_warnings warnings;
    struct kube_call *first, *last; /* waiting for the window, in order */
};

struct kube_call_options {
    struct kube_path_request request;
    bool is_missing_fine; /* 404 counts as done */
};

void kube_call_start(struct arena *arena, struct kube_client *client, const struct kube_call_options *options,
                     kube_answer_fn on_answer, void *owner);
/* Header lines of a request: credentials, who we are, what we accept and send. */
struct text kube_call_headers(struct arena *arena, const struct kube_client *client,
                              const struct kube_path_request *request, struct text credentials);
struct text kube_call_url(struct arena *arena, const struct kube_client *client, struct text path);
/* rest_client_requests_total; status 0: no answer. */
void kube_call_count(const struct kube_client *client, struct text method, int status);
bool kube_call_is_write(const struct kube_path_request *request);
