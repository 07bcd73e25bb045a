/* What a gateway gives back of what was lent to it, and whether its book is right. */
#pragma once

#include "gateway/decide/lease_book.h"

struct lease_return {
    struct text lease_id;
    int64_t amount; /* given back now */
    int64_t kept;   /* still to be charged at most, with what was charged: saying it twice changes nothing */
    bool is_over;   /* nothing is held any more: of this lease nothing more will be heard but records */
};

struct lease_returns {
    struct lease_return *items;
    size_t count;
};

/* Takes out of the book what is of no use here, to be told to the api: of leases near their end, of windows
 * that are over, of accounts idle or with more than they use. Forgets accounts that say nothing. Call it
 * every second; with INT64_MAX everything goes back that no call holds. */
struct lease_returns lease_book_returns(struct arena *arena, struct lease_book *book, int64_t now_ms);
/* Whether the end of the hold leaves slots that gateways lack elsewhere: give them back soon. */
bool lease_hold_has_scarce_slots(const struct lease_hold *hold);
/* The invariant of lease_book.h, over the whole book; for tests. */
MUST_CHECK bool lease_book_check(const struct lease_book *book, struct error *err);
