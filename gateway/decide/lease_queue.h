/* Calls that wait for leases, in order of arrival; what they lack, and what is to be asked for them.
 *
 * Of an account that somebody lacks nobody behind gets anything, so that a large call is not starved by small
 * ones; what nobody lacks is free for all. Pure: the lender tells what came. */
#pragma once

#include "gateway/decide/lease_account.h"
#include "gateway/decide/lease_book.h"

/* One call. Lives with who waits, the needs too. */
struct lease_waiter {
    const struct lease_need *needs;
    size_t count;
    int64_t until_ms;       /* no longer */
    struct lease_hold hold; /* once served */
    struct lease_waiter *next;
    struct lease_waiter *before; /* private, as the next */
    uint64_t lacks;              /* a bit for each need */
};
_Static_assert(LEASE_HOLD_MAX_NEEDS <= 64, "a bit for each");

/* Starts as {0}. */
struct lease_queue {
    struct lease_waiter *first, *last;
    size_t count;
    uint64_t round; /* private */
};

/* Holds at once, unless somebody before it lacks the same; else it stands at the end. */
bool lease_queue_hold(struct lease_queue *queue, struct lease_book *book, struct lease_waiter *waiter,
                      int64_t now_ms);
void lease_queue_remove(struct lease_queue *queue, struct lease_waiter *waiter);
bool lease_queue_lacks(const struct lease_waiter *waiter, size_t need);
/* Whether somebody in the queue lacks the account. */
bool lease_queue_wants(const struct lease_account *account);
/* What to ask for the account: for all who lack it, at least for the first of them; ahead of need when nobody
 * does. */
struct lease_ask
lease_queue_ask(const struct lease_queue *queue, const struct lease_account *account, int64_t now_ms);

/* Each takes some out of the queue and returns them in order, the first of a list by `next`. */

/* Who can hold now; they do. */
struct lease_waiter *lease_queue_serve(struct lease_queue *queue, struct lease_book *book, int64_t now_ms);
/* Who lacks more of the account than is left to lend; and, when the api lent nothing, the first who lacks it
 * in any case, so that not all wait for ever behind it. */
struct lease_waiter *lease_queue_drop_hopeless(struct lease_queue *queue, const struct lease_account *account,
                                               bool is_nothing_lent, int64_t now_ms);
/* Everybody who lacks the account. */
struct lease_waiter *lease_queue_drop_lacking(struct lease_queue *queue, const struct lease_account *account);
/* Who waited too long. */
struct lease_waiter *lease_queue_drop_overdue(struct lease_queue *queue, int64_t now_ms);
/* When the next one will have; INT64_MAX: nobody waits. */
int64_t lease_queue_next_overdue(const struct lease_queue *queue);
