/* What the files of fetch_client share: a client has one pool of connections for each identity it ever had,
 * a pool has transfers. Curl's own types stay in the .c files: its handles are void here, as they are there.
 */
#pragma once

#include <sys/types.h>

#include "lib/base/buffer.h"
#include "lib/net/fetch_client.h"

#define FETCH_MAX_HEAD_BYTES 65536
#define FETCH_ERROR_BYTES 256 /* CURL_ERROR_SIZE */

struct fetch_pool;
struct fetch_transfer;
struct loop_task;
struct loop_timer;

struct fetch_client {
    struct arena *arena;
    struct loop *loop;
    struct loop_task *sweep; /* frees the pools that have drained */
    struct fetch_pool *pools;
    struct fetch_pool *current; /* of the newest identity */
};

/* What the caller holds, in the caller's arena. */
struct fetch_call {
    struct fetch_client *client;
    struct fetch_events events;
    struct fetch_transfer *transfer; /* NULL before fetch_send and once it has ended */
    bool is_over;
};

struct fetch_pool {
    struct arena *arena;
    struct fetch_pool *next;
    struct fetch_client *client;
    struct fetch_identity identity;
    void *multi; /* CURLM */
    struct loop_timer *timer;
    struct loop_task *starting;
    struct fetch_socket *idle_sockets;
    struct fetch_transfer *transfers;
    int depth; /* calls of curl on the stack: it must not be called again from within */
};

/* One request and its curl handle, in an arena of its own: it outlives the caller's while curl is on the
 * stack. */
struct fetch_transfer {
    struct arena *arena;
    struct fetch_pool *pool;
    struct fetch_transfer *previous, *next;
    struct fetch_call *call; /* NULL: cancelled */
    struct fetch_events events;
    struct loop_timer *silence; /* NULL: none */
    void *easy;                 /* CURL */
    struct text title;          /* "GET https://10.0.0.1:443", for errors */
    struct buffer head;
    struct error refusal;   /* why we ended it ourselves */
    enum fetch_end own_end; /* with refusal */
    int64_t head_ms, idle_ms, max_body_bytes, body_bytes;
    int sent_count, status;
    bool is_added;
    bool is_ending;
    bool is_repeatable; /* GET, HEAD */
    bool has_head;
    char words[FETCH_ERROR_BYTES];
};

struct fetch_pool *fetch_pool_new(struct fetch_client *client, const struct fetch_identity *identity);
void fetch_pool_free(struct fetch_pool *pool); /* its transfers end without a callback */
void fetch_pool_add(struct fetch_pool *pool, struct fetch_transfer *transfer);
/* Ends it without a callback: now, or when curl is off the stack. */
void fetch_pool_drop(struct fetch_transfer *transfer);
/* on_end, then it is gone. Curl is not on the stack. */
void fetch_pool_finish(struct fetch_transfer *transfer, enum fetch_end end, const struct error *why);

struct fetch_transfer *
fetch_transfer_new(struct fetch_pool *pool, const struct fetch_request *request, struct fetch_call *call);
/* The caller has no say in it any more, and hears nothing of it. */
void fetch_transfer_part(struct fetch_transfer *transfer);
/* What curl's result means; code is a CURLcode. */
enum fetch_end fetch_transfer_end(const struct fetch_transfer *transfer, int code, struct error *err);
/* The options that come from who we are. False when the URL is none. */
bool fetch_identity_apply(struct fetch_transfer *transfer, const struct fetch_identity *identity,
                          struct text url, void *out_headers);
struct fetch_identity fetch_identity_copy(struct arena *arena, const struct fetch_identity *identity);
bool fetch_identity_equals(const struct fetch_identity *a, const struct fetch_identity *b);
