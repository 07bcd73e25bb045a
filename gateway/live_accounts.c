/* What is kept grows with the callers that call, never beyond callers times rules. */
#include "gateway/live_accounts.h"

#include "api/types/gateway_config.h"
#include "gateway/live_limits.h"
#include "lib/base/arena.h"

static struct live_rule rule_at(const struct live_accounts *accounts, size_t at);
static enum live_sharing sharing_of(enum policy_scope scope);
static struct live_account *
get(struct live_accounts *accounts, size_t at, const struct live_account_payer *payer);
static struct live_account *make(struct live_accounts *accounts, const struct live_rule *rule,
                                 struct live_account *kept, const struct live_account_payer *payer);
static struct live_account *find_kept(struct live_accounts *accounts, size_t at, struct live_own *own);

void
live_accounts_index(struct arena *arena, const struct gateway_config *config,
                    const struct live_limits *limits, struct live_accounts *out_accounts)
{
    size_t rules = config->budgets.count + limits->count;
    struct live_accounts accounts = {
        .arena = arena,
        .config = config,
        .limits = limits,
        .rules = arena_alloc_array(arena, rules, sizeof(*accounts.rules)),
        .shared = arena_alloc_array(arena, rules, sizeof(*accounts.shared)),
        .of_callers = arena_alloc_array(arena, config->callers.count, sizeof(struct live_own *)),
    };
    for (size_t at = 0; at < rules; at++) {
        accounts.rules[at] = rule_at(&accounts, at);
        if (accounts.rules[at].sharing == LIVE_SHARING_OF_CALLER)
            accounts.rules[at].of_caller_at = accounts.of_caller_count++;
    }
    *out_accounts = accounts;
}

/* A workload's caller is the call's own, and is nowhere in the list. */
struct live_own *
live_accounts_own(struct live_accounts *accounts, const struct gateway_caller *caller)
{
    const struct gateway_caller_list *callers = &accounts->config->callers;
    uintptr_t first = (uintptr_t)callers->items, bytes = (uintptr_t)caller - first;
    bool is_of_config = (uintptr_t)caller >= first && bytes < callers->count * sizeof(*callers->items);
    if (!is_of_config)
        return NULL;
    struct live_own **own = &accounts->of_callers[bytes / sizeof(*callers->items)];
    if (!*own) {
        *own = arena_alloc(accounts->arena, sizeof(**own));
        (*own)->accounts =
            arena_alloc_array(accounts->arena, accounts->of_caller_count, sizeof(*(*own)->accounts));
    }
    return *own;
}

bool
live_accounts_is_of_caller(const struct live_accounts *accounts, size_t budget)
{
    return accounts->rules[budget].sharing != LIVE_SHARING_OF_CALL;
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

static struct live_rule
rule_at(const struct live_accounts *accounts, size_t at)
{
    const struct gateway_budget_list *budgets = &accounts->config->budgets;
    struct live_rule rule;
    if (at < budgets->count)
        rule = (struct live_rule){.scope = budgets->items[at].scope, .tag_key = budgets->items[at].tag_key};
    else
        rule = (struct live_rule){
            .scope = shared_limit_owner_scope(accounts->limits->items[at - budgets->count].limit->scope)};
    rule.sharing = sharing_of(rule.scope);
    return rule;
}

static enum live_sharing
sharing_of(enum policy_scope scope)
{
    switch (scope) {
    case POLICY_SCOPE_ORGANISATION:
    case POLICY_SCOPE_WORKSPACE:
    case POLICY_SCOPE_ENVIRONMENT:
        return LIVE_SHARING_OF_ALL;
    case POLICY_SCOPE_CALLER:
        return LIVE_SHARING_OF_CALLER;
    case POLICY_SCOPE_DEPLOYMENT:
    case POLICY_SCOPE_MODEL:
    case POLICY_SCOPE_USER:
    case POLICY_SCOPE_RUN:
    case POLICY_SCOPE_TAG:
        break;
    }
    return LIVE_SHARING_OF_CALL;
}

static struct live_account *
get(struct live_accounts *accounts, size_t at, const struct live_account_payer *payer)
{
    struct live_account *kept = find_kept(accounts, at, payer->own);
    if (kept && kept->has_owner)
        return kept;
    return make(accounts, &accounts->rules[at], kept, payer);
}

/* Apart, since it is seldom asked for: so get is a few instructions. */
__attribute__((noinline)) static struct live_account *
make(struct live_accounts *accounts, const struct live_rule *rule, struct live_account *kept,
     const struct live_account_payer *payer)
{
    struct text owner;
    if (!budget_owner(kept ? accounts->arena : payer->arena, rule->scope, rule->tag_key, payer->payer,
                      &owner))
        return NULL;
    if (!kept)
        kept = arena_alloc(payer->arena, sizeof(*kept));
    *kept = (struct live_account){.owner = owner, .has_owner = true};
    return kept;
}

/* NULL: whose it is depends on more than on who calls, or the caller is not one of the config's. */
static struct live_account *
find_kept(struct live_accounts *accounts, size_t at, struct live_own *own)
{
    const struct live_rule *rule = &accounts->rules[at];
    if (rule->sharing == LIVE_SHARING_OF_ALL)
        return &accounts->shared[at];
    return own && rule->sharing == LIVE_SHARING_OF_CALLER ? &own->accounts[rule->of_caller_at] : NULL;
}
