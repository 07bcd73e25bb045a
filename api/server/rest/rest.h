/* What people and programs ask the ledger: a table of routes over HTTP, on a unix socket, on TCP, or on both.
 * An error is
 * {"error": {"code", "message", "request"}}. */
#pragma once

#include "api/server/rest/rest_identity.h"
#include "lib/base/error.h"

struct call_surveys;
struct ledger;
struct loop;
struct rest;
struct tls_context;

struct rest_options {
    struct loop *loop;
    struct ledger *ledger;
    struct call_surveys *surveys;
    /* Whether questions would be answered now; why not is for the log. NULL: they would. */
    bool (*is_ready)(void *owner);
    void *owner;
};

/* Texts of the table are made here, so one for each program. */
struct rest *rest_new(struct arena *arena, const struct rest_options *options);

struct rest_place {
    const char *address;     /* an IP address, or the path of a unix socket (mode 0600) */
    int port;                /* 0: any */
    struct tls_context *tls; /* NULL: plain */
    struct rest_authenticator who;
};
MUST_CHECK bool
rest_listen(struct rest *rest, const struct rest_place *place, int *out_port, struct error *err);
