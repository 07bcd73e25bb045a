/* See the header. Records come in order of time but for little, so each account keeps two windows: the one
 * that it is in and the one before. */
#include "api/simulate/replay_budgets.h"

#include "api/types/budget_window.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/map.h"

struct replay_budget_set {
    const struct gateway_config *config;
    const struct time_zone **zones; /* one for each budget, as are the names */
    struct text *names;             /* budgets[caller].Month.amount, as `weir explain` has it */
};

struct account {
    int64_t start_ms, before_start_ms;
    int64_t spent, before_spent;
};

struct replay_budgets {
    struct arena *arena;
    struct arena *scratch; /* of one call */
    struct map *accounts;
};

/* What one call takes of one account; NULL where the budget is not about it. */
struct part {
    int64_t *spent;
    int64_t amount;
};

enum { MOST_BUDGETS = 64 }; /* of a config, by its schema */

static void release(void *owner);
static bool is_in_force(const struct gateway_budget *budget);
static struct part find_pace(struct replay_budgets *budgets, const struct replay_budget_set *set,
                             size_t index, const struct replay_spend *spend);
static int64_t *find_spent(struct replay_budgets *budgets, const struct replay_budget_set *set, size_t index,
                           const struct usage_record *record);
static int64_t *turn_to(struct account *account, int64_t start_ms);
static bool fits(const struct gateway_budget *budget, const struct replay_spend *spend, int64_t spent);
static int64_t amount_of(const struct gateway_budget *budget, const struct replay_spend *spend);
static struct text name_of(struct arena *arena, const struct gateway_budget *budget);

struct replay_budgets *
replay_budgets_new(struct arena *arena)
{
    struct replay_budgets *budgets = arena_alloc(arena, sizeof(*budgets));
    *budgets = (struct replay_budgets){arena, arena_new(4096), map_new(arena)};
    arena_defer(arena, release, budgets);
    return budgets;
}

bool
replay_budgets_add(struct replay_budgets *budgets, const struct gateway_config *config,
                   struct replay_budget_set **out_set, struct error *err)
{
    struct replay_budget_set *set = arena_alloc(budgets->arena, sizeof(*set));
    set->config = config;
    set->zones = arena_alloc_array(budgets->arena, config->budgets.count, sizeof(*set->zones));
    set->names = arena_alloc_array(budgets->arena, config->budgets.count, sizeof(*set->names));
    for (size_t i = 0; i < config->budgets.count && i < MOST_BUDGETS; i++) {
        set->names[i] = name_of(budgets->arena, &config->budgets.items[i]);
        if (!time_zone_load(budgets->arena, config->budgets.items[i].time_zone, &set->zones[i], err))
            return error_context(err, "budget %.*s", TEXT_ARG(config->budgets.items[i].id));
    }
    *out_set = set;
    return true;
}

int64_t
replay_budgets_first_ms(const struct replay_budget_set *set, int64_t unix_ms)
{
    int64_t first = unix_ms;
    for (size_t i = 0; i < set->config->budgets.count && i < MOST_BUDGETS; i++) {
        const struct gateway_budget *budget = &set->config->budgets.items[i];
        int64_t start = budget_window_at(budget->period, set->zones[i], unix_ms).start_unix_ms;
        first = is_in_force(budget) && start < first ? start : first;
    }
    return first;
}

struct replay_refusal
replay_budgets_take(struct replay_budgets *budgets, const struct replay_budget_set *set,
                    const struct replay_spend *spend)
{
    struct part parts[MOST_BUDGETS];
    size_t count = 0;
    arena_reset(budgets->scratch);
    for (size_t i = 0; i < set->config->budgets.count && i < MOST_BUDGETS; i++) {
        const struct gateway_budget *budget = &set->config->budgets.items[i];
        int64_t *spent = is_in_force(budget) ? find_spent(budgets, set, i, spend->record) : NULL;
        if (!spent)
            continue;
        bool has_room = fits(budget, spend, *spent);
        struct part pace = has_room ? (struct part){0} : find_pace(budgets, set, i, spend);
        if (!has_room && !pace.spent)
            return (struct replay_refusal){set->names[i], budget->from};
        if (pace.spent)
            parts[count++] = pace;
        parts[count++] = (struct part){spent, amount_of(budget, spend)};
    }
    for (size_t i = 0; i < count; i++)
        if (*parts[i].spent <= BUDGET_MAX_AMOUNT) /* what is slowed goes on beyond its amount */
            *parts[i].spent += parts[i].amount;
    return (struct replay_refusal){0};
}

