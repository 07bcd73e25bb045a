/* A ledger that a test plays, over a real socket: keeps what it hears, and says what the test tells it to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "api/types/ledger_frames.h"

struct arena;
struct loop;
struct websocket_server;
struct websocket_stream;

#define PLAYED_LEDGER_MOST_HEARD 64

struct played_ledger {
    struct arena *arena;
    struct websocket_server *server;
    struct websocket_stream *stream; /* NULL: none is open */
    struct ledger_frame heard[PLAYED_LEDGER_MOST_HEARD];
    size_t heard_count;
    size_t close_count;
    bool counts_only; /* from now on asks are only counted, not kept in `heard` */
    size_t counted;
    int64_t last_asked; /* number of the last one counted */
    bool lends;         /* answers by itself: played_ledger_lend */
    int64_t left;       /* of its one budget */
    int64_t spent;      /* told as `used` */
    int lease_count;
    int64_t gateways;  /* told behind each Welcome; 0: nothing is */
    bool knows_recall; /* its Welcome says so */
    const struct ledger_recalled
        *recalled;       /* what it answers each Recall when it answers by itself; NULL: nothing */
    struct text refusal; /* when it answers by itself: lends nothing, and says this */
};

void played_ledger_start(struct played_ledger *ledger, struct arena *arena, struct loop *loop,
                         const char *socket_path);
/* From now on it answers by itself: Welcome, and Lent out of this much, whatever account is asked for. */
void played_ledger_lend(struct played_ledger *ledger, int64_t amount);
void played_ledger_say(struct played_ledger *ledger, const struct ledger_frame *frame);
/* Closes the stream; the gateway dials again. */
void played_ledger_hang_up(struct played_ledger *ledger);
void played_ledger_end(struct played_ledger *ledger);
