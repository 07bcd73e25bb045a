/* An owner of upstream calls for the tests, which can cancel in any of its callbacks. */
#pragma once

#include "lib/base/error.h"
#include "lib/net/upstream.h"
#include "tests/unit/lib/net/net_rig.h"

enum cancel_at { CANCEL_NEVER, CANCEL_AT_HEAD, CANCEL_AT_BODY, CANCEL_AT_END };

struct exchange {
    struct upstream_call *call;
    struct arena *arena; /* ends at a cancel, as a gateway's would */
    int heads, ends, status;
    struct buffer body;
    enum upstream_end end;
    struct error why;
    enum cancel_at cancel_at;
    bool pauses_at_body;
    struct exchange *starts_next; /* from inside on_end */
};

extern struct upstream_pool *rig_pool;
extern struct upstream_origin *rig_origin;

/* A pool and the origin of a raw server. */
struct raw_server *rig_upstream(const struct upstream_pool_options *options);
struct upstream_pool_options rig_pool_options(void);
void rig_start(struct exchange *exchange, struct text bytes, const struct upstream_deadlines *deadlines);
void rig_get(struct exchange *exchange); /* GET_U without deadlines */
void rig_wait_for_end(struct exchange *exchange);
#define GET_U "GET /u HTTP/1.1\r\nHost: u\r\n\r\n"
#define OK_ABC "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
