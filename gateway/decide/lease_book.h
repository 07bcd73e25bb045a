/* The gateway's side of exact budgets: what is on loan to it, what its running calls hold of that, and what
 * they turned out to cost.
 *
 * An account is one budget, one owner of its counter, one window; its amounts are nano-USD or tokens. Every
 * hold comes out of leases and stays with them: what is settled, also after their end, is charged to them.
 * After every operation, for each lease: 0 <= held, 0 <= settled, held + settled <= amount. Times are
 * monotonic milliseconds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/types/lease_terms.h"
#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct lease_account;
struct lease_book;
struct lease_draw;

#define LEASE_BOOK_MAX_ACCOUNTS 65536
#define LEASE_BOOK_NAME_MAX_BYTES 1024
#define LEASE_ACCOUNT_MAX_LEASES 1024
#define LEASE_HOLD_MAX_NEEDS 64

struct lease_account_name {
    struct text budget, owner, window; /* owner: empty when the budget has one counter */
};

/* As the api lent it. */
struct lease_grant {
    struct text id;
    int64_t amount;
    int64_t expires_ms; /* lease_terms_expires_ms: the drift is off already */
};

struct lease_need {
    struct lease_account *account;
    int64_t amount;
};

/* Where an account is, for who needs it again and again. Starts as {0}. */
struct lease_account_place {
    struct lease_account *account;
    uint64_t number; /* no other account ever has it */
};

struct lease_lack {
    size_t need; /* which of the needs */
    int64_t amount;
};

struct lease_verdict {
    bool granted;
    struct lease_lack lacks[LEASE_HOLD_MAX_NEEDS]; /* refused: every need that could not be met */
    size_t lack_count;
};

/* What one call has taken. Starts as {0}; ends with lease_book_settle or lease_book_cancel, which empty it.
 */
struct lease_hold {
    struct lease_draw *first; /* NULL: nothing taken */
    struct lease_draw *last;
};

/* What the usage record must carry. */
struct lease_charge {
    size_t need;
    struct text lease_id;  /* empty: beyond what was held, on no lease */
    uint64_t lease_number; /* no other lease of the book ever has it; 0: on none */
    int64_t amount;        /* above zero */
};

struct lease_charges {
    struct lease_charge *items;
    size_t count;
    bool is_overdrawn; /* a call cost more than its worst case: our mistake, to be counted and told */
};

/* Lives in the arena of the process. */
struct lease_book *lease_book_new(struct arena *arena);
/* The account under the name, opened at first sight; ends_ms is when its window ends. Good until the next
 * lease_book_returns or, with a hold on it, a call that waits for it (lease_queue.h) or a question out, until
 * those end. Fails when the book is full or the name too
 * long. */
MUST_CHECK bool lease_book_account(struct lease_book *book, const struct lease_account_name *name,
                                   int64_t ends_ms, struct lease_account **out_account, struct error *err);
struct lease_account_place lease_account_place_of(struct lease_account *account);
/* The account that is still there, as lease_book_account found it; NULL: it was forgotten since. */
struct lease_account *lease_book_account_at(const struct lease_account_place *place, int64_t ends_ms);
/* The account under the name; NULL: there is none. */
struct lease_account *lease_book_find(const struct lease_book *book, const struct lease_account_name *name);
/* A lease arrived. One that is refused must be given back: ERROR_CONFLICT when the account has it already. */
MUST_CHECK bool lease_book_add(struct lease_book *book, struct lease_account *account,
                               const struct lease_grant *grant, struct error *err);
/* Takes from all accounts or from none and says which lacked how much. count is at most LEASE_HOLD_MAX_NEEDS.
 * *out_hold is only filled when granted. The verdict is good until the book's next hold. */
const struct lease_verdict *lease_book_hold(struct lease_book *book, const struct lease_need *needs,
                                            size_t count, int64_t now_ms, struct lease_hold *out_hold);
/* The call ended and cost this much of each need it was granted; the charges live in the arena. */
struct lease_charges lease_book_settle(struct arena *arena, struct lease_book *book, struct lease_hold *hold,
                                       const int64_t *actual_amounts, size_t count);
/* As lease_book_settle, for who need not know what it is charged to. */
void
lease_book_use(struct lease_book *book, struct lease_hold *hold, const int64_t *actual_amounts, size_t count);
/* What lease_book_settle would say of it, and the hold stands. The ids are the book's. */
struct lease_charges lease_hold_charges(struct arena *arena, const struct lease_hold *hold,
                                        const int64_t *actual_amounts, size_t count);
/* The call was not made after all. */
void lease_book_cancel(struct lease_book *book, struct lease_hold *hold);
size_t lease_book_account_count(const struct lease_book *book);
/* Walks over all accounts; the book must not change meanwhile. The name's bytes are the book's. */
bool lease_book_next(const struct lease_book *book, size_t *at, struct lease_account_name *out_name,
                     struct lease_account **out_account);
