/* GET /v1/alerts?workspace=retail-ai&budget=...&limit=100 */
#include "api/server/alert_document.h"
#include "api/server/ledger/ledger_alerts.h"
#include "api/server/rest/rest_call.h"
#include "api/server/rest/rest_cursor.h"
#include "lib/base/arena.h"

static void on_page(void *owner, const struct alerts_answer *answer);

void
rest_answer_alerts(struct rest_call *call)
{
    const struct alerts_query *query = call->query;
    struct alerts_question question = {.scope = &call->asking.who.scope,
                                       .workspace = query->workspace,
                                       .budget = query->budget,
                                       .from_ms = query->from > 0 ? query->from : 0,
                                       .until_ms = query->until != FIELD_UNSET ? query->until : INT64_MAX,
                                       .most_rows = (size_t)query->limit};
    if (text_is_empty(query->cursor) || rest_cursor_read_alert(call->arena, query->cursor, &question.after))
        ledger_alerts(rest_ledger(call), call->arena, &question, on_page, call);
    else
        rest_refuse(call, 400, TEXT("cursor: is not the `next` of an answer to this question"));
}

static void
on_page(void *owner, const struct alerts_answer *answer)
{
    struct rest_call *call = owner;
    if (answer->end != LEDGER_DONE) {
        rest_fail(call, &answer->why);
        return;
    }
    struct alert_page page;
    schema_set_defaults(&alert_page_schema, &page);
    page.alerts.items = arena_alloc_array(call->arena, answer->count, sizeof(*page.alerts.items));
    for (; page.alerts.count < answer->count; page.alerts.count++)
        page.alerts.items[page.alerts.count] =
            alert_document(call->arena, &answer->alerts[page.alerts.count]);
    if (answer->is_cut)
        page.next = rest_cursor_of_alert(call->arena, answer->alerts[answer->count - 1].id);
    rest_reply_document(call, schema_encode(call->arena, &alert_page_schema, &page, SCHEMA_ENCODE_PLAIN));
}
