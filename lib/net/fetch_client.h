/* HTTP requests on the loop, for calls that are rare beside a gateway's: the Kubernetes API, files of a batch
 * (libcurl multi). Streams answers piece by piece; never follows a redirect, never uses a proxy unless told.
 *
 * Callbacks come from the loop, never from inside fetch_start. Ending the call's arena cancels it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/error.h"
#include "lib/base/text.h"

struct arena;
struct loop;
struct fetch_call;
struct fetch_client;

/* Who we are and whom we believe, in PEM; empty texts: none, and the system's store. Copied. */
struct fetch_identity {
    struct text ca_pem, certificate_pem, key_pem;
    struct text server_name; /* checked instead of the URL's host */
    struct text proxy_url;
    bool is_insecure; /* the server is not verified: only where a person asked for it */
};

struct fetch_request {
    struct text method;          /* GET, POST, PATCH ... */
    struct text url;             /* whole, already escaped */
    struct text headers;         /* "Name: value\n" lines */
    struct text body;            /* sent with a Content-Length when the method is not GET or HEAD */
    int64_t connect_ms;          /* 0: 10 s */
    int64_t total_ms;            /* 0: none */
    int64_t head_ms;             /* the head must have come by then; 0: total_ms alone counts */
    int64_t idle_ms;             /* no byte for so long ends it; 0: none */
    int64_t max_body_bytes;      /* a longer answer ends it; 0: 16 MiB */
    bool wants_fresh_connection; /* a watch gets a connection of its own */
};

enum fetch_end {
    FETCH_COMPLETE, /* the whole answer came, whatever its status */
    FETCH_NOT_SENT, /* no connection, name not found, TLS refused: the server saw nothing */
    FETCH_UNKNOWN,  /* broken or timed out after bytes were sent: it may have been done */
    FETCH_TOO_LONG, /* max_body_bytes */
};

struct fetch_events {
    /* Asked when the connection stands, just before the request goes out; false: it does not
     * (FETCH_NOT_SENT). NULL: yes. What is not a GET or HEAD goes out at most once. */
    bool (*may_send)(void *owner);
    /* Once, before any body; headers can be asked for until on_end. NULL is fine. */
    void (*on_head)(void *owner, struct fetch_call *call, int status);
    void (*on_body)(void *owner, struct text content);                        /* any number of times */
    void (*on_end)(void *owner, enum fetch_end end, const struct error *why); /* exactly once, last */
    void *owner;
};

struct fetch_client *fetch_client_new(struct arena *arena, struct loop *loop);
/* From now on, for new connections; those in use drain. */
void fetch_client_set_identity(struct fetch_client *client, const struct fetch_identity *identity);
struct fetch_call *fetch_start(struct arena *arena, struct fetch_client *client,
                               const struct fetch_request *request, const struct fetch_events *events);
/* The same in two steps, for a request that is known only later: between them it can be cancelled. */
struct fetch_call *
fetch_new(struct arena *arena, struct fetch_client *client, const struct fetch_events *events);
void fetch_send(struct fetch_call *call, const struct fetch_request *request);
bool fetch_is_over(const struct fetch_call *call); /* has ended or was cancelled */
/* No further callback comes. */
void fetch_cancel(struct fetch_call *call);
int fetch_status(const struct fetch_call *call); /* 0 before the head came; until on_end returned */
/* Empty when there is none; valid until on_end returned. */
struct text fetch_header(const struct fetch_call *call, const char *name);
