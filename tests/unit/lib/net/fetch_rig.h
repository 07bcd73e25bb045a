/* A scripted server, a client for it, and a request whose end is written down. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/net/fetch_client.h"
#include "lib/net/loop.h"
#include "tests/support/scripted_server.h"

extern struct arena *fetch_arena;
extern struct loop *fetch_loop;
extern struct scripted_server *fetch_server;
extern struct fetch_client *fetch_client;

struct fetched {
    struct arena *arena; /* the call's */
    struct fetch_call *call;
    int status, heads, ends;
    enum fetch_end end;
    struct error why;
    struct buffer body;
    char retry_after[64]; /* at on_end */
    bool cancels_at_head; /* what the owner does in its callbacks */
    bool ends_arena_at_body;
    bool ends_arena_at_end;
    bool is_refused_to_send;
};

void fetch_set_up(void);
void fetch_set_up_tls(struct tls_context *tls);
void fetch_tear_down(void);
struct text fetch_url(const char *host, const char *path);
/* total_ms and such as given; url and method are filled in when empty. */
void fetch_begin(struct fetched *fetched, const struct fetch_request *request);
void fetch_until_end(struct fetched *fetched);
/* Both, for a GET of /. */
void fetch_get(struct fetched *fetched);
