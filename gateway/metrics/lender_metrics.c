/* The families; what is on loan is summed by budget when somebody looks. */
#include "gateway/metrics/lender_metrics.h"

#include "gateway/decide/lease_account.h"
#include "gateway/decide/lease_book.h"
#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/base/metrics.h"

enum { MOST_BUDGETS = 256 };

struct budget_sums {
    struct metric *usable, *held;
    int64_t usable_sum, held_sum;
};

struct lender_metrics {
    struct arena *arena;
    struct metric *counts[LENDER_COUNTS], *lent, *nothing_lent, *overdrafts, *unheld, *slowed, *waiting,
        *wait, *gateways;
    struct metric_family *leased;
    struct map *budgets; /* id to struct budget_sums */
};

/* clang-format off */
static const double wait_bounds[] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2};
static const char *const result_labels[] = {"result", NULL};
static const char *const leased_labels[] = {"budget", "state", NULL};

static const struct metric_description holds_description = {
    .name = "weir_budget_holds_total", .help = "Holds of leases, for budgets and for limits that replicas share: held, waited (then held), lacked, unreachable, left.",
    .kind = METRIC_COUNTER, .labels = result_labels, .max_series = 8};
static const struct metric_description asks_description = {
    .name = "weir_budget_asks_total", .help = "Answers of the ledger to questions for leases: lent, nothing.",
    .kind = METRIC_COUNTER, .labels = result_labels, .max_series = 4};
static const struct metric_description overdrafts_description = {
    .name = "weir_budget_overdrafts_total", .help = "Calls that cost more than was held for them: a bug, or a provider that counts otherwise.",
    .kind = METRIC_COUNTER};
static const struct metric_description slowed_description = {
    .name = "weir_budget_slowed_total", .help = "Budgets that had too little left for a try, which went out at their pace (onExceeded: Throttle).",
    .kind = METRIC_COUNTER,
};
static const struct metric_description unheld_description = {
    .name = "weir_budget_unheld_total", .help = "Budgets that tries went out without holding of, because nothing could be lent and the budget says Allow.",
    .kind = METRIC_COUNTER};
static const struct metric_description waiting_description = {
    .name = "weir_budget_waiting_calls", .help = "Calls that wait for a lease.", .kind = METRIC_GAUGE};
static const struct metric_description gateways_description = {
    .name = "weir_limit_gateways", .help = "Gateways that share the limits of this environment, this one included, as far as the ledger told: each keeps an even part when nothing is lent.",
    .kind = METRIC_GAUGE};
static const struct metric_description wait_description = {
    .name = "weir_budget_wait_seconds", .help = "How long calls waited for a lease.",
    .kind = METRIC_HISTOGRAM, .bounds = wait_bounds, .bound_count = COUNT_OF(wait_bounds)};
static const struct metric_description leased_description = {
    .name = "weir_budget_leased", .help = "On loan from the ledger, by budget or limit, in nano-USD, tokens, requests or calls: usable by new calls, held by running ones.",
    .kind = METRIC_GAUGE, .labels = leased_labels, .max_series = 2 * MOST_BUDGETS};
/* clang-format on */

static struct budget_sums *sums_of(struct lender_metrics *lender, struct text budget);

struct lender_metrics *
lender_metrics_new(struct arena *arena, struct metrics *metrics)
{
    static const struct text results[LENDER_COUNTS] = {TEXT("held"), TEXT("waited"), TEXT("lacked"),
                                                       TEXT("unreachable"), TEXT("left")};
    struct lender_metrics *lender = arena_alloc(arena, sizeof(*lender));
    lender->arena = arena;
    struct metric_family *holds = metrics_add(metrics, &holds_description);
    for (size_t i = 0; i < LENDER_COUNTS; i++)
        lender->counts[i] = metric_with(holds, &results[i]);
    struct metric_family *asks = metrics_add(metrics, &asks_description);
    lender->lent = metric_with(asks, &TEXT("lent"));
    lender->nothing_lent = metric_with(asks, &TEXT("nothing"));
    lender->overdrafts = metric_with(metrics_add(metrics, &overdrafts_description), NULL);
    lender->unheld = metric_with(metrics_add(metrics, &unheld_description), NULL);
    lender->slowed = metric_with(metrics_add(metrics, &slowed_description), NULL);
    lender->waiting = metric_with(metrics_add(metrics, &waiting_description), NULL);
    lender->wait = metric_with(metrics_add(metrics, &wait_description), NULL);
    lender->gateways = metric_with(metrics_add(metrics, &gateways_description), NULL);
    lender->leased = metrics_add(metrics, &leased_description);
    lender->budgets = map_new(arena);
    return lender;
}

void
lender_metrics_count(struct lender_metrics *lender, enum lender_count what)
{
    metric_increase(lender->counts[what], 1);
}

void
lender_metrics_waited(struct lender_metrics *lender, int64_t ms)
{
    metric_observe(lender->wait, (double)ms / 1e3);
}

void
lender_metrics_answered(struct lender_metrics *lender, bool is_lent)
{
    metric_increase(is_lent ? lender->lent : lender->nothing_lent, 1);
}

void
lender_metrics_overdrawn(struct lender_metrics *lender)
{
    metric_increase(lender->overdrafts, 1);
}

void
lender_metrics_slowed(struct lender_metrics *lender, int64_t budgets)
{
    metric_increase(lender->slowed, budgets);
}

void
lender_metrics_unheld(struct lender_metrics *lender, int64_t budgets)
{
    metric_increase(lender->unheld, budgets);
}

void
lender_metrics_look(struct lender_metrics *lender, const struct lease_book *book, int64_t now_ms,
                    size_t waiting, int64_t gateways)
{
    struct text budget;
    void *value;
    metric_set(lender->waiting, (int64_t)waiting);
    metric_set(lender->gateways, gateways);
    for (size_t at = 0; map_next(lender->budgets, &at, &budget, &value);) {
        struct budget_sums *sums = value;
        sums->usable_sum = sums->held_sum = 0;
    }
    struct lease_account_name name;
    struct lease_account *account;
    for (size_t at = 0; lease_book_next(book, &at, &name, &account);) {
        struct budget_sums *sums = sums_of(lender, name.budget);
        struct lease_sums leased = lease_account_sums(account, now_ms);
        if (!sums)
            continue;
        sums->usable_sum += leased.usable;
        sums->held_sum += leased.held;
    }
    for (size_t at = 0; map_next(lender->budgets, &at, &budget, &value);) {
        struct budget_sums *sums = value;
        metric_set(sums->usable, sums->usable_sum);
        metric_set(sums->held, sums->held_sum);
    }
}

/* NULL when there are too many; the series of those that are gone stay, at 0. */
static struct budget_sums *
sums_of(struct lender_metrics *lender, struct text budget)
{
    struct budget_sums *sums = map_find(lender->budgets, budget);
    if (sums || map_count(lender->budgets) >= MOST_BUDGETS)
        return sums;
    sums = arena_alloc(lender->arena, sizeof(*sums));
    sums->usable = metric_with(lender->leased, (const struct text[]){budget, TEXT("usable")});
    sums->held = metric_with(lender->leased, (const struct text[]){budget, TEXT("held")});
    map_set(lender->budgets, budget, sums);
    return sums;
}
