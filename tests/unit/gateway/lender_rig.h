/* A lender that dials a ledger which the test plays, over a real socket; calls by number that hold of one
 * account. */
#pragma once

#include <criterion/criterion.h>

#include "gateway/lender.h"
#include "lib/base/arena.h"
#include "lib/net/loop.h"
#include "tests/support/played_ledger.h"

enum { MOST_CALLS = 16 };

extern struct played_ledger ledger;
extern struct arena *arena;
extern struct loop *loop;
extern struct lender *lender;
extern struct metrics *metrics;
extern struct lender_call calls[MOST_CALLS];
extern struct lease_need needs[MOST_CALLS]; /* of each call */

/* Of a suite: .init and .fini. */
void given_lender(void);
void end_lender(void);
/* Runs the loop until it is so; the suite's time is the bound. */
void until(bool (*condition)(size_t wanted), size_t wanted);
bool has_heard(size_t wanted);
bool has_closed(size_t wanted);
/* The one that comes next; of that type, or the test fails. */
const struct ledger_frame *next_frame(enum ledger_frame_type type);
void welcome(void);
/* For that question. */
void lend(int64_t number, const char *lease, int64_t amount, int64_t left);
/* Of a call that is named by the name itself. */
struct lease_account_name name_of(const void *named_by, size_t need);
enum lender_answer hold(size_t which, int64_t amount);
void settle(size_t which, int64_t actual);
/* Which calls were told their answers, in order: 'a' is call 0. */
void expect_answered(const char *order);
