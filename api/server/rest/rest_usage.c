/* GET /v1/usage?by=environment,model&from=2026-11-01T00:00:00Z&workspace=retail-ai&over=day */
#include "api/server/rest/rest_call.h"
#include "api/server/rest/rest_csv.h"
#include "api/server/rest/rest_slice.h"
#include "api/types/usage_report.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"

struct usage_call {
    struct rest_call *rest;
    struct usage_question question;
};

static bool read_question(struct rest_call *call, struct usage_question *question);
static void on_answer(void *owner, const struct usage_answer *answer);
static struct usage_report report_of(const struct usage_call *asked, const struct usage_answer *answer);
static void
fill_sum(const struct usage_question *question, const struct usage_rollup *row, struct usage_sum *sum);
static void reply_csv(struct rest_call *call, const struct usage_report *report);

void
rest_answer_usage(struct rest_call *call)
{
    struct usage_call *asked = arena_alloc(call->arena, sizeof(*asked));
    *asked = (struct usage_call){.rest = call};
    if (read_question(call, &asked->question))
        ledger_usage(rest_ledger(call), call->arena, &asked->question, on_answer, asked);
}

static bool
read_question(struct rest_call *call, struct usage_question *question)
{
    static const int64_t over_ms[] = {
        [USAGE_OVER_ALL] = 0, [USAGE_OVER_HOUR] = USAGE_HOUR_MS, [USAGE_OVER_DAY] = USAGE_DAY_MS};
    const struct usage_query *query = call->query;
    *question =
        (struct usage_question){.scope = &call->asking.who.scope,
                                .over_ms = over_ms[query->over],
                                .from_ms = query->from > 0 ? query->from : 0,
                                .until_ms = query->until != FIELD_UNSET ? query->until : clock_unix_ms() + 1,
                                .most_rows = (size_t)query->limit};
    return rest_slice_read(call, &query->by, query->cursor, question);
}

static void
on_answer(void *owner, const struct usage_answer *answer)
{
    struct usage_call *asked = owner;
    struct rest_call *call = asked->rest;
    if (answer->end != LEDGER_DONE) {
        rest_fail(call, &answer->why);
        return;
    }
    struct usage_report report = report_of(asked, answer);
    if (call->format == REST_CSV)
        reply_csv(call, &report);
    else
        rest_reply_document(call,
                            schema_encode(call->arena, &usage_report_schema, &report, SCHEMA_ENCODE_PLAIN));
}

static struct usage_report
report_of(const struct usage_call *asked, const struct usage_answer *answer)
{
    struct arena *arena = asked->rest->arena;
    const struct usage_question *question = &asked->question;
    struct usage_report report;
    schema_set_defaults(&usage_report_schema, &report);
    report.from = question->from_ms - question->from_ms % USAGE_HOUR_MS;
    report.until = question->until_ms;
    report.next = rest_slice_next(arena, question, answer->row_count, answer->is_cut);
    report.by = rest_slice_by(arena, question);
    report.rows.items = arena_alloc_array(arena, answer->row_count, sizeof(*report.rows.items));
    for (size_t i = 0; i < answer->row_count; i++)
        fill_sum(question, &answer->rows[i], &report.rows.items[report.rows.count++]);
    return report;
}

static void
fill_sum(const struct usage_question *question, const struct usage_rollup *row, struct usage_sum *sum)
{
    schema_set_defaults(&usage_sum_schema, sum);
    if (question->over_ms > 0)
        sum->time = row->hour_ms;
    usage_sum_set_dimensions(sum, row->by);
    rest_slice_put_purpose(question, row->purpose.value,
                           &(const struct rest_slice_row){&sum->run, &sum->tool, &sum->tag});
    sum->calls = row->calls;
    sum->tries = row->tries;
    sum->unpriced_calls = row->unpriced_calls;
    sum->cost = row->cost_nano;
    usage_sum_set_vector(sum, &row->used);
}

/* Whether there is more stands in a header: a last line that is no row would be added up by somebody. */
static void
reply_csv(struct rest_call *call, const struct usage_report *report)
{
    struct buffer csv;
    buffer_init(&csv, call->arena, 16384);
    rest_csv_add_heading(&csv, &usage_sum_schema);
    for (size_t i = 0; i < report->rows.count; i++)
        rest_csv_add_row(
            &csv, &usage_sum_schema,
            schema_encode(call->arena, &usage_sum_schema, &report->rows.items[i], SCHEMA_ENCODE_PLAIN));
    call->next = report->next;
    rest_reply_text(call, rest_format_type(REST_CSV), buffer_text(&csv));
}
