/* What the ledger lends to this gateway, and the calls that hold of it.
 *
 * A call holds at once when the leases in hand suffice. Else it waits, at most LENDER_WAIT_MS, while the
 * ledger is asked: one question an account, for all who wait. Leases that are of no use here are given back
 * every second. The decisions are decide/lease_*.c; here are the clock, the stream and the turn of the loop.
 *
 * Leases go by the clock that counts what the machine sleeps (clock_boot_ms): see lease_terms.h. A gateway
 * starts without any: what it had before it died is the ledger's to count. */
#pragma once

#include "gateway/decide/lease_purse.h"
#include "gateway/decide/lease_queue.h"

struct ledger_link;
struct lender;
struct loop;
struct metrics;

/* Shorter than any client's patience, longer than the ledger needs to change over to another replica. */
#define LENDER_WAIT_MS 2000
/* As long what the ledger said is believed: an exhausted budget is not asked for at each call. */
#define LENDER_BELIEVES_MS 500
/* Slots come back at any moment. */
#define LENDER_BELIEVES_OF_SLOTS_MS 20

enum lender_answer {
    LENDER_WAITS,       /* on_answer comes from the loop */
    LENDER_HELD,        /* all needs are held */
    LENDER_LACKS,       /* `need` is more than there is: see lease_account_sums for what there is */
    LENDER_UNREACHABLE, /* `need` was not to be had, and the ledger does not answer, or refuses: `reason` */
};

/* One call. Lives with it, and so do the needs. */
struct lender_call {
    struct lease_waiter waiter; /* needs and count are the call's to set */
    /* The name of a need's account: seldom wanted, so it is put together when the ledger is asked. */
    struct lease_account_name (*name_of)(const void *named_by, size_t need);
    const void *named_by;
    int64_t asked_ms;    /* lender_now_ms when it asks: read once for all that needs it */
    int64_t patience_ms; /* waits no longer than so, nor than LENDER_WAIT_MS */
    void (*on_answer)(void *owner);
    void *owner;
    /* The answer: */
    enum lender_answer answer;
    size_t need;
    const char *reason; /* static or in the lender's keeping until the next turn; NULL: none */
    /* The lender's: */
    struct lender_call *next_answered;
};

struct lender *lender_new(struct arena *arena, struct loop *loop, struct metrics *metrics);
/* Before the loop runs; without it nothing is ever lent. */
void lender_use_ledger(struct lender *lender, struct ledger_link *link);
/* A call may take as long as this from now on: what is lent is told to be for such. The ledger waits so much
 * longer before it counts as spent what a dead gateway had on loan; a call that takes longer than was told
 * when its lease was asked for settles right all the same. */
void lender_expect_calls(struct lender *lender, int64_t longest_ms);
/* Whether there is a ledger at all, reachable or not. */
bool lender_has_ledger(const struct lender *lender);
/* How many gateways share the limits of this environment, this one included, as far as the ledger told; at
 * least as many as are wanted. */
int64_t lender_gateways(const struct lender *lender, int64_t wanted);
/* Now, by the clock that leases go by. */
int64_t lender_now_ms(const struct lender *lender);
/* The account a need is of: lease_book_account. It is place->account, and is looked for only when it is not
 * where it was the last time that the place was given for this name. */
MUST_CHECK bool lender_account(struct lender *lender, const struct lease_account_name *name, int64_t ends_ms,
                               struct lease_account_place *place, struct error *err);
/* An account that nothing is known of yet is asked for as that of this name was, of the window before. */
void
lender_follow(struct lender *lender, struct lease_account *account, const struct lease_account_name *before);
/* Returns the answer, or LENDER_WAITS. The hold is call->waiter.hold. */
enum lender_answer lender_hold(struct lender *lender, struct lender_call *call);
/* Who waits goes: nothing is held for it, and on_answer does not come. */
void lender_leave(struct lender *lender, struct lender_call *call);
/* As lease_book_settle, lease_book_use and lease_book_cancel; what comes free is for who waits. */
struct lease_charges lender_settle(struct arena *arena, struct lender *lender, struct lease_hold *hold,
                                   const int64_t *actual_amounts, size_t count);
/* Of what is not billed: rates and slots. */
void lender_use(struct lender *lender, struct lease_hold *hold, const int64_t *actual_amounts, size_t count);
void lender_cancel(struct lender *lender, struct lease_hold *hold);
/* As those of lease_purse.h: while somebody waits there are no purses. What comes free is for who waits. */
void lender_open_purse(struct lender *lender, const struct lease_purse_needs *needs,
                       struct lease_purse_place *place);
struct lease_purse *lender_hold_of_purse(struct lender *lender, const struct lease_purse_place *place,
                                         const struct lease_amounts *amounts, int64_t now_ms);
void lender_settle_purse(struct lender *lender, struct lease_purse *purse, const struct lease_amounts *held,
                         const struct lease_amounts *actual);
void lender_cancel_purse(struct lender *lender, struct lease_purse *purse, const struct lease_amounts *held);
/* lease_account_overuse; what is not on loan is asked for. */
void lender_overuse(struct lender *lender, struct lease_account *account,
                    const struct lease_account_name *name, int64_t amount);
/* A try goes out without holding of so many budgets, which say that it may. */
void lender_note_unheld(struct lender *lender, int64_t budgets);
/* A try goes out at the pace of so many budgets that have too little left. */
void lender_note_slowed(struct lender *lender, int64_t budgets);
/* Gives all back that no call holds, before the process ends, and what questions that are out still bring;
 * nothing more is asked for. on_heard comes when the ledger has heard, or
 * after LENDER_WAIT_MS. */
void lender_finish(struct lender *lender, void (*on_heard)(void *owner), void *owner);
