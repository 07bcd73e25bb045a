/* A union: environments share the budgets of policies that are for several of them. */
#include "operator/reconcile/plan_book.h"

#include "api/types/control_frames.h"
#include "lib/base/arena.h"
#include "operator/reconcile/budgets.h"

enum { REVISION_DIGITS = 16 };

static struct shared_limit_list limits_of(struct arena *arena, const struct planned_environment *planned);
static struct shared_limit_list
limits_join(struct arena *arena, const struct shared_limit_list *a, const struct shared_limit_list *b);
static struct shared_limit_list limits_copy(struct arena *arena, const struct shared_limit_list *limits);
static struct shared_limit_list limits_sorted(struct arena *arena, const struct shared_limit_list *limits);
static int by_id(const void *a, const void *b);
static int by_text(const void *a, const void *b);
static bool limits_equal(const struct shared_limit_list *a, const struct shared_limit_list *b);
static struct gateway_budget_list missing_of(struct arena *arena, const struct gateway_budget_list *budgets,
                                             const struct gateway_budget_list *more);
static struct text revision_of(struct arena *arena, const struct budget_book *book);

struct plan_shares
plan_shares_of(struct arena *arena, const struct plan *plan)
{
    struct plan_shares *parts = arena_alloc_array(arena, plan->environment_count, sizeof(*parts));
    for (size_t i = 0; i < plan->environment_count; i++) {
        const struct effective_policy *effective = plan->environments[i].effective;
        parts[i] = (struct plan_shares){effective->enforced.budgets, effective->shadow.budgets,
                                        limits_of(arena, &plan->environments[i])};
    }
    return plan_shares_join(arena, parts, plan->environment_count);
}

/* By halves: what many workspaces declare is not copied once for each of them. */
struct plan_shares
plan_shares_join(struct arena *arena, const struct plan_shares *parts, size_t count)
{
    if (count == 0)
        return (struct plan_shares){0};
    if (count == 1)
        return parts[0];
    struct plan_shares a = plan_shares_join(arena, parts, count / 2);
    struct plan_shares b = plan_shares_join(arena, parts + count / 2, count - count / 2);
    return (struct plan_shares){budgets_union(arena, &a.enforced, &b.enforced),
                                budgets_union(arena, &a.shadow, &b.shadow),
                                limits_join(arena, &a.limits, &b.limits)};
}

struct plan_shares
plan_shares_copy(struct arena *arena, const struct plan_shares *shares)
{
    return (struct plan_shares){budgets_copy(arena, &shares->enforced), budgets_copy(arena, &shares->shadow),
                                limits_copy(arena, &shares->limits)};
}

bool
plan_shares_equal(const struct plan_shares *a, const struct plan_shares *b)
{
    return budgets_equal(&a->enforced, &b->enforced) && budgets_equal(&a->shadow, &b->shadow) &&
           limits_equal(&a->limits, &b->limits);
}

struct budget_book *
plan_book(struct arena *arena, const struct plan_shares *shares, const struct budget_book *keep)
{
    struct budget_book *book = arena_alloc(arena, sizeof(*book));
    const struct gateway_budget_list none = {0}, *before = keep ? &keep->budgets : &none;
    struct gateway_budget_list shadow = missing_of(arena, &shares->enforced, &shares->shadow);
    struct gateway_budget_list declared = budgets_union(arena, &shares->enforced, &shadow);
    struct gateway_budget_list kept = missing_of(arena, &declared, before);
    book->budgets = budgets_union(arena, &declared, &kept);
    book->limits = limits_sorted(arena, &shares->limits);
    for (size_t i = 0; i < book->budgets.count; i++)
        book->budgets.items[i].from.place = (struct text){0};
    book->revision = revision_of(arena, book);
    return book;
}

/* In their order, or the revision would be another each time. */
void
plan_book_set_workspaces(struct arena *arena, struct budget_book *book, const struct text_list *workspaces,
                         bool is_whole)
{
    book->workspaces = (struct text_list){
        .items = arena_alloc_array(arena, workspaces->count, sizeof(*book->workspaces.items))};
    for (size_t i = 0; i < workspaces->count; i++)
        book->workspaces.items[book->workspaces.count++] = workspaces->items[i];
    if (book->workspaces.count > 0)
        qsort(book->workspaces.items, book->workspaces.count, sizeof(*book->workspaces.items), by_text);
    book->whole = is_whole;
    book->revision = revision_of(arena, book);
}

