/* What is kept grows with the callers that call, never beyond callers times rules. */
#include "gateway/live_accounts.h"

#include "api/types/gateway_config.h"
#include "gateway/live_limits.h"
#include "lib/base/arena.h"

static struct text tag_key_of(const struct live_accounts *accounts, size_t rule);
static enum policy_scope scope_of(const struct live_accounts *accounts, size_t rule);
static struct live_account *
get(struct live_accounts *accounts, size_t rule, const struct live_account_payer *payer);
static struct live_account *
find_kept(struct live_accounts *accounts, size_t rule, const struct gateway_caller *caller);
static struct live_account *of_caller(struct live_accounts *accounts, const struct gateway_caller *caller);

void
live_accounts_index(struct arena *arena, const struct gateway_config *config,
                    const struct live_limits *limits, struct live_accounts *out_accounts)
{
    size_t rules = config->budgets.count + limits->count;
    struct live_accounts accounts = {
        .arena = arena,
        .config = config,
        .limits = limits,
        .shared = arena_alloc_array(arena, rules, sizeof(*accounts.shared)),
        .of_caller_at = arena_alloc_array(arena, rules, sizeof(*accounts.of_caller_at)),
        .of_callers = arena_alloc_array(arena, config->callers.count, sizeof(struct live_account *)),
    };
    for (size_t rule = 0; rule < rules; rule++)
        if (scope_of(&accounts, rule) == POLICY_SCOPE_CALLER)
            accounts.of_caller_at[rule] = accounts.of_caller_count++;
    *out_accounts = accounts;
}

struct live_account *
live_accounts_of_budget(struct live_accounts *accounts, size_t budget, const struct live_account_payer *payer)
{
    return get(accounts, budget, payer);
}

struct live_account *
live_accounts_of_limit(struct live_accounts *accounts, size_t limit, const struct live_account_payer *payer)
{
    return get(accounts, accounts->config->budgets.count + limit, payer);
}

struct lease_account_place *
live_account_place(struct live_account *account, int64_t window_unix_ms)
{
    if (account->window_unix_ms != window_unix_ms)
        account->place = (struct lease_account_place){0};
    account->window_unix_ms = window_unix_ms;
    return &account->place;
}

static enum policy_scope
scope_of(const struct live_accounts *accounts, size_t rule)
{
    size_t budgets = accounts->config->budgets.count;
    if (rule < budgets)
        return accounts->config->budgets.items[rule].scope;
    return shared_limit_owner_scope(accounts->limits->items[rule - budgets].limit->scope);
}

static struct text
tag_key_of(const struct live_accounts *accounts, size_t rule)
{
    const struct gateway_budget_list *budgets = &accounts->config->budgets;
    return rule < budgets->count ? budgets->items[rule].tag_key : (struct text){0};
}

static struct live_account *
get(struct live_accounts *accounts, size_t rule, const struct live_account_payer *payer)
{
    struct live_account *kept = find_kept(accounts, rule, payer->caller);
    if (kept && kept->has_owner)
        return kept;
    struct text owner;
    if (!budget_owner(kept ? accounts->arena : payer->arena, scope_of(accounts, rule),
                      tag_key_of(accounts, rule), payer->payer, &owner))
        return NULL;
    if (!kept)
        kept = arena_alloc(payer->arena, sizeof(*kept));
    *kept = (struct live_account){.owner = owner, .has_owner = true};
    return kept;
}

/* NULL: whose it is depends on more than on who calls, or the caller is not one of the config's. */
static struct live_account *
find_kept(struct live_accounts *accounts, size_t rule, const struct gateway_caller *caller)
{
    struct live_account *own;
    switch (scope_of(accounts, rule)) {
    case POLICY_SCOPE_ORGANISATION:
    case POLICY_SCOPE_WORKSPACE:
    case POLICY_SCOPE_ENVIRONMENT:
        return &accounts->shared[rule];
    case POLICY_SCOPE_CALLER:
        own = of_caller(accounts, caller);
        return own ? &own[accounts->of_caller_at[rule]] : NULL;
    case POLICY_SCOPE_DEPLOYMENT:
    case POLICY_SCOPE_MODEL:
    case POLICY_SCOPE_USER:
    case POLICY_SCOPE_RUN:
    case POLICY_SCOPE_TAG:
        break;
    }
    return NULL;
}

/* A workload's caller is the call's own, and is nowhere in the list. */
static struct live_account *
of_caller(struct live_accounts *accounts, const struct gateway_caller *caller)
{
    const struct gateway_caller_list *callers = &accounts->config->callers;
    uintptr_t first = (uintptr_t)callers->items, bytes = (uintptr_t)caller - first;
    if ((uintptr_t)caller < first || bytes >= callers->count * sizeof(*callers->items))
        return NULL;
    struct live_account **own = &accounts->of_callers[bytes / sizeof(*callers->items)];
    if (!*own)
        *own = arena_alloc_array(accounts->arena, accounts->of_caller_count, sizeof(**own));
    return *own;
}
