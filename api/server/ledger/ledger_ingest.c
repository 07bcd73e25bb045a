/* One transaction of six kinds of statements: the journal's place, the rows, what is spoilt, the sums (of
 * all, then by purpose), what the audit log has of refusals, the budgets. Who leases are never changes, so
 * that is asked for before. */
#include "api/server/ledger/ledger_audit.h"
#include "api/server/ledger/ledger_charges.h"
#include "api/server/ledger/ledger_migrations.h"
#include "api/server/ledger/watched_budgets.h"
#include "lib/base/arena.h"

enum { MOST_TRIES = 16 }; /* each time another book came in between */
/* Some milliseconds; of fewer the sums, which are written once a batch, would cost as much as the records. */
enum { MOST_ALONE = 256, MOST_BESIDE = 1000 };

struct ingesting {
    struct ledger *ledger;
    struct arena *arena;
    const struct usage_batch *batch;
    ledger_done_fn on_done;
    void *owner;
    bool wants_leases, wants_watched; /* what is read before */
    struct text revision;             /* of the book that this was decided by */
    int tries;
    size_t copied;
    size_t first_charge; /* number of its statement */
    struct crossings crossings;
};

/* In the order of next_row. */
static const char *const columns[] = {"journal",     "number",       "id",      "time_ms",    "workspace",
                                      "environment", "team",         "caller",  "deployment", "model",
                                      "provider",    "target_model", "outcome", "cost_nano",  "call",
                                      "run",         "record"};

static void look(struct ingesting *ingesting);
static void on_read(void *owner, const struct sql_outcome *outcome);
static bool take_read(struct ingesting *ingesting, const struct sql_result *results, struct error *err);
static void keep(struct ingesting *ingesting);
static bool next_row(void *owner, struct sql_value *out_values);
static void add_spoilt(struct sql_work *work, const struct ledger *ledger, const struct usage_batch *batch);
static void add_rollup(struct sql_work *work, const char *statement, const struct usage_rollup *rollup);
static void add_day(struct sql_work *work, const char *statement, const struct usage_rollup *day);
static size_t fill_sums(const struct usage_rollup *rollup, struct sql_value *params);
static void look_for_schema(struct ingesting *ingesting);
static void on_schema(void *owner, const struct sql_outcome *outcome);
static void on_ingested(void *owner, const struct sql_outcome *outcome);

int64_t
ledger_batch_records(const struct ledger *ledger)
{
    return sql_is_concurrent(ledger->connections.records) ? MOST_BESIDE : MOST_ALONE;
}

void
ledger_ingest(struct ledger *ledger, struct arena *arena, const struct usage_batch *batch,
              ledger_done_fn on_done, void *owner)
{
    struct ingesting *ingesting = arena_alloc(arena, sizeof(*ingesting));
    *ingesting = (struct ingesting){
        .ledger = ledger, .arena = arena, .batch = batch, .on_done = on_done, .owner = owner};
    ingesting->wants_leases = batch->charges.leased_count > 0;
    ingesting->wants_watched = !watched_budgets_is_known(ledger->watched);
    if (ingesting->wants_leases || ingesting->wants_watched)
        look(ingesting);
    else
        keep(ingesting);
}

static void
look(struct ingesting *ingesting)
{
    struct sql_work *work = sql_work_new(ingesting->arena, ingesting->ledger->connections.records);
    sql_work_relax(work);
    if (ingesting->wants_leases)
        ledger_charges_add_reads(work, ingesting->batch);
    if (ingesting->wants_watched)
        watched_budgets_add_read(work);
    sql_work_run(work, on_read, ingesting);
}

