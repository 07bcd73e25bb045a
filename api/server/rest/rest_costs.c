/* GET /v1/costs?by=environment,model,provider&from=2026-11-01T00:00:00Z */
#include "api/server/ledger/ledger_costs.h"
#include "api/server/rest/rest_call.h"
#include "api/server/rest/rest_csv.h"
#include "api/types/runtime_cost.h"
#include "api/types/runtime_report.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"

struct costs_call {
    struct rest_call *rest;
    struct costs_question question;
};

static struct costs_question question_of(const struct rest_call *call);
static void on_answer(void *owner, const struct costs_answer *answer);
static struct costs_report report_of(const struct costs_call *asked, const struct costs_answer *answer);
static void fill_row(const struct cost_sum *sum, struct cost_row *row);
static void reply_csv(struct rest_call *call, const struct costs_report *report);

void
rest_answer_costs(struct rest_call *call)
{
    struct costs_call *asked = arena_alloc(call->arena, sizeof(*asked));
    *asked = (struct costs_call){call, question_of(call)};
    ledger_costs(rest_ledger(call), call->arena, &asked->question, on_answer, asked);
}

/* In the order of dimensions, whatever order they were asked in: it makes no other answer. */
static struct costs_question
question_of(const struct rest_call *call)
{
    const struct costs_query *query = call->query;
    struct costs_question question = {.scope = &call->asking.who.scope,
                                      .from_ms = query->from > 0 ? query->from : 0,
                                      .until_ms =
                                          query->until != FIELD_UNSET ? query->until : clock_unix_ms() + 1,
                                      .workspace = query->workspace,
                                      .environment = query->environment};
    for (int i = 0; i < USAGE_DIMENSION_COUNT; i++)
        for (size_t j = 0; j < query->by.count; j++)
            if (text_equals(query->by.items[j], text_of(usage_dimension_names[i])))
                question.by[question.by_count++] = (enum usage_dimension)i;
    return question;
}

static void
on_answer(void *owner, const struct costs_answer *answer)
{
    const struct costs_call *asked = owner;
    struct rest_call *call = asked->rest;
    if (answer->end == LEDGER_REFUSED) {
        rest_refuse(call, 400, text_of(answer->why.message));
        return;
    }
    if (answer->end != LEDGER_DONE) {
        rest_fail(call, &answer->why);
        return;
    }
    const struct costs_report report = report_of(asked, answer);
    if (call->format == REST_CSV)
        reply_csv(call, &report);
    else
        rest_reply_document(call,
                            schema_encode(call->arena, &costs_report_schema, &report, SCHEMA_ENCODE_PLAIN));
}

static struct costs_report
report_of(const struct costs_call *asked, const struct costs_answer *answer)
{
    struct arena *arena = asked->rest->arena;
    const struct costs_question *question = &asked->question;
    struct costs_report report;
    schema_set_defaults(&costs_report_schema, &report);
    report.from = question->from_ms - question->from_ms % USAGE_HOUR_MS;
    report.until = question->until_ms;
    report.idle = answer->idle_nano;
    if (answer->unpriced_ms > 0)
        report.unpriced_hours = runtime_print_hours(arena, answer->unpriced_ms, RUNTIME_DEVICE_HOUR);
    report.by.items = arena_alloc_array(arena, question->by_count + 1, sizeof(*report.by.items));
    for (; report.by.count < question->by_count; report.by.count++)
        report.by.items[report.by.count] = text_of(usage_dimension_names[question->by[report.by.count]]);
    report.rows.items = arena_alloc_array(arena, answer->row_count + 1, sizeof(*report.rows.items));
    for (; report.rows.count < answer->row_count; report.rows.count++)
        fill_row(&answer->rows[report.rows.count], &report.rows.items[report.rows.count]);
    return report;
}

static void
fill_row(const struct cost_sum *sum, struct cost_row *row)
{
    schema_set_defaults(&cost_row_schema, row);
    cost_row_set_dimensions(row, sum->by);
    row->calls = sum->calls;
    row->requests = sum->requests;
    row->tokens = sum->tokens;
    row->api_cost = sum->api_nano;
    row->runtime_cost = sum->runtime_nano;
    row->cost = sum->api_nano + sum->runtime_nano;
    if (sum->requests > 0)
        row->cost_per_request = runtime_cost_per_request(row->cost, sum->requests);
}

static void
reply_csv(struct rest_call *call, const struct costs_report *report)
{
    struct buffer csv;
    buffer_init(&csv, call->arena, 16384);
    rest_csv_add_heading(&csv, &cost_row_schema);
    for (size_t i = 0; i < report->rows.count; i++)
        rest_csv_add_row(
            &csv, &cost_row_schema,
            schema_encode(call->arena, &cost_row_schema, &report->rows.items[i], SCHEMA_ENCODE_PLAIN));
    rest_reply_text(call, rest_format_type(REST_CSV), buffer_text(&csv));
}
