/* Brings samples of pods to the ledger, a message at a time, until each is committed: on a stream of its own,
 * so that samples which a ledger does not take are in no budget's way. */
#pragma once

#include "api/types/runtime_frames.h"
#include "lib/net/websocket.h"

struct arena;
struct error;
struct loop;
struct sample_publisher;

struct sample_publisher_options {
    struct loop *loop;
    const char *unix_path; /* of the ledger's socket, or NULL, and: */
    const char *address;   /* "wss://host:port", once an identity was given */
    /* The ledger does not take them, why: each reason is told once in a row; they are said again. May be
     * NULL. */
    void (*on_refused)(void *owner, struct text reason);
    void *owner;
};

struct sample_publisher *
sample_publisher_start(struct arena *arena, const struct sample_publisher_options *options);
void sample_publisher_close(struct sample_publisher *publisher);
/* Over TCP: what it shows from the next dial on. */
MUST_CHECK bool
sample_publisher_use_identity(struct sample_publisher *publisher,
                              const struct websocket_client_identity *identity, struct error *err);
/* Copied; sent with sample_publisher_send. */
void sample_publisher_add(struct sample_publisher *publisher, const struct runtime_sample *sample);
/* What was added: now, or as soon as the ledger is there and has what came before. */
void sample_publisher_send(struct sample_publisher *publisher);
/* How many were forgotten, because the ledger was away for too long. */
int64_t sample_publisher_lost(const struct sample_publisher *publisher);
