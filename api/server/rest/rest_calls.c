/* GET /v1/calls?workspace=retail-ai&model=gpt-4.1-mini&limit=100, /v1/calls/{id} and /v1/calls/{id}/tries */
#include "api/server/ledger/ledger_calls.h"

#include "api/server/rest/rest_call.h"
#include "api/server/rest/rest_cursor.h"
#include "api/types/rest_answers.h"
#include "lib/base/buffer.h"

static void on_page(void *owner, const struct calls_answer *answer);
static void on_one(void *owner, const struct calls_answer *answer);
static void on_tries(void *owner, const struct calls_answer *answer);
static struct text print_page(struct arena *arena, const struct calls_answer *answer);

void
rest_answer_calls(struct rest_call *call)
{
    const struct calls_query *query = call->query;
    struct calls_question question = {.scope = &call->asking.who.scope,
                                      .from_ms = query->from > 0 ? query->from : 0,
                                      .until_ms = query->until != FIELD_UNSET ? query->until : INT64_MAX,
                                      .most_rows = (size_t)query->limit,
                                      .run = query->run,
                                      .only = {[USAGE_BY_WORKSPACE] = query->workspace,
                                               [USAGE_BY_ENVIRONMENT] = query->environment,
                                               [USAGE_BY_CALLER] = query->caller,
                                               [USAGE_BY_DEPLOYMENT] = query->deployment,
                                               [USAGE_BY_MODEL] = query->model,
                                               [USAGE_BY_PROVIDER] = query->provider,
                                               [USAGE_BY_OUTCOME] = query->outcome}};
    if (text_is_empty(query->cursor) || rest_cursor_read_call(call->arena, query->cursor, &question.after))
        ledger_calls(rest_ledger(call), call->arena, &question, on_page, call);
    else
        rest_refuse(call, 400, TEXT("cursor: is not the `next` of an answer to this question"));
}

void
rest_answer_call(struct rest_call *call)
{
    const struct call_path *path = call->parts;
    const struct call_question question = {.scope = &call->asking.who.scope, .id = path->id};
    ledger_call(rest_ledger(call), call->arena, &question, on_one, call);
}

/* A call has twenty tries at most; more are of one that a gateway made up. */
void
rest_answer_tries(struct rest_call *call)
{
    const struct call_path *path = call->parts;
    const struct call_question question = {&call->asking.who.scope, path->id, REST_CALLS_MAX_ROWS};
    ledger_tries(rest_ledger(call), call->arena, &question, on_tries, call);
}

static void
on_page(void *owner, const struct calls_answer *answer)
{
    struct rest_call *call = owner;
    if (answer->end == LEDGER_DONE)
        rest_reply_text(call, rest_format_type(REST_JSON), print_page(call->arena, answer));
    else
        rest_fail(call, &answer->why);
}

/* Somebody else's call is not there, as one that nobody made. */
static void
on_one(void *owner, const struct calls_answer *answer)
{
    struct rest_call *call = owner;
    if (answer->end != LEDGER_DONE)
        rest_fail(call, &answer->why);
    else if (answer->count == 0)
        rest_refuse(call, 404, TEXT("there is no call of this id"));
    else
        rest_reply_text(call, rest_format_type(REST_JSON), answer->calls[0].record);
}

static void
on_tries(void *owner, const struct calls_answer *answer)
{
    struct rest_call *call = owner;
    if (answer->end != LEDGER_DONE) {
        rest_fail(call, &answer->why);
        return;
    }
    struct calls_answer whole = *answer;
    whole.is_cut = false; /* there is no page after it */
    if (answer->count == 0)
        rest_refuse(call, 404, TEXT("there is no call of this id"));
    else
        rest_reply_text(call, rest_format_type(REST_JSON), print_page(call->arena, &whole));
}

/* Records were read as JSON when they came, so they stand in the list as they are: what a newer gateway wrote
 * is not lost. */
static struct text
print_page(struct arena *arena, const struct calls_answer *answer)
{
    struct buffer json;
    buffer_init(&json, arena, 16384);
    buffer_add_string(&json, "{\"calls\":[");
    for (size_t i = 0; i < answer->count; i++) {
        if (i > 0)
            buffer_add_byte(&json, ',');
        buffer_add_text(&json, answer->calls[i].record);
    }
    buffer_add_byte(&json, ']');
    if (answer->is_cut) {
        buffer_add_string(&json, ",\"next\":");
        buffer_add_json_string(&json, rest_cursor_of_call(arena, &answer->calls[answer->count - 1].place));
    }
    buffer_add_string(&json, "}\n");
    return buffer_text(&json);
}
