/* What the ledger's verbs share. For api/server/ledger/ledger*.c only. */
#pragma once

#include "api/server/ledger/ledger.h"
#include "api/server/ledger/ledger_connections.h"
#include "api/server/ledger/ledger_sql.h"
#include "lib/sql/sql.h"

struct ledger {
    struct arena *arena;
    struct ledger_connections connections;
    struct ledger_statements statements;
    struct map *questions; /* texts of statements that were asked for */
    struct map *zones;     /* struct time_zone, by name: those that budgets had */
    struct watched_budgets *watched;
};

/* The end of a question that has no answer but how it went; SQL_UNMET becomes `unmet`. */
struct ledger_outcome ledger_outcome_of(const struct sql_outcome *outcome, enum ledger_end unmet);

/* A statement's text that lives as long as the ledger: each is prepared once. There must be few. */
const char *ledger_keep_text(struct ledger *ledger, struct text text);
/* The columns of ledger_sql_add_sums, from `column` on. */
MUST_CHECK bool ledger_read_sums(const struct sql_result *result, size_t row, size_t column,
                                 struct usage_rollup *out_sums, struct error *err);
/* A question that only reads, for people. They are answered one after the other, so who asks for too much
 * gives up soon. */
struct sql_work *ledger_reading_work(struct ledger *ledger, struct arena *arena);
/* Its end. */
enum ledger_end ledger_end_of(const struct sql_outcome *outcome, struct error *out_why);
/* How many of its rows are the page's: one more than the most was asked for, to know whether it goes on. */
size_t ledger_page_rows(const struct sql_result *result, size_t most, bool *out_is_cut);
