/* Nothing is sent before the most that it can cost is held, in each budget that must not be overshot. When
 * less is left the answer is clamped to what there is, or the call refused; when the leases in hand do not
 * suffice it waits while the ledger is asked. What it really cost replaces the hold on the way out. */
#include "gateway/budget_wording.h"
#include "gateway/call_budget.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/clock.h"

enum { ASK_AGAIN_MS = 2000 };

static struct budget_words
words_of(const struct exchange *exchange, const struct gateway_budget *budget)
{
    return (struct budget_words){
        .budget = budget,
        .workspace = exchange->gateway->workspace,
        .environment = exchange->gateway->environment,
        .caller = exchange->caller->name,
        .deployment = exchange->workload ? exchange->workload->deployment : TEXT(""),
        .model = exchange->request.model,
        .run = exchange->purpose.run,
        .tag_value = text_pair_list_find(&exchange->purpose.tags, budget->tag_key),
        .owner = exchange->config->config.owner,
    };
}

static struct text
rule_of(const struct exchange *exchange, const struct gateway_budget *budget)
{
    return text_format(exchange->arena, "budgets[%.*s]",
                       TEXT_ARG(schema_enum_name(policy_scope_names, (int)budget->scope)));
}

static enum stage_result
refuse_unpriced(struct exchange *exchange, const struct live_target *target,
                const struct gateway_budget *budget)
{
    const struct budget_words words = words_of(exchange, budget);
    return exchange_refuse(
        exchange, REFUSE_PRICE_MISSING,
        REFUSAL_DETAIL(.message = budget_wording_price_missing(
                           exchange->arena, &words, target->target->provider, target->target->model),
                       .param = TEXT("model"), .from = &budget->from, .rule = rule_of(exchange, budget)));
}

/* There will be more in the next minute, and clients that are told so wait by themselves. */
static enum stage_result
refuse_throttled(struct exchange *exchange, const struct call_budget_lack *lack)
{
    const struct gateway_budget *pace = lack->budget->budget;
    struct budget_words words = words_of(exchange, pace);
    words.next_unix_ms = lack->next_unix_ms;
    return exchange_refuse(
        exchange, REFUSE_BUDGET_THROTTLED,
        REFUSAL_DETAIL(.message =
                           budget_wording_throttled(exchange->arena, &words, lack->budget->paced->budget),
                       .from = &pace->from, .rule = rule_of(exchange, pace),
                       .limit = REFUSAL_SAYS(pace->amount),
                       .remaining = REFUSAL_SAYS(lack->left > 0 ? lack->left : 0),
                       .retry_after_ms = REFUSAL_SAYS(lack->next_unix_ms - clock_unix_ms())));
}

static enum stage_result
refuse(struct exchange *exchange, enum lender_answer answer)
{
    struct call_budget_lack lack = call_budget_lack(exchange->budget);
    const struct gateway_budget *budget = lack.budget->budget;
    if (lack.unpriced)
        return refuse_unpriced(exchange, lack.unpriced, budget);
    struct budget_words words = words_of(exchange, budget);
    words.needed = lack.needed;
    words.left = lack.left;
    words.used = lack.used;
    words.next_unix_ms = lack.next_unix_ms;
    if (answer == LENDER_UNREACHABLE)
        return exchange_refuse(
            exchange, REFUSE_BUDGET_UNAVAILABLE,
            REFUSAL_DETAIL(.message = budget_wording_unavailable(exchange->arena, &words, lack.reason),
                           .from = &budget->from, .rule = rule_of(exchange, budget),
                           .retry_after_ms = REFUSAL_SAYS(ASK_AGAIN_MS)));
    if (lack.budget->paced)
        return refuse_throttled(exchange, &lack);
    bool is_tokens = budget->unit == BUDGET_UNIT_TOKENS; /* numbers without a unit would mislead of money */
    return exchange_refuse(exchange, REFUSE_BUDGET_EXCEEDED,
                           REFUSAL_DETAIL(.message = budget_wording_exceeded(exchange->arena, &words),
                                          .from = &budget->from, .rule = rule_of(exchange, budget),
                                          .limit = {is_tokens, budget->amount},
                                          .remaining = {is_tokens, lack.left}));
}

static void
on_answer(void *owner)
{
    struct exchange *exchange = owner;
    enum lender_answer answer = call_budget_take_answer(exchange->budget);
    if (answer == LENDER_WAITS)
        return;
    if (answer != LENDER_HELD)
        refuse(exchange, answer);
    exchange_resume(exchange);
}

static enum stage_result
hold_budget(struct exchange *exchange)
{
    exchange->budget = call_budget_new(exchange);
    switch (call_budget_hold(exchange->budget, on_answer, exchange)) {
    case LENDER_WAITS:
        return STAGE_WAIT;
    case LENDER_HELD:
        return STAGE_NEXT;
    case LENDER_LACKS:
        return refuse(exchange, LENDER_LACKS);
    case LENDER_UNREACHABLE:
        break;
    }
    return refuse(exchange, LENDER_UNREACHABLE);
}

static void
client_gone(struct exchange *exchange)
{
    call_budget_leave(exchange->budget);
    exchange->outcome.kind = CALL_CLIENT_GONE;
    exchange->outcome.code = TEXT("client_gone");
    exchange_resume(exchange);
}

static void
settle(struct exchange *exchange)
{
    if (exchange->attempts == 0)
        call_budget_cancel(exchange->budget);
    else
        call_budget_settle_last(exchange->budget, &exchange->usage, exchange->target);
}

const struct stage stage_hold_budget = {
    .name = "hold_budget",
    .on_request = hold_budget,
    .on_client_gone = client_gone,
    .on_done = settle,
};
