/* GET /v1/limits: those that are declared, and what is left of those that gateways share. */
#include "api/server/ledger/ledger_limits.h"
#include "api/server/rest/rest_in_force.h"
#include "api/types/limit_report.h"
#include "api/types/shared_limit.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/document/document_build.h"

struct limits_call {
    struct rest_call *rest;
    struct in_force_page page;
    struct limits_question question;
};

static void on_declared(struct rest_call *call, const struct in_force_page *page);
static struct text id_of(struct arena *arena, const struct document *item);
static void on_limits(void *owner, const struct limits_answer *answer);
static struct document *
standing_of(struct arena *arena, const struct document *item, const struct limit_state *limit);
static struct document *
account_of(struct arena *arena, const struct limit_state *limit, const struct limit_account_state *account);

void
rest_answer_limits(struct rest_call *call)
{
    rest_in_force_read(call, IN_FORCE_LIMITS, on_declared);
}

static void
on_declared(struct rest_call *call, const struct in_force_page *page)
{
    struct limits_call *asked = arena_alloc(call->arena, sizeof(*asked));
    struct text *ids = arena_alloc_array(call->arena, page->count, sizeof(*ids));
    for (size_t i = 0; i < page->count; i++)
        ids[i] = id_of(call->arena, page->items[i]);
    *asked = (struct limits_call){.rest = call,
                                  .page = *page,
                                  .question = {.ids = ids,
                                               .count = page->count,
                                               .now_ms = clock_unix_ms(),
                                               .most_accounts = LIMITS_REPORT_MAX_ACCOUNTS}};
    ledger_limits(rest_ledger(call), call->arena, &asked->question, on_limits, asked);
}

/* Empty: gateways do not share it. */
static struct text
id_of(struct arena *arena, const struct document *item)
{
    const struct document *written = document_find(item, TEXT("limit"));
    struct text mode = document_text(document_get(written, "from.mode"));
    int scope, unit;
    if (text_equals(mode, text_of(policy_mode_names[POLICY_MODE_SHADOW])) ||
        !schema_enum_parse(limit_scope_names, document_text(document_find(written, TEXT("scope"))), &scope) ||
        !schema_enum_parse(limit_unit_names, document_text(document_find(written, TEXT("unit"))), &unit))
        return (struct text){0};
    const struct gateway_limit limit = {.scope = (enum limit_scope)scope, .unit = (enum limit_unit)unit};
    return shared_limit_id(arena, document_text(document_find(item, TEXT("workspace"))),
                           document_text(document_find(item, TEXT("environment"))), &limit);
}

static void
on_limits(void *owner, const struct limits_answer *answer)
{
    struct limits_call *asked = owner;
    struct rest_call *call = asked->rest;
    if (answer->end != LEDGER_DONE) {
        rest_fail(call, &answer->why);
        return;
    }
    struct limits_report report = {.at = asked->question.now_ms,
                                   .minute = answer->minute_ms,
                                   .is_cut = answer->is_cut,
                                   .next = asked->page.next};
    struct document *body = schema_encode(call->arena, &limits_report_schema, &report, SCHEMA_ENCODE_PLAIN);
    struct document *limits = document_new_list(call->arena);
    for (size_t i = 0; i < asked->page.count; i++)
        document_append(limits, standing_of(call->arena, asked->page.items[i], &answer->limits[i]));
    document_set(body, TEXT("limits"), limits);
    rest_reply_document(call, body);
}

/* As it was declared, and how it stands. */
static struct document *
standing_of(struct arena *arena, const struct document *item, const struct limit_state *limit)
{
    struct document *standing = document_new_map(arena);
    for (size_t i = 0; i < document_count(item); i++)
        document_set(standing, document_key_at(item, i), document_value_at(item, i));
    document_set_bool(standing, "isShared", limit->is_shared);
    if (!limit->is_shared)
        return standing;
    struct document *accounts = document_list_in(standing, TEXT("accounts"));
    for (size_t i = 0; i < limit->count; i++)
        document_append(accounts, account_of(arena, limit, &limit->accounts[i]));
    return standing;
}

/* Of a limit that was lowered more may be on loan than there is. */
static struct document *
account_of(struct arena *arena, const struct limit_state *limit, const struct limit_account_state *account)
{
    int64_t taken = account->used + account->leased;
    const struct limit_account standing = {.owner = account->owner,
                                           .used = account->used,
                                           .leased = account->leased,
                                           .left = taken < limit->amount ? limit->amount - taken : 0,
                                           .gateways = account->gateways};
    return schema_encode(arena, &limit_account_schema, &standing, SCHEMA_ENCODE_PLAIN);
}
