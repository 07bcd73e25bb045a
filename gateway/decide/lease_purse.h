/* A purse: a part of one lease of each of some accounts, set aside for the calls that need just these
 * accounts, so that a call is held with a few numbers however many accounts it is about.
 *
 * What is in a purse is held of its leases, and so is nobody else's; what its calls hold, use and give back
 * changes only the purse until it is closed. It is closed after LEASE_PURSE_MS, when somebody lacks
 * something, before anything is given back, and when another is opened in its place; what no call holds is
 * the leases' again then, and what was used is charged to them. Calls that hold of it end as they would have.
 *
 * Needs are of classes: all accounts of a class are needed alike, as budgets in money are. A slot, of which
 * calls need one, is of none: nothing is set aside of those. */
#pragma once

#include "gateway/decide/lease_book.h"

struct lease_purse;

#define LEASE_PURSE_MS 10
#define LEASE_PURSE_MAX_NEEDS 24
#define LEASE_PURSE_CLASSES 4

struct lease_amounts {
    int64_t of[LEASE_PURSE_CLASSES]; /* by class */
};

/* Needs that a call held, each with its class. */
struct lease_purse_needs {
    const struct lease_need *items;
    const uint8_t *classes; /* below LEASE_PURSE_CLASSES; needs of one class have one amount; slots: any */
    size_t count;
};

/* Where a purse is, for who holds of it again and again. Starts as {0}. */
struct lease_purse_place {
    struct lease_purse *purse;
    uint64_t number; /* no other purse ever has it */
};

/* Opens a purse for calls of such needs, as far as the accounts have leases for it, and closes the one that
 * was there. Nothing is set aside when there is too little, or slots are scarce: then *place is {0}. */
void lease_purse_open(struct lease_book *book, const struct lease_purse_needs *needs, int64_t now_ms,
                      struct lease_purse_place *place);
/* Holds so much of each class, or nothing. NULL: there is no purse there (any more), or not so much in it.
 * Ends with one of the two below. */
struct lease_purse *
lease_purse_hold(const struct lease_purse_place *place, const struct lease_amounts *amounts, int64_t now_ms);
/* The call ended, and took this much of each account of a class. True: that was more than it held, and the
 * rest is charged to no lease. */
bool lease_purse_settle(struct lease_book *book, struct lease_purse *purse, const struct lease_amounts *held,
                        const struct lease_amounts *actual);
/* The call was not made after all. */
void lease_purse_cancel(struct lease_book *book, struct lease_purse *purse, const struct lease_amounts *held);
/* What lease_book_settle says of the lease that one of the needs is held on, of so much. The id is good as
 * long as somebody holds something of it. */
struct lease_charge lease_purse_charge(const struct lease_purse *purse, size_t need, int64_t amount);
/* That of its place. */
uint64_t lease_purse_number(const struct lease_purse *purse);
/* As lease_hold_has_scarce_slots. */
bool lease_purse_has_scarce_slots(const struct lease_purse *purse);
/* All of the book; how many there were. */
size_t lease_book_close_purses(struct lease_book *book, int64_t now_ms);
