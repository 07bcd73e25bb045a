/* GET /v1/movers?by=environment,model&span=7d: hours that are over only, so that both spans are as long. */
#include "api/server/ledger/ledger_movers.h"
#include "api/server/rest/rest_call.h"
#include "api/server/rest/rest_csv.h"
#include "api/server/rest/rest_slice.h"
#include "api/types/usage_report.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/decimal.h"

struct movers_call {
    struct rest_call *rest;
    struct usage_question question;
};

static bool read_question(struct rest_call *call, struct usage_question *question);
static void on_answer(void *owner, const struct movers_answer *answer);
static struct movers_report report_of(const struct movers_call *asked, const struct movers_answer *answer);
static void fill_move(struct arena *arena, const struct usage_question *question,
                      const struct usage_mover *row, struct usage_move *move);
static void reply_csv(struct rest_call *call, const struct movers_report *report);

void
rest_answer_movers(struct rest_call *call)
{
    struct movers_call *asked = arena_alloc(call->arena, sizeof(*asked));
    *asked = (struct movers_call){.rest = call};
    if (read_question(call, &asked->question))
        ledger_movers(rest_ledger(call), call->arena, &asked->question, on_answer, asked);
}

static bool
read_question(struct rest_call *call, struct usage_question *question)
{
    const struct movers_query *query = call->query;
    int64_t until_ms = query->until != FIELD_UNSET ? query->until : clock_unix_ms();
    until_ms = until_ms > 0 ? until_ms - until_ms % USAGE_HOUR_MS : 0;
    *question = (struct usage_question){.scope = &call->asking.who.scope,
                                        .from_ms = until_ms - usage_span_ms(query->span),
                                        .until_ms = until_ms,
                                        .most_rows = (size_t)query->limit};
    return rest_slice_read(call, &query->by, query->cursor, question);
}

static void
on_answer(void *owner, const struct movers_answer *answer)
{
    struct movers_call *asked = owner;
    struct rest_call *call = asked->rest;
    if (answer->end != LEDGER_DONE) {
        rest_fail(call, &answer->why);
        return;
    }
    struct movers_report report = report_of(asked, answer);
    if (call->format == REST_CSV)
        reply_csv(call, &report);
    else
        rest_reply_document(call,
                            schema_encode(call->arena, &movers_report_schema, &report, SCHEMA_ENCODE_PLAIN));
}

static struct movers_report
report_of(const struct movers_call *asked, const struct movers_answer *answer)
{
    struct arena *arena = asked->rest->arena;
    const struct usage_question *question = &asked->question;
    struct movers_report report;
    schema_set_defaults(&movers_report_schema, &report);
    report.before = question->from_ms - (question->until_ms - question->from_ms);
    report.from = question->from_ms;
    report.until = question->until_ms;
    report.next = rest_slice_next(arena, question, answer->row_count, answer->is_cut);
    report.by = rest_slice_by(arena, question);
    report.rows.items = arena_alloc_array(arena, answer->row_count, sizeof(*report.rows.items));
    for (size_t i = 0; i < answer->row_count; i++)
        fill_move(arena, question, &answer->rows[i], &report.rows.items[report.rows.count++]);
    return report;
}

static void
fill_move(struct arena *arena, const struct usage_question *question, const struct usage_mover *row,
          struct usage_move *move)
{
    schema_set_defaults(&usage_move_schema, move);
    usage_move_set_dimensions(move, row->by);
    rest_slice_put_purpose(question, row->purpose,
                           &(const struct rest_slice_row){&move->run, &move->tool, &move->tag});
    move->calls = row->calls;
    move->calls_before = row->calls_before;
    move->cost = row->cost_nano;
    move->cost_before = row->cost_before_nano;
    move->difference = decimal_print_nano(arena, row->cost_nano - row->cost_before_nano);
}

static void
reply_csv(struct rest_call *call, const struct movers_report *report)
{
    struct buffer csv;
    buffer_init(&csv, call->arena, 16384);
    rest_csv_add_heading(&csv, &usage_move_schema);
    for (size_t i = 0; i < report->rows.count; i++)
        rest_csv_add_row(
            &csv, &usage_move_schema,
            schema_encode(call->arena, &usage_move_schema, &report->rows.items[i], SCHEMA_ENCODE_PLAIN));
    call->next = report->next;
    rest_reply_text(call, rest_format_type(REST_CSV), buffer_text(&csv));
}
