/* A sample moves its pod's place and leaves a claim there, which nobody else has; the statements behind it
 * add only where they find it. */
#include "api/server/ledger/ledger_samples.h"

#include "api/server/ledger/ledger_parts.h"
#include "api/types/runtime_cost.h"
#include "lib/base/arena.h"
#include "lib/base/id.h"

enum { WRITE_MS = 60000 }; /* of the largest batch */

struct sampling {
    struct arena *arena;
    const struct samples_batch *batch;
    samples_answer_fn on_answer;
    void *owner;
    struct text claim;
    size_t *places; /* numbers of the statements that move places */
    size_t place_count;
};

static const char move_place[] =
    "INSERT INTO runtime_pod (uid, until_ms, claim) VALUES ($1, $2, $3) ON CONFLICT (uid) DO UPDATE SET "
    "until_ms = excluded.until_ms, claim = excluded.claim WHERE runtime_pod.until_ms <= $4";
static const char add_amount[] =
    "INSERT INTO runtime_hour (hour_ms, workspace, environment, namespace, deployment, model, pod, node, "
    "told_by, resource, span_ms, requested, used, billed, cost_nano, unpriced_ms) SELECT CAST($1 AS bigint), "
    "CAST($2 AS text), CAST($3 AS text), CAST($4 AS text), CAST($5 AS text), CAST($6 AS text), CAST($7 AS "
    "text), CAST($8 AS text), CAST($9 AS text), CAST($10 AS text), CAST($11 AS bigint), CAST($12 AS bigint), "
    "CAST($13 AS bigint), CAST($14 AS bigint), CAST($15 AS bigint), CAST($16 AS bigint) WHERE EXISTS (SELECT "
    "1 FROM runtime_pod WHERE uid = $17 AND claim = $18) ON CONFLICT (hour_ms, workspace, environment, "
    "namespace, deployment, model, pod, node, told_by, resource) DO UPDATE SET span_ms = "
    "runtime_hour.span_ms + excluded.span_ms, requested = runtime_hour.requested + excluded.requested, used "
    "= runtime_hour.used + excluded.used, billed = runtime_hour.billed + excluded.billed, cost_nano = "
    "runtime_hour.cost_nano + excluded.cost_nano, unpriced_ms = runtime_hour.unpriced_ms + "
    "excluded.unpriced_ms";

static bool is_of_now(const struct samples_batch *batch, const struct runtime_sample *sample);
static void add_sample(struct sampling *sampling, struct sql_work *work, const struct runtime_sample *sample);
static void
add_one_amount(struct sql_work *work, const struct samples_batch *batch, const struct runtime_sample *sample,
               const struct runtime_amount *amount, struct text claim);
static void on_written(void *owner, const struct sql_outcome *outcome);

void
ledger_samples(struct ledger *ledger, struct arena *arena, const struct samples_batch *batch,
               samples_answer_fn on_answer, void *owner)
{
    struct sampling *sampling = arena_alloc(arena, sizeof(*sampling));
    struct samples_batch *kept = arena_alloc(arena, sizeof(*kept));
    *kept = *batch;
    *sampling = (struct sampling){
        .arena = arena, .batch = kept, .on_answer = on_answer, .owner = owner, .claim = id_new(arena)};
    sampling->places = arena_alloc_array(arena, batch->samples->count + 1, sizeof(*sampling->places));
    const struct sql_value forgotten[] = {sql_int(batch->now_ms - 2 * RUNTIME_OLDEST_MS)};
    struct sql_work *work = sql_work_new(arena, ledger->connections.records);
    sql_work_relax(work);
    sql_work_set_deadline(work, WRITE_MS);
    sql_work_add(work, "DELETE FROM runtime_pod WHERE until_ms < $1", forgotten, COUNT_OF(forgotten));
    for (size_t i = 0; i < batch->samples->count; i++)
        if (is_of_now(batch, &batch->samples->items[i]))
            add_sample(sampling, work, &batch->samples->items[i]);
    sql_work_run(work, on_written, sampling);
}

static bool
is_of_now(const struct samples_batch *batch, const struct runtime_sample *sample)
{
    return sample->from_ms >= batch->now_ms - RUNTIME_OLDEST_MS &&
           sample->until_ms <= batch->now_ms + RUNTIME_AHEAD_MS;
}

static void
add_sample(struct sampling *sampling, struct sql_work *work, const struct runtime_sample *sample)
{
    struct text claim =
        text_format(sampling->arena, "%.*s-%zu", TEXT_ARG(sampling->claim), sampling->place_count);
    const struct sql_value place[] = {sql_text(sample->uid), sql_int(sample->until_ms), sql_text(claim),
                                      sql_int(sample->from_ms)};
    sampling->places[sampling->place_count++] = sql_work_add(work, move_place, place, COUNT_OF(place));
    for (size_t i = 0; i < sample->amounts.count; i++)
        add_one_amount(work, sampling->batch, sample, &sample->amounts.items[i], claim);
}

static void
add_one_amount(struct sql_work *work, const struct samples_batch *batch, const struct runtime_sample *sample,
               const struct runtime_amount *amount, struct text claim)
{
    int64_t billed = runtime_billed(amount), span_ms = sample->until_ms - sample->from_ms, cost = 0;
    bool is_priced = runtime_price(batch->card, amount->resource, billed, &cost);
    const struct sql_value values[] = {
        sql_int(sample->from_ms - sample->from_ms % USAGE_HOUR_MS),
        sql_text(sample->workspace),
        sql_text(sample->environment),
        sql_text(sample->namespace),
        sql_text(sample->deployment),
        sql_text(sample->model),
        sql_text(sample->pod),
        sql_text(sample->node),
        sql_text(text_of(runtime_source_names[sample->told_by])),
        sql_text(amount->resource),
        sql_int(span_ms),
        sql_int(amount->requested),
        sql_int(amount->used),
        sql_int(billed),
        sql_int(cost),
        sql_int(is_priced || billed == 0 ? 0 : span_ms),
        sql_text(sample->uid),
        sql_text(claim),
    };
    sql_work_add(work, add_amount, values, COUNT_OF(values));
}

static void
on_written(void *owner, const struct sql_outcome *sql)
{
    struct sampling *sampling = owner;
    struct samples_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    for (size_t i = 0; answer.end == LEDGER_DONE && i < sampling->place_count; i++)
        answer.counted += sql->results[sampling->places[i]].affected_count;
    sampling->on_answer(sampling->owner, &answer);
}
