/* Whom the ledger shows itself as over TCP: read from files, and followed when they become others, so that a
 * certificate is renewed without a restart. */
#pragma once

#include "lib/net/websocket.h"

struct arena;
struct error;
struct loop;
struct served_identity;

struct served_identity_options {
    struct loop *loop;
    const char *certificate, *key, *client_ca; /* paths of PEM files; the last NULL: clients show none */
    /* The files are others than before. False: they cannot be used, why; then they are tried again. */
    bool (*on_change)(void *owner, const struct websocket_server_identity *identity, struct error *err);
    void *owner;
};

/* Read once now; on_change comes from the loop. */
MUST_CHECK bool served_identity_open(struct arena *arena, const struct served_identity_options *options,
                                     struct served_identity **out_identity, struct error *err);
/* Valid until the next on_change returned. */
struct websocket_server_identity served_identity_texts(const struct served_identity *identity);
