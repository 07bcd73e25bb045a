/* Who asks, and whose usage he may see. */
#pragma once

#include "api/server/ledger/ledger_scope.h"
#include "lib/base/compiler.h"

struct arena;
struct error;
struct http_request_head;

struct rest_identity {
    struct text name; /* for logs */
    struct ledger_scope scope;
    const void *known; /* of whoever identified him, for authorize */
};

enum rest_verdict {
    REST_KNOWN,
    REST_UNKNOWN,  /* nobody known, without a word on why: 401 */
    REST_DENIED,   /* known, and may not see it: 403 */
    REST_TOO_WIDE, /* he may see some of more workspaces than can be looked at: he must name one, 400 */
    REST_UNSURE,   /* who could say does not answer: 503 */
};

/* One question's asker, while it is found out who he is and what he may see. Lives in the question's arena:
 * when that ends nobody is told any more. */
struct rest_asking {
    struct arena *arena;
    const struct http_request_head *head;
    const struct rest_authenticator *by; /* who knows him */
    struct text workspace;               /* that he asks about, for authorize; empty: any that he may see */
    bool is_change;                      /* he wants to change something there, not to see it */
    struct rest_identity who;
    void (*on_verdict)(struct rest_asking *asking, enum rest_verdict verdict);
};

/* One way of knowing people. Each verb ends in on_verdict, once: before it returns, or later from the loop.
 */
struct rest_authenticator {
    /* Sets who's name and known, and scope when there is no authorize. */
    void (*identify)(void *owner, struct rest_asking *asking);
    /* Sets who's scope: of what he may see, or for a change of what he may change. NULL: identify did, and
     * changes are for who may see everything. */
    void (*authorize)(void *owner, struct rest_asking *asking);
    void *owner;
};

/* Whoever can ask may see everything: the file system has judged who may open the socket. */
struct rest_authenticator rest_known_by_socket(void);

struct rest_authenticator_list {
    struct rest_authenticator *items;
    size_t count;
};
/* Whom one does not know the next may; the first that is not sure ends it. The list outlives it. */
struct rest_authenticator rest_known_by_any(const struct rest_authenticator_list *ways);

/* Of "Authorization: Bearer ...", when there is exactly one such header; else empty. */
struct text rest_bearer(const struct http_request_head *head);
/* Whether what was found out lets him ask about this workspace, or about any when it is empty. Pure: whether
 * there is such a workspace plays no part. */
enum rest_verdict rest_scope_verdict(const struct ledger_scope *scope, struct text workspace);
/* The same of what he asks for, once his scope is known. */
enum rest_verdict rest_asking_verdict(const struct rest_asking *asking);

struct rest_token;
/* The holder of the file's token ("Authorization: Bearer ...") may see everything. The file must be ours
 * alone (mode 0600 or stricter) and hold at least 256 random bits as base64url or hex. */
MUST_CHECK bool
rest_token_read(struct arena *arena, const char *path, struct rest_token **out_token, struct error *err);
struct rest_authenticator rest_known_by_token(struct rest_token *token);
