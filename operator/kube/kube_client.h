/* The Kubernetes API's verbs, on the loop: credentials, deadlines, Retry-After, one retry after 401.
 * Knows no kind of ours and keeps no object. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/error.h"
#include "lib/base/text.h"
#include "operator/kube/kube_resource.h"

struct fetch_call;
struct kube_auth;
struct kube_client;
struct loop;
struct metrics;

#define KUBE_WRITE_TIMEOUT_MS 5000 /* below lease minus renew deadline: no write outlives leadership */
#define KUBE_READ_TIMEOUT_MS 30000
#define KUBE_MOST_ANSWER_BYTES (64 << 20) /* a list without limit, at worst; a longer answer ends it */
#define KUBE_MOST_IN_FLIGHT 32            /* watches not counted; others queue; halves after a 429 */

/* What the API server answered: the HTTP status and, of a Status object, what helps. */
struct kube_answer {
    int status;              /* 0: no answer; then `error` says why */
    bool is_unknown;         /* broken off after it was sent: it may have been done */
    struct text body;        /* JSON, valid until the callback returned */
    struct text reason;      /* NotFound, AlreadyExists, Conflict, Invalid, Expired, Forbidden ... */
    struct text message;     /* the server's words */
    struct text cause_field; /* details.causes[0].field */
    int64_t retry_after_ms;  /* 0: not said */
    struct error error; /* kind by conventions: 404 NOT_FOUND, 409 CONFLICT, 401/403 DENIED, 400/422 INVALID,
                           else UNAVAILABLE; message for people; kind ERROR_NONE when 2xx */
};

typedef void (*kube_answer_fn)(void *owner, const struct kube_answer *answer);

struct kube_client_options {
    struct loop *loop;
    struct kube_auth *auth;
    struct metrics *metrics;        /* rest_client_requests_total{code,method}; NULL: none */
    bool (*may_write)(void *owner); /* asked before each mutating request; NULL: always */
    void *owner;
    /* A Warning of the API server (RFC 7234 5.5, code 299), the first time it says so; NULL: not heard. */
    void (*on_warning)(void *owner, struct text path, struct text words);
    const char *user_agent; /* weir-operator/0.1.0 (linux/amd64) */
};

struct kube_target {
    const struct kube_resource *resource;
    struct text namespace, name; /* empty as the verb allows */
};

enum kube_patch_type { KUBE_PATCH_APPLY, KUBE_PATCH_MERGE, KUBE_PATCH_JSON };

struct kube_write {
    enum kube_patch_type type;
    struct text body;          /* JSON */
    struct text field_manager; /* of an apply, which always forces */
    bool is_status;            /* the status subresource */
    bool is_dry_run;
    bool is_strict; /* fieldValidation=Strict: in tests */
};

struct kube_client *kube_client_new(struct arena *arena, const struct kube_client_options *options);
/* Each starts a request and calls back exactly once from the loop, with status 0 when may_write said no
 * (reason "NotLeader"). The call is forgotten, without a callback, when the arena given here ends first. */
void kube_get(struct arena *arena, struct kube_client *client, const struct kube_target *target,
              kube_answer_fn on_answer, void *owner);
/* Any path of the API server, such as /openid/v1/jwks. accept NULL: application/json. */
struct kube_path_request {
    struct text path, accept, method, body, content_type;
    bool is_lease; /* renewing leadership: not held back by may_write, the queue or a 429 of others */
};
void kube_request(struct arena *arena, struct kube_client *client, const struct kube_path_request *request,
                  kube_answer_fn on_answer, void *owner);
void kube_patch(struct arena *arena, struct kube_client *client, const struct kube_target *target,
                const struct kube_write *write, kube_answer_fn on_answer, void *owner);
/* propagationPolicy Background; uid empty: whichever. 404 counts as done. */
void kube_delete(struct arena *arena, struct kube_client *client, const struct kube_target *target,
                 struct text uid, kube_answer_fn on_answer, void *owner);
size_t kube_client_in_flight(const struct kube_client *client);

/* For operator/kube/kube_watch.c: a request whose body comes in pieces, on a connection of its own. */
struct kube_stream_events {
    void (*on_head)(void *owner, int status, int64_t retry_after_ms);
    void (*on_piece)(void *owner, struct text piece);
    void (*on_end)(void *owner, const struct error *why); /* kind ERROR_NONE: closed in order */
    void *owner;
};
struct fetch_call *
kube_stream_start(struct arena *arena, struct kube_client *client, const struct kube_path_request *request,
                  int64_t hard_stop_ms, const struct kube_stream_events *events);
