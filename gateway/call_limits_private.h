/* What the files of call_limits share. Nobody else includes it. */
#pragma once

#include "api/types/budget_window.h"
#include "gateway/call_limits.h"
#include "gateway/live_accounts.h"
#include "gateway/live_limits.h"

/* One limit that is about the call. */
struct limit_part {
    const struct live_limit *live;
    struct live_account *account;
};

struct call_limits {
    struct exchange *exchange;
    const struct limiter_ask *ask;
    struct limit_part *parts; /* NULL: it holds of a purse, and did not need to know */
    size_t count;
    struct lease_need *needs;            /* one for each part */
    char minute[BUDGET_WINDOW_ID_BYTES]; /* in the names of accounts */
    int64_t window_ends_ms;              /* from now on */
    int64_t minute_ends_ms;              /* by the lender's clock */
    struct lender_call asking;
    struct loop_timer *look; /* NULL: it did not lack a slot yet */
    int64_t looks_until_ms;
    size_t lacks; /* after LENDER_LACKS: which limit */
    bool is_never, is_waiting, is_looking, is_held;
    bool goes_on; /* counted in this process */
    void (*on_answer)(void *owner, enum lender_answer answer);
    void *owner;
    /* call_limits_purse.c's: */
    struct live_own *own;      /* whose purse it may hold of; NULL: nobody's */
    struct lease_purse *purse; /* it holds of; NULL: it holds account by account, or nothing */
    struct limit_purse *of_purse;
    struct lease_amounts held;
};

/* call_limits.c: the parts, for who holds account by account. */
void call_limits_open_parts(struct call_limits *limits);
/* The minute that it is now; sets the times of the call. */
const struct budget_window *call_limits_present_minute(struct call_limits *limits);
/* What is left of one that is no slot. */
struct limiter_window call_limits_window(const struct call_limits *limits, size_t part, int64_t now_ms);
/* More was used of one than was held of it. */
void call_limits_pay_tokens(struct call_limits *limits, int64_t tokens);

/* call_limits_purse.c. False: there is no purse for the call, or too little in it. */
bool call_limits_hold_of_purse(struct call_limits *limits);
/* The call holds account by account, and calls like it are to hold of a purse. */
void call_limits_open_purse(struct call_limits *limits);
/* Of a call that holds of a purse. */
void call_limits_tell_purse(const struct call_limits *limits, struct limiter_verdict *verdict);
void call_limits_settle_purse(struct call_limits *limits, int64_t used_tokens);
void call_limits_cancel_purse(struct call_limits *limits);