/* Where the journal stands elsewhere, the book is still the one that this was decided by. */
static void
on_read(void *owner, const struct sql_outcome *sql)
{
    struct ingesting *ingesting = owner;
    struct ledger_outcome outcome = ledger_outcome_of(sql, LEDGER_FAILED);
    if (outcome.end == LEDGER_DONE && !take_read(ingesting, sql->results, &outcome.why))
        outcome.end = outcome.why.kind == ERROR_DENIED ? LEDGER_REFUSED : LEDGER_FAILED;
    if (outcome.end == LEDGER_DONE && ingesting->tries > 0 &&
        text_equals(ingesting->revision, watched_budgets_revision(ingesting->ledger->watched)))
        outcome.end = LEDGER_BEHIND;
    if (outcome.end == LEDGER_DONE)
        keep(ingesting);
    else
        ingesting->on_done(ingesting->owner, &outcome);
}

static bool
take_read(struct ingesting *ingesting, const struct sql_result *results, struct error *err)
{
    size_t leases = ingesting->wants_leases ? ingesting->batch->charges.leased_count : 0;
    return (leases == 0 || ledger_charges_check(ingesting->batch, results, err)) &&
           (!ingesting->wants_watched ||
            watched_budgets_take(ingesting->ledger->watched, &results[leases], err));
}

static void
keep(struct ingesting *ingesting)
{
    const struct ledger *ledger = ingesting->ledger;
    const struct usage_batch *batch = ingesting->batch;
    struct sql_work *work = sql_work_new(ingesting->arena, ledger->connections.records);
    ingesting->tries++;
    ingesting->copied = 0;
    ingesting->revision = text_copy(ingesting->arena, watched_budgets_revision(ledger->watched));
    const struct sql_value place[] = {sql_text(batch->origin.journal), sql_int(batch->first + batch->count),
                                      sql_int(batch->first), sql_text(ingesting->revision),
                                      sql_int(LEDGER_SCHEMA_VERSION)};
    sql_work_relax(work);
    sql_work_add(work, ledger->statements.advance, place, COUNT_OF(place));
    sql_work_expect_rows(work);
    if (batch->row_count > 0)
        sql_copy(work, "usage", columns, COUNT_OF(columns), (struct sql_rows){next_row, ingesting});
    add_spoilt(work, ledger, batch);
    for (size_t i = 0; i < batch->rollup_count; i++)
        add_rollup(work, ledger->statements.add_hour, batch->rollups[i]);
    for (size_t i = 0; i < batch->day_count; i++)
        add_day(work, ledger->statements.add_day, batch->days[i]);
    for (size_t i = 0; i < batch->purpose_count; i++)
        add_rollup(work, ledger->statements.add_purpose, batch->purposes[i]);
    ledger_audit_copy(work, ingesting->arena, batch->refusals, batch->refusal_count);
    ingesting->crossings = crossings_new(ingesting->arena, ledger->watched, batch->charges.count);
    ingesting->first_charge = ledger_charges_add(work, batch, &ingesting->crossings);
    sql_work_run(work, on_ingested, ingesting);
}

static bool
next_row(void *owner, struct sql_value *out_values)
{
    struct ingesting *ingesting = owner;
    const struct usage_batch *batch = ingesting->batch;
    if (ingesting->copied == batch->row_count)
        return false;
    const struct usage_row *row = &batch->rows[ingesting->copied];
    *out_values++ = sql_text(batch->origin.journal);
    *out_values++ = sql_int(batch->numbers[ingesting->copied++]);
    *out_values++ = sql_text(row->id);
    *out_values++ = sql_int(row->time_ms);
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        *out_values++ = sql_text(row->by[i]);
    *out_values++ = row->is_priced || row->cost_nano > 0 ? sql_int(row->cost_nano) : sql_null();
    *out_values++ = sql_text(row->call);
    *out_values++ = sql_text(row->run);
    *out_values++ = sql_text(row->record);
    return true;
}

static void
add_spoilt(struct sql_work *work, const struct ledger *ledger, const struct usage_batch *batch)
{
    for (size_t i = 0; i < batch->spoilt_count; i++) {
        const struct usage_spoilt *spoilt = &batch->spoilt[i];
        const struct sql_value params[] = {sql_text(batch->origin.journal), sql_int(spoilt->number),
                                           sql_bytes(spoilt->record), sql_text(spoilt->reason)};
        sql_work_add(work, ledger->statements.spoil, params, COUNT_OF(params));
    }
}

