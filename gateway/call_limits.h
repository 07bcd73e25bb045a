/* What one call holds of the limits that the replicas of its gateway share: the same leases as of budgets, a
 * minute's requests and tokens used up by the call, a slot given back at its end.
 *
 * NULL stands for a call that no such limit is about, or a gateway without a ledger: then decide/limiter
 * counts for this process alone. */
#pragma once

#include "gateway/decide/limiter.h"
#include "gateway/lender.h"

struct call_limits;
struct exchange;

/* Its arena is the call's; the ask must live as long. */
struct call_limits *call_limits_new(struct exchange *exchange, const struct limiter_ask *ask);
/* Takes of all limits or of none. LENDER_UNREACHABLE: the ledger does not lend, count here; where it said
 * that nothing is left of the minute, that stands however long it is silent: LENDER_LACKS. When it waits,
 * on_answer(owner, answer) comes from the loop. */
enum lender_answer call_limits_hold(struct call_limits *limits,
                                    void (*on_answer)(void *owner, enum lender_answer answer), void *owner);
/* After LENDER_LACKS: which limit refused, and why. After LENDER_HELD: what is left, as far as this gateway
 * knows. */
void call_limits_tell(const struct call_limits *limits, enum lender_answer answer,
                      struct limiter_verdict *verdict);
/* After LENDER_UNREACHABLE: the call is let through all the same, and counted in this process. What it takes
 * of the minute is taken from what is lent of that later. */
void call_limits_go_on(struct call_limits *limits);
/* The client is gone: on_answer does not come any more. */
void call_limits_leave(struct call_limits *limits);
/* The call ended and used this many tokens. */
void call_limits_settle(struct call_limits *limits, int64_t used_tokens);
/* It was not made after all. */
void call_limits_cancel(struct call_limits *limits);
