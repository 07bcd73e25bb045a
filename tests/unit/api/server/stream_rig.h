/* A ledger's streams over a real socket, into a real database (SQLite). */
#pragma once

#include <sqlite3.h>

#include "api/server/ledger/ledger.h"
#include "api/server/ledger_server.h"
#include "api/types/ledger_frames.h"
#include "tests/support/sql_rig.h"
#include "tests/unit/api/server/ledger/given_usage.h"

enum { MOST_HEARD = 32 };

/* A server, one gateway that dials it, and what the gateway heard on all its streams. */
struct bench {
    struct metrics *metrics;
    struct ledger *ledger;
    struct ledger_server *server;
    struct websocket_client *client;
    struct websocket_stream *stream;
    char folder[64];
    const char *socket;
    struct ledger_frame heard[MOST_HEARD];
    int heard_count, open_count, close_count;
    struct ledger_keys keys; /* those heard last; they come when they like, so they are counted apart */
    int keys_count;
    const int *counter; /* what is waited for */
    int wanted;
    bool is_there;
};
extern struct bench bench;

/* Of a suite: .init and .fini. */
void given_server(void);
void end_server(void);

/* Runs the loop until the counter is there. */
void until(const int *counter, int wanted);
void send_frame(const struct ledger_frame *frame);
void send_hello(const char *environment);
void send_usage(int64_t first, struct text records);
/* So many lines, each a record of another id. */
struct text many_records(int count);
/* The one that comes next; of that type, or the test fails. */
const struct ledger_frame *next_frame(enum ledger_frame_type type);
void expect_welcome(int64_t next);
void expect_ack(int64_t next);
/* And then the stream ends. */
void expect_refusal(const char *words);
void expect_metric(const char *line);
/* Another program's write lock: what is to be kept waits until it is let go. */
sqlite3 *given_a_locked_database(void);
void let_go(sqlite3 *other);