static void
add_rollup(struct sql_work *work, const char *statement, const struct usage_rollup *rollup)
{
    struct sql_value params[LEDGER_PURPOSE_COLUMNS];
    size_t count = fill_sums(rollup, params);
    if (!text_is_empty(rollup->purpose.key)) {
        params[count++] = sql_text(rollup->purpose.key);
        params[count++] = sql_text(rollup->purpose.value);
    }
    sql_work_add(work, statement, params, count);
}

static void
add_day(struct sql_work *work, const char *statement, const struct usage_rollup *day)
{
    struct sql_value params[LEDGER_DAY_COLUMNS];
    size_t count = fill_sums(day, params);
    params[count++] = sql_int(day->first_ms);
    sql_work_add(work, statement, params, count);
}

/* LEDGER_HOUR_COLUMNS of them. */
static size_t
fill_sums(const struct usage_rollup *rollup, struct sql_value *params)
{
    size_t count = 0;
    params[count++] = sql_int(rollup->hour_ms);
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        params[count++] = sql_text(rollup->by[i]);
    params[count++] = sql_int(rollup->calls);
    params[count++] = sql_int(rollup->tries);
    params[count++] = sql_int(rollup->unpriced_calls);
    params[count++] = sql_int(rollup->cost_nano);
    for (size_t i = 0; i < USAGE_CLASS_COUNT; i++)
        params[count++] = sql_int(usage_vector_count(&rollup->used, (enum usage_class)i));
    return count;
}

/* Whoever migrated it keeps sums that are not known here: they would be wrong from now on. */
static void
look_for_schema(struct ingesting *ingesting)
{
    struct sql_work *work = sql_work_new(ingesting->arena, ingesting->ledger->connections.records);
    sql_work_relax(work);
    sql_work_add(work, "SELECT max(version) FROM weir_schema", NULL, 0);
    sql_work_run(work, on_schema, ingesting);
}

static void
on_schema(void *owner, const struct sql_outcome *sql)
{
    struct ingesting *ingesting = owner;
    struct ledger_outcome outcome = ledger_outcome_of(sql, LEDGER_FAILED);
    int64_t version = 0;
    if (outcome.end == LEDGER_DONE && !sql_result_int(&sql->results[0], 0, 0, &version, &outcome.why))
        outcome.end = LEDGER_FAILED;
    if (outcome.end == LEDGER_DONE && version > LEDGER_SCHEMA_VERSION) {
        error_set(
            &outcome.why, ERROR_UNAVAILABLE,
            "the database is of version %lld, this weir-api knows only %d: it takes no records before it "
            "is as new as who migrated it",
            (long long)version, LEDGER_SCHEMA_VERSION);
        outcome.end = LEDGER_FAILED;
    }
    if (outcome.end != LEDGER_DONE) {
        ingesting->on_done(ingesting->owner, &outcome);
        return;
    }
    ingesting->wants_leases = false;
    ingesting->wants_watched = true;
    look(ingesting);
}

static void
on_ingested(void *owner, const struct sql_outcome *sql)
{
    struct ingesting *ingesting = owner;
    if (sql->end == SQL_UNMET && ingesting->tries < MOST_TRIES) {
        look_for_schema(ingesting);
        return;
    }
    struct ledger_outcome outcome = ledger_outcome_of(sql, LEDGER_FAILED);
    if (sql->end == SQL_UNMET)
        error_set(&outcome.why, ERROR_CONFLICT, "others bring books all the time");
    outcome.next = ingesting->batch->first + ingesting->batch->count;
    if (outcome.end == LEDGER_DONE) {
        outcome.noted = ledger_charges_overdrawn(ingesting->batch, sql->results, ingesting->first_charge);
        outcome.alerts = crossings_made(&ingesting->crossings, sql->results);
    }
    ingesting->on_done(ingesting->owner, &outcome);
}
