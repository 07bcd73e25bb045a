/* What the questions share that only read. */
#include "api/server/ledger/ledger_parts.h"
#include "lib/base/map.h"

enum { DEADLINE_MS = 5000, PLAIN_SUMS = 4 }; /* calls, tries, unpriced_calls, cost_nano */

const char *
ledger_keep_text(struct ledger *ledger, struct text text)
{
    const char *kept = map_find(ledger->questions, text);
    if (kept)
        return kept;
    char *made = text_c_string(ledger->arena, text);
    map_set(ledger->questions, text_of(made), made);
    return made;
}

bool
ledger_read_sums(const struct sql_result *result, size_t row, size_t column, struct usage_rollup *out_sums,
                 struct error *err)
{
    int64_t plain[PLAIN_SUMS];
    for (size_t i = 0; i < PLAIN_SUMS; i++)
        if (!sql_result_int(result, row, column++, &plain[i], err))
            return false;
    out_sums->calls = plain[0];
    out_sums->tries = plain[1];
    out_sums->unpriced_calls = plain[2];
    out_sums->cost_nano = plain[3];
    for (int i = 0; i < USAGE_CLASS_COUNT; i++) {
        int64_t count;
        if (!sql_result_int(result, row, column++, &count, err))
            return false;
        usage_vector_set(&out_sums->used, (enum usage_class)i, count);
    }
    return true;
}

struct sql_work *
ledger_reading_work(struct ledger *ledger, struct arena *arena)
{
    struct sql_work *work = sql_work_new(arena, ledger->connections.questions);
    sql_work_relax(work);
    sql_work_set_deadline(work, DEADLINE_MS);
    return work;
}

enum ledger_end
ledger_end_of(const struct sql_outcome *outcome, struct error *out_why)
{
    struct ledger_outcome end = ledger_outcome_of(outcome, LEDGER_FAILED);
    *out_why = end.why;
    return end.end;
}

size_t
ledger_page_rows(const struct sql_result *result, size_t most, bool *out_is_cut)
{
    *out_is_cut = result->row_count > most;
    return *out_is_cut ? most : result->row_count;
}
