/* The operator's side of its stream to the ledger, over a real socket, with a ledger that says what it is
 * told. */
#pragma once

#include <criterion/criterion.h>

#include "api/types/ledger_frames.h"
#include "operator/control/book_publisher.h"

struct loop;

enum { MOST_HEARD = 16 };

struct played_ledger {
    struct arena *arena;
    struct loop *loop;
    struct book_publisher *publisher;
    struct websocket_server *server;
    struct websocket_stream *stream;
    struct text heard[MOST_HEARD]; /* revisions of books and declarations */
    size_t heard_count;
    struct ledger_declare declare; /* the last; empty when it was a book */
    struct gateway_budget budget;  /* the first of the last book */
    bool stops_on_close;
    bool is_old;                      /* knows nothing of alerts */
    struct text listened[MOST_HEARD]; /* what each Listen says was told, or "" */
    size_t listened_count;
    struct text alerts[MOST_HEARD]; /* ids of those that the publisher told */
    size_t alert_count;
    int booked_count, refusal_count, declared_count; /* what the publisher told, and: */
    struct text refusal, declared_of, undeclared, wanted;
};
extern struct played_ledger played;

/* A publisher that dials it. For suites: TestSuite(..., .init = given_played_ledger, .fini =
 * end_played_ledger). */
void given_played_ledger(void);
void end_played_ledger(void);
/* The next book or declaration that comes is of this revision. */
void expect_said(const char *revision);
void say(const struct ledger_frame *frame);
void say_booked(const char *revision);
/* Runs until the publisher tells something, or something comes. */
void run_on(void);
