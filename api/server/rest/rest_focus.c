/* GET /v1/exports/focus?version=1.2&from=2026-11-01T00:00:00Z&by=tag:cost-center, page after page as the
 * client takes it: an export of any length is in memory for one page. */
#include "api/server/ledger/ledger_hours.h"
#include "api/server/ledger/usage_remainder.h"
#include "api/server/rest/focus_row.h"
#include "api/server/rest/rest_call.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/net/http_server.h"

enum { PAGE_ROWS = 500, PAGE_BYTES = 262144 };

struct export
{
    struct rest_call *call;
    struct focus_options options;
    struct hours_question question;
    struct arena *page;               /* of the question that is with the ledger, and of its rows */
    struct usage_remainder remainder; /* of the row that the last page ended within */
    struct usage_rollup last;         /* of the page before; its texts are in: */
    char kept[USAGE_DIMENSION_COUNT][USAGE_DIMENSION_MAX_BYTES], kept_value[USAGE_PURPOSE_MAX_BYTES];
    bool is_started;
};

static void ask_page(struct export *export);
static void on_page(void *owner, const struct hours_answer *answer);
static void give_up(struct export *export, const struct error *why);
static const char *file_name(const struct export *export);
static void start_reply(struct export *export);
static bool send_rows(struct export *export, const struct hours_answer *answer);
static void add_row(struct export *export, const struct hours_row *row, struct buffer *csv);
static void keep_last(struct export *export, const struct usage_rollup *row);
static struct text keep(struct text text, char *room, size_t most_bytes);
static void on_writable(struct rest_call *call);
static void end_page(void *owner);

void
rest_answer_focus(struct rest_call *call)
{
    const struct focus_query *query = call->query;
    int64_t now_ms = clock_unix_ms(),
            until_ms = query->until != FIELD_UNSET ? query->until : now_ms - now_ms % USAGE_HOUR_MS;
    int64_t from_ms = query->from > 0 ? query->from : 0;
    struct export *export = arena_alloc(call->arena, sizeof(*export));
    *export = (struct export){.call = call,
                              .options = {query->version, query->account},
                              .question = {.scope = &call->asking.who.scope,
                                           .from_ms = from_ms - from_ms % USAGE_HOUR_MS,
                                           .until_ms = until_ms,
                                           .workspace = query->workspace,
                                           .purpose = query->by,
                                           .most_rows = PAGE_ROWS}};
    call->state = export;
    arena_defer(call->arena, end_page, export);
    if (text_equals(http_call_head(call->call)->method, TEXT("HEAD"))) {
        rest_start_csv(call, file_name(export));
        http_call_end_reply(call->call);
        return;
    }
    ask_page(export);
}

static void
ask_page(struct export *export)
{
    end_page(export);
    export->page = arena_new(PAGE_BYTES);
    ledger_hours(rest_ledger(export->call), export->page, &export->question, on_page, export);
}

static void
on_page(void *owner, const struct hours_answer *answer)
{
    struct export *export = owner;
    if (answer->end != LEDGER_DONE) {
        give_up(export, &answer->why);
        return;
    }
    if (!export->is_started)
        start_reply(export);
    bool is_last = answer->row_count < PAGE_ROWS, may_go_on = send_rows(export, answer);
    if (is_last)
        http_call_end_reply(export->call->call);
    else if (may_go_on)
        ask_page(export);
    else
        export->call->on_writable = on_writable;
}

/* One that has begun is cut, so that nobody takes it for whole. */
static void
give_up(struct export *export, const struct error *why)
{
    if (!export->is_started)
        rest_fail(export->call, why);
    else
        rest_cut(export->call, why);
}

static const char *
file_name(const struct export *export)
{
    return export->options.version == FOCUS_1_2 ? "focus-1.2.csv" : "focus-1.4.csv";
}

static void
start_reply(struct export *export)
{
    struct buffer heading;
    buffer_init(&heading, export->page, 4096);
    export->is_started = true;
    rest_start_csv(export->call, file_name(export));
    focus_add_heading(&heading, &export->options);
    (void)http_call_send(export->call->call, buffer_text(&heading)); /* the rows come next in any case */
}

static bool
send_rows(struct export *export, const struct hours_answer *answer)
{
    struct buffer csv;
    buffer_init(&csv, export->page, PAGE_BYTES);
    for (size_t i = 0; i < answer->row_count; i++)
        add_row(export, &answer->rows[i], &csv);
    if (answer->row_count > 0)
        keep_last(export, &answer->rows[answer->row_count - 1].sums);
    return http_call_send(export->call->call, buffer_text(&csv));
}

/* Parts as they are; of a whole what they leave. */
static void
add_row(struct export *export, const struct hours_row *row, struct buffer *csv)
{
    struct hours_row shown = *row;
    if (text_is_empty(row->sums.purpose.key)) {
        if (!usage_remainder_take(&export->remainder, &row->sums, &shown.sums))
            return;
    } else {
        usage_remainder_add_part(&export->remainder, &row->sums);
    }
    focus_add_row(csv, &export->options, &shown);
}

/* Its texts go with the page, and a long export must not gather them. */
static void
keep_last(struct export *export, const struct usage_rollup *row)
{
    export->last.hour_ms = row->hour_ms;
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        export->last.by[i] = keep(row->by[i], export->kept[i], sizeof(export->kept[i]));
    export->last.purpose.value = keep(row->purpose.value, export->kept_value, sizeof(export->kept_value));
    export->last.purpose.key = text_is_empty(row->purpose.key) ? TEXT("") : export->question.purpose;
    export->question.after = &export->last;
}

static struct text
keep(struct text text, char *room, size_t most_bytes)
{
    struct text kept = text_slice(text, 0, most_bytes);
    if (kept.length > 0)
        memcpy(room, kept.bytes, kept.length);
    return (struct text){room, kept.length};
}

static void
on_writable(struct rest_call *call)
{
    call->on_writable = NULL;
    ask_page(call->state);
}

static void
end_page(void *owner)
{
    struct export *export = owner;
    arena_free(export->page);
    export->page = NULL;
}
