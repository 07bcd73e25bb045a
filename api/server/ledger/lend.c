/* See the header. */
#include "api/server/ledger/lend.h"

#include <assert.h>

#include "api/types/lease_terms.h"

/* Of what is left, one gateway gets at most its even share of half. */
#define PART_LENT 2

static int64_t left_of(const struct lend_account *account);
static int64_t lesser(int64_t a, int64_t b);
static int64_t greater(int64_t a, int64_t b);

struct lend_verdict
lend_decide(const struct lend_account *account, const struct lend_ask *ask)
{
    assert(account->limit >= 0 && account->settled >= 0 && account->leased >= 0 && account->replicas >= 1);
    int64_t left = left_of(account);
    int64_t at_least = greater(ask->at_least, 0);
    if (at_least > lesser(left, LEASE_MAX_AMOUNT))
        return (struct lend_verdict){.granted = 0, .left = left};

    int64_t share = left / PART_LENT / account->replicas;
    int64_t wanted = lesser(greater(ask->wanted, at_least), LEASE_MAX_AMOUNT);
    int64_t granted = lesser(wanted, greater(share, at_least));
    /* Cut short, it stays a multiple of what a call needs: rests too small for a call are spread over
     * gateways. */
    if (granted < wanted && at_least > 0)
        granted -= granted % at_least;
    return (struct lend_verdict){.granted = granted, .left = left - granted};
}

/* A limit may have been lowered below what is spent: then nothing is left. */
static int64_t
left_of(const struct lend_account *account)
{
    __int128 left = (__int128)account->limit - account->settled - account->leased;
    return left > 0 ? (int64_t)left : 0;
}

static int64_t
lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t
greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}
