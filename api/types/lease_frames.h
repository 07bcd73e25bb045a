/* Members of ledger_frames.h's frames that are about leases: what is asked for, lent and given back. */
#pragma once

#include "api/types/budget_window.h"
#include "api/types/gateway_budget.h"
#include "api/types/lease_terms.h"

#define LEDGER_MAX_RETURNS 1000
#define LEDGER_MAX_QUESTIONS 1024 /* Asks and GiveBacks of one stream that were not answered yet */

/* clang-format off */
#define LEDGER_ASK_FIELDS(F, T)                                                                                        \
    F(T, INT, number, "number", REQUIRED, RANGE(1, INT64_MAX), DOC("One of a journal's questions, whichever process asks: asked again it is answered with the same lease.")) \
    F(T, TEXT, budget, "budget", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(BUDGET_ID_MAX_BYTES), DOC("The budget's id."))    \
    F(T, TEXT, owner, "owner", MAX_LENGTH(BUDGET_OWNER_MAX_BYTES), DOC("Whose account."))                              \
    F(T, TEXT, window, "window", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(BUDGET_WINDOW_ID_BYTES), DOC("Id of the window.")) \
    F(T, INT, wanted, "wanted", REQUIRED, RANGE(1, LEASE_MAX_AMOUNT), DOC("How much would be of use, in the budget's unit.")) \
    F(T, INT, at_least, "atLeast", DEFAULT("0"), RANGE(0, LEASE_MAX_AMOUNT), DOC("Less is of no use; 0: it is asked ahead of need.")) \
    F(T, INT, longest_call_ms, "longestCallMs", DEFAULT("86400000"), RANGE(1, LEASE_MAX_CALL_MS), DOC("The longest that a call which holds of it may take."))
DECLARE_SCHEMA(ledger_ask, LEDGER_ASK_FIELDS);

#define LEDGER_LENT_FIELDS(F, T)                                                                                       \
    F(T, INT, number, "number", REQUIRED, RANGE(1, INT64_MAX), DOC("Of the Ask."))                                     \
    F(T, TEXT, lease, "lease", MAX_LENGTH(LEASE_ID_MAX_BYTES), DOC("Its id; empty when nothing was lent."))            \
    F(T, INT, amount, "amount", REQUIRED, RANGE(0, LEASE_MAX_AMOUNT), DOC("How much was lent; 0: nothing."))           \
    F(T, INT, length_ms, "lengthMs", DEFAULT("0"), RANGE(0, LEASE_MAX_LENGTH_MS), DOC("How long, from when it was first asked for; 0: it can only be given back.")) \
    F(T, INT, left, "left", DEFAULT("0"), RANGE(0, INT64_MAX), DOC("What nobody has on loan and nobody spent."))       \
    F(T, INT, used, "used", DEFAULT("0"), RANGE(0, INT64_MAX), DOC("What was spent, as far as records came in."))      \
    F(T, INT, replicas, "replicas", DEFAULT("1"), RANGE(1, 1000000), DOC("Gateways that share the account."))          \
    F(T, TEXT, reason, "reason", MAX_LENGTH(512), DOC("Why nothing was lent, when it is not that nothing is left."))
DECLARE_SCHEMA(ledger_lent, LEDGER_LENT_FIELDS);

#define LEDGER_RETURN_FIELDS(F, T)                                                                                     \
    F(T, TEXT, lease, "lease", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(LEASE_ID_MAX_BYTES), DOC("Its id."))                \
    F(T, INT, kept, "kept", REQUIRED, RANGE(0, LEASE_MAX_AMOUNT), DOC("What of the lease is, was or may still be charged: all beyond it is given back.")) \
    F(T, BOOL, over, "over", DEFAULT("false"), DOC("Nothing is held any more: kept is what was charged, to the unit."))
DECLARE_SCHEMA(ledger_return, LEDGER_RETURN_FIELDS);

#define LEDGER_GIVE_BACK_FIELDS(F, T)                                                                                  \
    F(T, INT, number, "number", REQUIRED, RANGE(1, INT64_MAX), DOC("Counts with the questions."))                      \
    F(T, LIST(ledger_return), returns, "returns", LIST_KEYS("lease"), MAX_ITEMS(LEDGER_MAX_RETURNS), DOC("One for each lease."))
DECLARE_SCHEMA(ledger_give_back, LEDGER_GIVE_BACK_FIELDS);

#define LEDGER_RETURNED_FIELDS(F, T)                                                                                   \
    F(T, INT, number, "number", REQUIRED, RANGE(1, INT64_MAX), DOC("Of the GiveBack: it is committed."))
DECLARE_SCHEMA(ledger_returned, LEDGER_RETURNED_FIELDS);

#define LEDGER_BOOKED_FIELDS(F, T)                                                                                     \
    F(T, TEXT, revision, "revision", REQUIRED, DOC("Of the Book: from now on it is lent by."))
DECLARE_SCHEMA(ledger_booked, LEDGER_BOOKED_FIELDS);
/* clang-format on */
