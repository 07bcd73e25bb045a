/* How much of a budget to lend: a function of the account as it stands, so that one statement of the store
 * can do what it says. Never lets settled + leased exceed the limit, whatever is asked.
 *
 * A small part of what is left at a time: the nearer the limit the smaller the leases, so with many gateways
 * little is locked up where nobody needs it. But what a call needs is lent down to the last unit. */
#pragma once

#include <stdint.h>

/* Nano-USD or tokens, as the budget counts. Nothing is below zero. */
struct lend_account {
    int64_t limit;
    int64_t settled;  /* recorded, and what dead gateways may have spent */
    int64_t leased;   /* lent and neither recorded nor returned */
    int64_t replicas; /* gateways that may ask; at least 1 */
};

struct lend_ask {
    int64_t wanted;
    int64_t at_least; /* less is of no use; 0: asked ahead of need */
};

struct lend_verdict {
    int64_t granted; /* 0: refused */
    int64_t left;    /* after this; told to the gateway, which asks for less when it is little */
};

struct lend_verdict lend_decide(const struct lend_account *account, const struct lend_ask *ask);
