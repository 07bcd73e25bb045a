/* The ledger lends: gateways hold calls against leases, so a budget is exact wherever its calls are made.
 *
 * Limits that gateways share are lent as budgets are: their accounts are minutes, or one for calls at once,
 * and nothing is ever charged to them, so leased alone is what counts.
 *
 * The book says what budgets there are; an account is one budget's for one owner and window; a lease is a
 * part of it that one journal's gateway may spend. After every verb, whoever else is at it: settled + leased
 * of an account is at most the budget's amount, unless somebody lowered that, or a gateway charged more than
 * it had on loan.
 *
 * As in ledger.h: a verb is one transaction, answered from the loop exactly once, in the arena given; what it
 * is given must live until then. Times are Unix milliseconds by this program's clock. */
#pragma once

#include "api/server/ledger/ledger.h"
#include "api/types/ledger_frames.h"

/* What is in the book from now on; of the revision that is in force already, nothing is written. */
void ledger_book(struct ledger *ledger, struct arena *arena, const struct budget_book *book,
                 ledger_done_fn on_done, void *owner);

struct lend_question {
    struct usage_origin origin; /* who asks */
    const struct ledger_ask *ask;
    int64_t now_ms;
};

struct lend_answer {
    enum ledger_end end; /* LEDGER_DONE also when nothing is left: amount is 0 then */
    struct error why;    /* LEDGER_REFUSED: it is not to be lent to them; LEDGER_FAILED: ask again */
    bool is_doubtful;    /* LEDGER_FAILED: it may be lent all the same; the same question asked again tells */
    struct text lease;   /* a new id, or that of before */
    int64_t amount;
    int64_t length_ms; /* of the lease, from when it was first asked for */
    bool is_again;     /* it was lent when the question was asked before */
    int64_t left;      /* neither settled nor on loan */
    int64_t settled;   /* of the account */
    int64_t replicas;  /* gateways to which something of the account was lent lately, and the one that asks */
};
typedef void (*lend_answer_fn)(void *owner, const struct lend_answer *answer);

/* A question is one number of one journal: asked again it is answered with the lease of before, as long as
 * nothing else was heard of that. */
void ledger_lend(struct ledger *ledger, struct arena *arena, const struct lend_question *question,
                 lend_answer_fn on_answer, void *owner);

struct returns_question {
    struct usage_origin origin; /* who gives back */
    const struct ledger_return *returns;
    size_t count;
};

/* What is beyond `kept` of each lease may be lent again; doing it twice changes nothing. Noted: leases that
 * are not known, which are passed over. LEDGER_REFUSED: one was lent to another journal; then none changes.
 */
void ledger_give_back(struct ledger *ledger, struct arena *arena, const struct returns_question *question,
                      ledger_done_fn on_done, void *owner);

/* Leases of budgets under which no call can be running any more become orphans: what of them is neither
 * charged nor given back counts as settled. Late records of them settle nothing twice, and a late give-back
 * is heard. Such leases of calls at once leave their slots to others; minutes of limits that are long over
 * are forgotten. Forgets leases of which nothing can be heard, and alerts that are kept no longer, with whom
 * they were told. A bounded number at a time: while is_full, there are more. */
struct sweep_question {
    int64_t now_ms;
    int64_t alerts_from_ms; /* those of before are forgotten: so long before that their windows are over */
};

struct sweep_answer {
    enum ledger_end end;
    struct error why;
    int64_t orphaned;
    int64_t alerts; /* thresholds of budgets that were reached by what counts as settled now */
    bool is_full;
};
typedef void (*sweep_answer_fn)(void *owner, const struct sweep_answer *answer);

void ledger_sweep(struct ledger *ledger, struct arena *arena, const struct sweep_question *question,
                  sweep_answer_fn on_answer, void *owner);