static void
release(void *owner)
{
    struct replay_budgets *budgets = owner;
    arena_free(budgets->scratch);
}

static bool
is_in_force(const struct gateway_budget *budget)
{
    return budget->from.mode == POLICY_MODE_ENFORCE && budget->on_exceeded != OVER_BUDGET_ALERT &&
           budget->unit != BUDGET_UNIT_REQUESTS;
}

/* One request of the pace that a spent budget leaves; none when it leaves none, or all are taken. */
static struct part
find_pace(struct replay_budgets *budgets, const struct replay_budget_set *set, size_t index,
          const struct replay_spend *spend)
{
    const struct gateway_budget *spent = &set->config->budgets.items[index];
    bool lacks_price = spent->unit == BUDGET_UNIT_USD && !spend->is_priced && !spend->is_unknown;
    if (spent->on_exceeded != OVER_BUDGET_THROTTLE || lacks_price)
        return (struct part){0};
    for (size_t i = 0; i < set->config->budgets.count && i < MOST_BUDGETS; i++) {
        const struct gateway_budget *pace = &set->config->budgets.items[i];
        if (!text_equals(budget_paced_id(pace), spent->id))
            continue;
        int64_t *taken = find_spent(budgets, set, i, spend->record);
        return taken && *taken < pace->amount ? (struct part){taken, 1} : (struct part){0};
    }
    return (struct part){0};
}

static int64_t *
find_spent(struct replay_budgets *budgets, const struct replay_budget_set *set, size_t index,
           const struct usage_record *record)
{
    const struct gateway_budget *budget = &set->config->budgets.items[index];
    const struct budget_payer payer = {record->workspace,  record->environment, record->caller,
                                       record->deployment, record->model,       record->run,
                                       (struct text){0},   record->tags};
    struct text owner;
    if (!budget_owner(budgets->scratch, budget->scope, budget->tag_key, &payer, &owner))
        return NULL;
    struct text key = text_format(budgets->scratch, "%.*s\n%.*s", TEXT_ARG(budget->id), TEXT_ARG(owner));
    struct account *account = map_find(budgets->accounts, key);
    int64_t start = budget_window_at(budget->period, set->zones[index], record->time_ms).start_unix_ms;
    if (!account) {
        account = arena_alloc(budgets->arena, sizeof(*account));
        *account = (struct account){.start_ms = start, .before_start_ms = INT64_MIN};
        map_set(budgets->accounts, key, account);
    }
    return turn_to(account, start);
}

/* What comes later than two windows is put with the earlier of the two. */
static int64_t *
turn_to(struct account *account, int64_t start_ms)
{
    if (start_ms > account->start_ms) {
        account->before_start_ms = account->start_ms;
        account->before_spent = account->spent;
        account->start_ms = start_ms;
        account->spent = 0;
    }
    return start_ms == account->start_ms ? &account->spent : &account->before_spent;
}

/* Neither is below zero, so the difference cannot overflow. */
static bool
fits(const struct gateway_budget *budget, const struct replay_spend *spend, int64_t spent)
{
    if (spend->is_unknown)
        return spent < budget->amount;
    if (budget->unit == BUDGET_UNIT_USD && !spend->is_priced)
        return false;
    return amount_of(budget, spend) <= budget->amount - spent;
}

static int64_t
amount_of(const struct gateway_budget *budget, const struct replay_spend *spend)
{
    if (spend->is_unknown)
        return 0;
    return budget->unit == BUDGET_UNIT_USD ? spend->cost_nano : spend->tokens;
}

static struct text
name_of(struct arena *arena, const struct gateway_budget *budget)
{
    const char *scope = policy_scope_names[budget->scope];
    return text_format(arena, "budgets[%c%s%s%.*s].%s.%s", scope[0] - 'A' + 'a', scope + 1,
                       text_is_empty(budget->tag_key) ? "" : ":", TEXT_ARG(budget->tag_key),
                       budget_period_names[budget->period],
                       budget->unit == BUDGET_UNIT_USD      ? "amount"
                       : budget->unit == BUDGET_UNIT_TOKENS ? "tokens"
                                                            : "throttledRequestsPerMinute");
}
