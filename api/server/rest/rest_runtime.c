/* GET /v1/runtime?from=2026-11-01T00:00:00Z&workspace=retail-ai&over=day */
#include "api/server/ledger/ledger_runtime.h"
#include "api/server/rest/rest_call.h"
#include "api/server/rest/rest_csv.h"
#include "api/server/rest/rest_cursor.h"
#include "api/types/runtime_cost.h"
#include "api/types/runtime_report.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"

struct runtime_call {
    struct rest_call *rest;
    struct runtime_question question;
};

static bool read_question(struct rest_call *call, struct runtime_question *question);
static void on_answer(void *owner, const struct runtime_answer *answer);
static void
fill_row(const struct runtime_call *asked, const struct runtime_sum *sum, struct runtime_row *row);
static void fill_money(const struct runtime_sum *sum, struct runtime_row *row);
static void reply_csv(struct rest_call *call, const struct runtime_report *report);

void
rest_answer_runtime(struct rest_call *call)
{
    struct runtime_call *asked = arena_alloc(call->arena, sizeof(*asked));
    *asked = (struct runtime_call){.rest = call};
    if (read_question(call, &asked->question))
        ledger_runtime(rest_ledger(call), call->arena, &asked->question, on_answer, asked);
}

static bool
read_question(struct rest_call *call, struct runtime_question *question)
{
    static const int64_t over_ms[] = {
        [USAGE_OVER_ALL] = 0, [USAGE_OVER_HOUR] = USAGE_HOUR_MS, [USAGE_OVER_DAY] = USAGE_DAY_MS};
    const struct runtime_query *query = call->query;
    *question = (struct runtime_question){.scope = &call->asking.who.scope,
                                          .over_ms = over_ms[query->over],
                                          .from_ms = query->from > 0 ? query->from : 0,
                                          .until_ms = query->until != FIELD_UNSET ? query->until
                                                                                  : clock_unix_ms() + 1,
                                          .workspace = query->workspace,
                                          .environment = query->environment,
                                          .deployment = query->deployment,
                                          .model = query->model,
                                          .most_rows = (size_t)query->limit};
    if (text_is_empty(query->cursor) ||
        rest_cursor_read_rows(call->arena, query->cursor, &question->skip_rows))
        return true;
    rest_refuse(call, 400, TEXT("cursor: is not the `next` of an answer to this question"));
    return false;
}

static void
on_answer(void *owner, const struct runtime_answer *answer)
{
    const struct runtime_call *asked = owner;
    const struct runtime_question *question = &asked->question;
    struct rest_call *call = asked->rest;
    struct runtime_report report;
    if (answer->end != LEDGER_DONE) {
        rest_fail(call, &answer->why);
        return;
    }
    schema_set_defaults(&runtime_report_schema, &report);
    report.from = question->from_ms - question->from_ms % USAGE_HOUR_MS;
    report.until = question->until_ms;
    if (answer->is_cut)
        report.next = rest_cursor_of_rows(call->arena, question->skip_rows + (int64_t)answer->row_count);
    report.rows.items = arena_alloc_array(call->arena, answer->row_count + 1, sizeof(*report.rows.items));
    for (size_t i = 0; i < answer->row_count; i++)
        fill_row(asked, &answer->rows[i], &report.rows.items[report.rows.count++]);
    if (call->format == REST_CSV)
        reply_csv(call, &report);
    else
        rest_reply_document(call,
                            schema_encode(call->arena, &runtime_report_schema, &report, SCHEMA_ENCODE_PLAIN));
}

static void
fill_row(const struct runtime_call *asked, const struct runtime_sum *sum, struct runtime_row *row)
{
    struct arena *arena = asked->rest->arena;
    const struct runtime_had *cpu = &sum->had[RUNTIME_CLASS_CPU], *memory = &sum->had[RUNTIME_CLASS_MEMORY];
    schema_set_defaults(&runtime_row_schema, row);
    if (asked->question.over_ms > 0)
        row->time = sum->hour_ms;
    row->workspace = sum->workspace;
    row->environment = sum->environment;
    row->deployment = sum->deployment;
    row->model = sum->model;
    row->pod_hours = runtime_print_hours(arena, sum->span_ms, RUNTIME_DEVICE_HOUR);
    row->core_hours_requested = runtime_print_hours(arena, cpu->requested, RUNTIME_CORE_HOUR);
    row->core_hours_used = runtime_print_hours(arena, cpu->used, RUNTIME_CORE_HOUR);
    row->core_hours = runtime_print_hours(arena, cpu->billed, RUNTIME_CORE_HOUR);
    row->gib_hours_requested = runtime_print_hours(arena, memory->requested, RUNTIME_GIB_HOUR);
    row->gib_hours_used = runtime_print_hours(arena, memory->used, RUNTIME_GIB_HOUR);
    row->gib_hours = runtime_print_hours(arena, memory->billed, RUNTIME_GIB_HOUR);
    row->device_hours =
        runtime_print_hours(arena, sum->had[RUNTIME_CLASS_DEVICES].billed, RUNTIME_DEVICE_HOUR);
    if (sum->unpriced_ms > 0)
        row->unpriced_hours = runtime_print_hours(arena, sum->unpriced_ms, RUNTIME_DEVICE_HOUR);
    if (sum->cost_nano > 0 || sum->unpriced_ms == 0)
        fill_money(sum, row);
    if (text_is_empty(sum->model))
        return;
    row->requests = sum->requests;
    row->tokens = sum->tokens;
}

static void
fill_money(const struct runtime_sum *sum, struct runtime_row *row)
{
    row->cost = sum->cost_nano;
    row->cpu_cost = sum->had[RUNTIME_CLASS_CPU].cost_nano;
    row->memory_cost = sum->had[RUNTIME_CLASS_MEMORY].cost_nano;
    row->device_cost = sum->had[RUNTIME_CLASS_DEVICES].cost_nano;
    if (text_is_empty(sum->model))
        return;
    row->allotted = sum->allotted_nano;
    row->idle = sum->cost_nano - sum->allotted_nano;
    if (sum->requests > 0)
        row->cost_per_request = runtime_cost_per_request(sum->cost_nano, sum->requests);
}

static void
reply_csv(struct rest_call *call, const struct runtime_report *report)
{
    struct buffer csv;
    buffer_init(&csv, call->arena, 16384);
    rest_csv_add_heading(&csv, &runtime_row_schema);
    for (size_t i = 0; i < report->rows.count; i++)
        rest_csv_add_row(
            &csv, &runtime_row_schema,
            schema_encode(call->arena, &runtime_row_schema, &report->rows.items[i], SCHEMA_ENCODE_PLAIN));
    call->next = report->next;
    rest_reply_text(call, rest_format_type(REST_CSV), buffer_text(&csv));
}
