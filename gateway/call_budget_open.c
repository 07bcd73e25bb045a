/* Which budgets are about a call, and what bounds it. */
#include "gateway/call_bounds.h"
#include "gateway/call_budget_private.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"
#include "lib/net/digest.h"

enum { USER_DIGEST_BYTES = 16 };

static struct text user_of(const struct exchange *exchange);
static void
add_parts(struct call_budget *budget, struct live_config *config, const struct budget_payer *payer);
static void set_bounds(struct call_budget *budget);

struct call_budget *
call_budget_new(struct exchange *exchange)
{
    struct live_config *config = exchange->config;
    if (config->budgets.asked_count == 0)
        return NULL;
    struct call_budget *budget = arena_alloc(exchange->arena, sizeof(*budget));
    budget->exchange = exchange;
    budget->own = live_accounts_own(&config->accounts, exchange->caller);
    bool has_purse = budget->own && budget->own->budgets;
    if (!has_purse)
        call_budget_open_parts(budget);
    if (!has_purse && budget->part_count == 0)
        return NULL;
    budget->targets = exchange->model->callable;
    budget->call.ceilings = exchange->model->ceilings;
    budget->call.ceiling_count = exchange->model->callable_count;
    set_bounds(budget);
    return budget;
}

void
call_budget_open_parts(struct call_budget *budget)
{
    const struct exchange *exchange = budget->exchange;
    const struct live_budgets *all = &exchange->config->budgets;
    struct arena *arena = exchange->arena;
    const struct budget_payer payer = {.workspace = exchange->gateway->workspace,
                                       .environment = exchange->gateway->environment,
                                       .caller = exchange->caller->name,
                                       .deployment =
                                           exchange->workload ? exchange->workload->deployment : TEXT(""),
                                       .model = exchange->request.model,
                                       .run = exchange->purpose.run,
                                       .user = all->has_users ? user_of(exchange) : TEXT(""),
                                       .tags = exchange->purpose.tags};
    budget->parts = arena_alloc_raw(arena, all->asked_count * sizeof(*budget->parts));
    budget->part_count = budget->blocking_count = 0;
    add_parts(budget, exchange->config, &payer);
    budget->needs = arena_alloc_array(arena, budget->blocking_count, sizeof(*budget->needs));
    budget->actual = arena_alloc_raw(arena, budget->part_count * sizeof(*budget->actual));
}

struct lease_account_name
call_budget_name_of(const struct budget_part *part)
{
    return (struct lease_account_name){part->budget->budget->id, part->account->owner, part->window};
}

/* A chat's maximum of 0 is no number to providers; a completion's is, for who only wants the prompt judged.
 */
bool
call_budget_says_maximum(const struct exchange *exchange)
{
    int64_t lowest = exchange->request.endpoint == MODEL_ENDPOINT_COMPLETIONS ? 0 : 1;
    return exchange->max_output_tokens >= lowest;
}

/* Who it is goes no further than this: an account is named by a digest, another one in each environment. */
static struct text
user_of(const struct exchange *exchange)
{
    struct text said = exchange->request.user;
    if (text_is_empty(said))
        said = exchange->purpose.user;
    if (text_is_empty(said))
        return said;
    const struct text parts[] = {exchange->gateway->workspace, TEXT("/"), exchange->gateway->environment,
                                 TEXT("\n"), said};
    uint8_t digest[DIGEST_SHA256_BYTES];
    digest_sha256_joined(parts, COUNT_OF(parts), digest);
    return digest_hex(exchange->arena, digest, USER_DIGEST_BYTES);
}

static void
add_parts(struct call_budget *budget, struct live_config *config, const struct budget_payer *payer)
{
    const struct live_account_payer who = {budget->own, payer, budget->exchange->arena};
    const struct live_budgets *all = &config->budgets;
    for (size_t i = 0; i < all->asked_count; i++) {
        struct live_budget *of = all->asked[i];
        struct live_account *account =
            live_accounts_of_budget(&config->accounts, (size_t)(of - all->items), &who);
        if (!account)
            continue;
        budget->parts[budget->part_count++] = (struct budget_part){.budget = of, .account = account};
        if (i < all->held_count)
            budget->blocking_count = budget->part_count;
    }
}

static void
set_bounds(struct call_budget *budget)
{
    const struct exchange *exchange = budget->exchange;
    const struct model_request *asked = &exchange->request;
    bool has_answers = asked->endpoint != MODEL_ENDPOINT_EMBEDDINGS;
    budget->call.input_tokens = call_bounds_input_tokens(budget->exchange);
    budget->call.hears = call_bounds_parts(budget->exchange)->has_audio;
    budget->call.speaks = asked->wants_audio && has_answers;
    budget->call.answers = has_answers ? asked->answer_count : 0;
    budget->output_tokens =
        call_budget_says_maximum(exchange) ? exchange->max_output_tokens : BUDGET_UNSAID_OUTPUT_TOKENS;
    if (has_answers && budget->output_tokens > USAGE_COUNT_MAX / asked->answer_count)
        budget->output_tokens = USAGE_COUNT_MAX / asked->answer_count;
    budget->least_tokens = budget->output_tokens < BUDGET_LEAST_OUTPUT_TOKENS ? budget->output_tokens
                                                                              : BUDGET_LEAST_OUTPUT_TOKENS;
}
