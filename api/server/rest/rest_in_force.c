/* GET /v1/callers and /v1/prices: what each workspace declared last, of one list each. */
#include "api/server/rest/rest_in_force.h"

#include "api/server/rest/rest_cursor.h"
#include "lib/base/arena.h"
#include "lib/document/document_build.h"

struct asking {
    struct rest_call *call;
    in_force_page_fn on_page;
};

static void on_callers(struct rest_call *call, const struct in_force_page *page);
static void on_prices(struct rest_call *call, const struct in_force_page *page);
static void reply(struct rest_call *call, enum in_force_list list, const struct in_force_page *page);
static void on_answer(void *owner, const struct in_force_answer *answer);
static bool is_asked_for(const struct rest_call *call, const struct document *item);

void
rest_answer_callers(struct rest_call *call)
{
    rest_in_force_read(call, IN_FORCE_CALLERS, on_callers);
}

void
rest_answer_prices(struct rest_call *call)
{
    rest_in_force_read(call, IN_FORCE_PRICES, on_prices);
}

void
rest_in_force_read(struct rest_call *call, enum in_force_list list, in_force_page_fn on_page)
{
    struct asking *asking = arena_alloc(call->arena, sizeof(*asking));
    *asking = (struct asking){call, on_page};
    const struct in_force_query *query = call->query;
    struct in_force_question question = {
        .scope = &call->asking.who.scope, .list = list, .workspace = query->workspace};
    if (text_is_empty(query->cursor) || rest_cursor_read_declared(call->arena, query->cursor, &question.from))
        ledger_in_force(rest_ledger(call), call->arena, &question, on_answer, asking);
    else
        rest_refuse(call, 400, TEXT("cursor: is not the `next` of an answer to this question"));
}

static void
on_callers(struct rest_call *call, const struct in_force_page *page)
{
    reply(call, IN_FORCE_CALLERS, page);
}

static void
on_prices(struct rest_call *call, const struct in_force_page *page)
{
    reply(call, IN_FORCE_PRICES, page);
}

/* Items stand in the answer as they were declared. */
static void
reply(struct rest_call *call, enum in_force_list list, const struct in_force_page *page)
{
    struct document *body = document_new_map(call->arena);
    struct document *found = document_list_in(body, text_of(in_force_list_names[list]));
    for (size_t i = 0; i < page->count; i++)
        document_append(found, page->items[i]);
    if (!text_is_empty(page->next))
        document_set_text(body, "next", page->next);
    rest_reply_document(call, body);
}

static void
on_answer(void *owner, const struct in_force_answer *answer)
{
    const struct asking *asking = owner;
    struct rest_call *call = asking->call;
    const struct in_force_query *query = call->query;
    if (answer->end != LEDGER_DONE) {
        rest_fail(call, &answer->why);
        return;
    }
    struct in_force_page page = {
        .items = arena_alloc_array(call->arena, (size_t)query->limit, sizeof(*page.items))};
    size_t i = 0;
    for (; i < answer->count; i++) {
        if (!is_asked_for(call, answer->items[i].item))
            continue;
        if (page.count == (size_t)query->limit)
            break;
        page.items[page.count++] = answer->items[i].item;
    }
    if (i < answer->count)
        page.next = rest_cursor_of_declared(call->arena, &answer->items[i].place);
    else if (answer->is_cut)
        page.next = rest_cursor_of_declared(call->arena, &answer->rest);
    asking->on_page(call, &page);
}

static bool
is_asked_for(const struct rest_call *call, const struct document *item)
{
    const struct in_force_query *query = call->query;
    struct text workspace = document_text(document_find(item, TEXT("workspace")));
    return ledger_scope_has(&call->asking.who.scope, workspace) &&
           (text_is_empty(query->workspace) || text_equals(query->workspace, workspace)) &&
           (text_is_empty(query->environment) || in_force_is_in(item, query->environment));
}
