/* A limit as the database has it. For api/server/ledger/ledger_*.c only. */
#pragma once

#include "api/server/ledger/ledger_parts.h"
#include "api/types/shared_limit.h"

/* Those in the book: "SELECT " LEDGER_LIMIT_COLUMNS " FROM " LEDGER_LIMITS " WHERE call_limit.id = $1". */
#define LEDGER_LIMIT_COLUMNS "call_limit.id, scope, unit, call_limit.amount"
#define LEDGER_LIMITS "call_limit JOIN book ON book.revision = call_limit.revision"
/* Of a lease: it is of a limit, as shared_limit_is_id says. An index has this word for word. */
#define LEDGER_IS_OF_LIMIT "substr(budget, 1, 6) = 'limit:'"

/* Fills those columns' members; texts live as long as the result. */
MUST_CHECK bool ledger_limit_row_take(const struct sql_result *result, size_t row,
                                      struct shared_limit *out_limit, struct error *err);
/* One statement: the limit as the book of this revision has it. */
void
ledger_limit_row_add_write(struct sql_work *work, const struct shared_limit *limit, struct text revision);
