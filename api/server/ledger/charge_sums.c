/* Sorted, then neighbours joined. */
#include "api/server/ledger/charge_sums.h"

#include <stdlib.h>

#include "lib/base/arena.h"

static size_t count_charges(const struct usage_row *rows, size_t count);
static void add_charges(struct charge_sums *sums, const struct usage_charge_list *charges);
static void join_neighbours(struct charge_sums *sums);
static void list_leased(struct arena *arena, struct charge_sums *sums);
static int compare_sums(const void *a, const void *b);
static int compare_leases(const void *a, const void *b);

struct charge_sums
charge_sums_of(struct arena *arena, const struct usage_row *rows, size_t count)
{
    struct charge_sums sums = {0};
    size_t most = count_charges(rows, count);
    if (most == 0)
        return sums;
    sums.items = arena_alloc_array(arena, most, sizeof(*sums.items));
    for (size_t i = 0; i < count; i++)
        add_charges(&sums, &rows[i].charges);
    qsort(sums.items, sums.count, sizeof(*sums.items), compare_sums);
    join_neighbours(&sums);
    list_leased(arena, &sums);
    return sums;
}

static size_t
count_charges(const struct usage_row *rows, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += rows[i].charges.count;
    return sum;
}

static void
add_charges(struct charge_sums *sums, const struct usage_charge_list *charges)
{
    for (size_t i = 0; i < charges->count; i++) {
        const struct usage_charge *charge = &charges->items[i];
        sums->items[sums->count++] = (struct charge_sum){
            {charge->budget, charge->owner, charge->window}, charge->lease, charge->amount};
    }
}

static void
join_neighbours(struct charge_sums *sums)
{
    size_t kept = 0;
    for (size_t i = 1; i < sums->count; i++) {
        struct charge_sum *last = &sums->items[kept], *next = &sums->items[i];
        if (compare_sums(last, next) != 0)
            sums->items[++kept] = *next;
        else if (next->amount > CHARGE_SUM_MAX - last->amount)
            last->amount = CHARGE_SUM_MAX;
        else
            last->amount += next->amount;
    }
    sums->count = kept + 1;
}

static void
list_leased(struct arena *arena, struct charge_sums *sums)
{
    sums->leased = arena_alloc_array(arena, sums->count, sizeof(*sums->leased));
    for (size_t i = 0; i < sums->count; i++)
        if (!text_is_empty(sums->items[i].lease))
            sums->leased[sums->leased_count++] = &sums->items[i];
    qsort(sums->leased, sums->leased_count, sizeof(*sums->leased), compare_leases);
}

static int
compare_sums(const void *a, const void *b)
{
    const struct charge_sum *one = a, *other = b;
    int order = budget_account_compare(&one->account, &other->account);
    return order != 0 ? order : text_compare(one->lease, other->lease);
}

static int
compare_leases(const void *a, const void *b)
{
    const struct charge_sum *one = *(const struct charge_sum *const *)a;
    const struct charge_sum *other = *(const struct charge_sum *const *)b;
    return text_compare(one->lease, other->lease);
}
