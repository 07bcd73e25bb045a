/* GET /v1/audit?action=PolicyChanged&workspace=retail-ai and GET /v1/audit/export, which is streamed page
 * after page as the client takes it. */
#include "api/audit/audit_remnant.h"
#include "api/server/ledger/ledger_audit.h"
#include "api/types/audit_questions.h"

#include "api/server/rest/rest_call.h"
#include "api/server/rest/rest_cursor.h"
#include "api/types/rest_answers.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/http_server.h"

enum { PAGE_ROWS = 500, PAGE_BYTES = 262144 };

struct export
{
    struct rest_call *call;
    struct audit_question question;
    struct arena *page; /* of the question that is with the ledger, and of its rows */
    int64_t left;       /* rows that may still be sent */
    bool is_started;
};

static void on_rows(void *owner, const struct audit_answer *answer);
static struct text print_rows(struct arena *arena, const struct audit_answer *answer);
static void ask_page(struct export *export);
static void on_page(void *owner, const struct audit_answer *answer);
static void start_reply(struct export *export);
static bool send_rows(struct export *export, const struct audit_answer *answer);
static void on_writable(struct rest_call *call);
static void end_page(void *owner);

void
rest_answer_audit(struct rest_call *call)
{
    const struct audit_query *query = call->query;
    struct audit_question question = {.scope = &call->asking.who.scope,
                                      .before_seq = INT64_MAX,
                                      .actor = query->actor,
                                      .workspace = query->workspace,
                                      .from_ms = query->from > 0 ? query->from : 0,
                                      .until_ms = query->until != FIELD_UNSET ? query->until : INT64_MAX,
                                      .most_rows = (size_t)query->limit};
    if (document_find(query->source, TEXT("action")))
        question.action = text_of(audit_action_names[query->action]);
    if (text_is_empty(query->cursor) ||
        (rest_cursor_read_rows(call->arena, query->cursor, &question.before_seq) && question.before_seq > 0))
        ledger_audit_rows(rest_ledger(call), call->arena, &question, on_rows, call);
    else
        rest_refuse(call, 400, TEXT("cursor: is not the `next` of an answer to this question"));
}

static void
on_rows(void *owner, const struct audit_answer *answer)
{
    struct rest_call *call = owner;
    if (answer->end == LEDGER_DONE)
        rest_reply_text(call, rest_format_type(REST_JSON), print_rows(call->arena, answer));
    else
        rest_fail(call, &answer->why);
}

/* As they are chained: another spelling would have another hash. */
static struct text
print_rows(struct arena *arena, const struct audit_answer *answer)
{
    struct buffer json;
    buffer_init(&json, arena, 16384);
    buffer_add_string(&json, "{\"rows\":[");
    for (size_t i = 0; i < answer->count; i++) {
        if (i > 0)
            buffer_add_byte(&json, ',');
        buffer_add_text(&json, answer->rows[i].line);
    }
    buffer_add_byte(&json, ']');
    if (answer->is_cut) {
        buffer_add_string(&json, ",\"next\":");
        buffer_add_json_string(&json, rest_cursor_of_rows(arena, answer->rows[answer->count - 1].seq));
    }
    buffer_add_string(&json, "}\n");
    return buffer_text(&json);
}

/* A chain with rows left out is none, so it is for who may see all. */
void
rest_answer_audit_export(struct rest_call *call)
{
    const struct audit_export_query *query = call->query;
    struct export *export = arena_alloc(call->arena, sizeof(*export));
    *export = (struct export){
        .call = call,
        .question = {.scope = &call->asking.who.scope, .after_seq = query->after, .until_ms = INT64_MAX},
        .left = query->limit > 0 ? query->limit : INT64_MAX};
    call->state = export;
    arena_defer(call->arena, end_page, export);
    if (!call->asking.who.scope.is_all) {
        rest_refuse(call, 403, TEXT("the audit log is exported whole: ask whoever may see every workspace"));
    } else if (text_equals(http_call_head(call->call)->method, TEXT("HEAD"))) {
        start_reply(export);
        http_call_end_reply(call->call);
    } else {
        ask_page(export);
    }
}

static void
ask_page(struct export *export)
{
    end_page(export);
    export->page = arena_new(PAGE_BYTES);
    export->question.most_rows = (size_t)(export->left < PAGE_ROWS ? export->left : PAGE_ROWS);
    ledger_audit_rows(rest_ledger(export->call), export->page, &export->question, on_page, export);
}

/* One that has begun is cut when it cannot go on, so that nobody takes it for whole. */
static void
on_page(void *owner, const struct audit_answer *answer)
{
    struct export *export = owner;
    if (answer->end != LEDGER_DONE) {
        if (export->is_started)
            rest_cut(export->call, &answer->why);
        else
            rest_fail(export->call, &answer->why);
        return;
    }
    if (!export->is_started)
        start_reply(export);
    bool may_go_on = send_rows(export, answer), is_last = !answer->is_cut || export->left == 0;
    if (is_last)
        http_call_end_reply(export->call->call);
    else if (may_go_on)
        ask_page(export);
    else
        export->call->on_writable = on_writable;
}

static void
start_reply(struct export *export)
{
    export->is_started = true;
    rest_start_file(export->call, REST_JSONL, "audit.jsonl");
}

static bool
send_rows(struct export *export, const struct audit_answer *answer)
{
    struct buffer lines;
    buffer_init(&lines, export->page, PAGE_BYTES);
    for (size_t i = 0; i < answer->count; i++) {
        const struct kept_row *row = &answer->rows[i];
        const struct audit_remnant remnant = {row->seq, row->hash};
        buffer_add_text(&lines,
                        row->line.length > 0 ? row->line : audit_remnant_print(export->page, &remnant));
        buffer_add_byte(&lines, '\n');
        export->question.after_seq = answer->rows[i].seq;
    }
    export->left -= (int64_t)answer->count;
    return answer->count == 0 || http_call_send(export->call->call, buffer_text(&lines));
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