bool
plan_book_is_wider(const struct budget_book *book, const struct plan_shares *shares)
{
    for (size_t i = 0; i < book->budgets.count; i++)
        if (!budgets_find(&shares->enforced, book->budgets.items[i].id) &&
            !budgets_find(&shares->shadow, book->budgets.items[i].id))
            return true;
    return false;
}

/* Those that its gateways enforce. */
static struct shared_limit_list
limits_of(struct arena *arena, const struct planned_environment *planned)
{
    const size_t most = (size_t)LIMIT_SCOPE_COUNT * LIMIT_UNIT_COUNT;
    struct shared_limit_list limits = {.items = arena_alloc_array(arena, most, sizeof(*limits.items))};
    for (size_t i = 0; i < most; i++) {
        const struct gateway_limit limit = {.scope = (enum limit_scope)(i / LIMIT_UNIT_COUNT),
                                            .unit = (enum limit_unit)(i % LIMIT_UNIT_COUNT)};
        int64_t amount = planned->effective->enforced.limits[limit.scope][limit.unit].amount;
        if (amount == FIELD_UNSET)
            continue;
        limits.items[limits.count++] =
            (struct shared_limit){.id = shared_limit_id(arena, planned->workspace->metadata.name,
                                                        planned->environment->name, &limit),
                                  .scope = limit.scope,
                                  .unit = limit.unit,
                                  .amount = amount};
    }
    return limits;
}

static struct shared_limit_list
limits_join(struct arena *arena, const struct shared_limit_list *a, const struct shared_limit_list *b)
{
    struct shared_limit_list both = {.items =
                                         arena_alloc_array(arena, a->count + b->count, sizeof(*both.items)),
                                     .count = a->count + b->count};
    for (size_t i = 0; i < both.count; i++)
        both.items[i] = i < a->count ? a->items[i] : b->items[i - a->count];
    return both;
}

static struct shared_limit_list
limits_copy(struct arena *arena, const struct shared_limit_list *limits)
{
    struct shared_limit_list copy = limits_join(arena, limits, &(struct shared_limit_list){0});
    for (size_t i = 0; i < copy.count; i++)
        copy.items[i].id = text_copy(arena, copy.items[i].id);
    return copy;
}

/* Workspaces come in any order, and a book's revision must not change by that. */
static struct shared_limit_list
limits_sorted(struct arena *arena, const struct shared_limit_list *limits)
{
    struct shared_limit_list sorted = limits_join(arena, limits, &(struct shared_limit_list){0});
    if (sorted.count > 0)
        qsort(sorted.items, sorted.count, sizeof(*sorted.items), by_id);
    return sorted;
}

static int
by_id(const void *a, const void *b)
{
    return text_compare(((const struct shared_limit *)a)->id, ((const struct shared_limit *)b)->id);
}

static int
by_text(const void *a, const void *b)
{
    const struct text *one = a, *other = b;
    return text_compare(*one, *other);
}

static bool
limits_equal(const struct shared_limit_list *a, const struct shared_limit_list *b)
{
    bool are_equal = a->count == b->count;
    for (size_t i = 0; are_equal && i < a->count; i++)
        are_equal = text_equals(a->items[i].id, b->items[i].id) && a->items[i].amount == b->items[i].amount;
    return are_equal;
}

/* Those of `more` whose id is not there yet. */
static struct gateway_budget_list
missing_of(struct arena *arena, const struct gateway_budget_list *budgets,
           const struct gateway_budget_list *more)
{
    struct gateway_budget_list missing = {.items =
                                              arena_alloc_array(arena, more->count, sizeof(*missing.items))};
    for (size_t i = 0; i < more->count; i++)
        if (!budgets_find(budgets, more->items[i].id))
            missing.items[missing.count++] = more->items[i];
    return missing;
}

static struct text
revision_of(struct arena *arena, const struct budget_book *book)
{
    return text_slice(
        gateway_config_hash(arena, schema_encode(arena, &budget_book_schema, book, SCHEMA_ENCODE_PLAIN)), 0,
        REVISION_DIGITS);
}
