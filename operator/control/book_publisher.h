/* Tells the ledger the book of budgets, and what each workspace declares: dials it, sends the book when it is
 * another and after every connect, then what of the declarations the ledger does not have (declarations.h),
 * and waits for each answer before it sends the next. Beside that it listens for alerts, once the ledger has
 * the book (alert_listening.h).
 *
 * The ledger lends by the book that it heard last; who publishes decides which budgets have to be in it. */
#pragma once

#include "api/types/alert_frames.h"
#include "api/types/budget_book.h"
#include "api/types/declare_frames.h"
#include "lib/net/websocket.h"

struct arena;
struct error;
struct loop;
struct book_publisher;

struct book_publisher_options {
    struct loop *loop;
    const char *unix_path; /* of the ledger's socket, or NULL, and: */
    const char *address;   /* "wss://host:port", once an identity was given */
    /* Asked before each book is sent: false, and it waits until the next is published or the next connect.
     * NULL: always. */
    bool (*may_publish)(void *owner);
    /* A dial failed, why: each reason is told once in a row. May be NULL. */
    void (*on_unreached)(void *owner, struct text reason);
    /* The ledger does not take the book, why: each reason is told once in a row. May be NULL. */
    void (*on_refused)(void *owner, struct text reason);
    /* From now on it lends by the book that was published last. May be NULL. */
    void (*on_booked)(void *owner);
    /* The ledger has what the workspace declares; or why it does not take it, said each time. May be NULL. */
    void (*on_declared)(void *owner, struct text workspace, struct text refusal);
    /* The ledger lost what the workspace declares: declare it again, from here or later. May be NULL. */
    void (*on_wanted)(void *owner, struct text workspace);
    /* Somebody reached a threshold of a budget: to be told now, for the ledger says it to nobody again unless
     * the stream ends just then. NULL: no alert is asked for. */
    void (*on_alert)(void *owner, const struct raised_alert *alert);
    void *owner;
};

struct book_publisher *
book_publisher_start(struct arena *arena, const struct book_publisher_options *options);
void book_publisher_close(struct book_publisher *publisher);
/* Over TCP: what it shows from the next dial on. */
MUST_CHECK bool
book_publisher_use_identity(struct book_publisher *publisher,
                            const struct websocket_client_identity *identity, struct error *err);

/* Copied. One of the revision that was published last changes nothing. ERROR_INVALID when the ledger could
 * not read it (too long for a message, more budgets than a book has): then the one before stays. */
MUST_CHECK bool
book_publisher_publish(struct book_publisher *publisher, const struct budget_book *book, struct error *err);
/* What a workspace of the book declares, or the organisation: said when the ledger has the book, and again on
 * each stream as far as it must be. Copied. ERROR_INVALID as above, for this workspace alone. */
MUST_CHECK bool book_publisher_declare(struct book_publisher *publisher, const struct ledger_declare *declare,
                                       struct error *err);
/* What was published last, until the next is; NULL: nothing was. */
const struct budget_book *book_publisher_book(const struct book_publisher *publisher);
/* Whether the ledger lends by it, as far as it said on this stream. */
bool book_publisher_is_booked(const struct book_publisher *publisher);
