/* One sum for each budget and owner, of the window that was last seen. */
#include "gateway/decide/budget_tally.h"

#include "api/types/budget_window.h"
#include "api/types/gateway_budget.h"
#include "lib/base/arena.h"
#include "lib/base/map.h"

struct tallied {
    char window[BUDGET_WINDOW_ID_BYTES];
    size_t window_length;
    int64_t sum;
};

struct budget_tally {
    struct arena *arena;
    struct map *sums; /* struct tallied by budget and owner */
};

static struct tallied *find(struct budget_tally *tally, const struct lease_account_name *name, bool adds);

struct budget_tally *
budget_tally_new(struct arena *arena)
{
    struct budget_tally *tally = arena_alloc(arena, sizeof(*tally));
    tally->arena = arena;
    tally->sums = map_new(arena);
    return tally;
}

bool
budget_tally_take(struct budget_tally *tally, const struct lease_account_name *name, int64_t limit,
                  int64_t needed)
{
    struct tallied *tallied = find(tally, name, true);
    if (!tallied)
        return false;
    bool is_too_much = needed > limit - tallied->sum;
    tallied->sum = tallied->sum < BUDGET_MAX_AMOUNT - needed ? tallied->sum + needed : BUDGET_MAX_AMOUNT;
    return is_too_much;
}

void
budget_tally_settle(struct budget_tally *tally, const struct lease_account_name *name, int64_t needed,
                    int64_t actual)
{
    struct tallied *tallied = find(tally, name, false);
    if (!tallied)
        return;
    int64_t sum = tallied->sum - needed + actual;
    tallied->sum = sum < 0 ? 0 : sum < BUDGET_MAX_AMOUNT ? sum : BUDGET_MAX_AMOUNT;
}

/* NULL: it is not there, or of another window, or there are too many. */
static struct tallied *
find(struct budget_tally *tally, const struct lease_account_name *name, bool adds)
{
    char bytes[BUDGET_ID_MAX_BYTES + 1 + BUDGET_OWNER_MAX_BYTES];
    if (name->budget.length > BUDGET_ID_MAX_BYTES || name->owner.length > BUDGET_OWNER_MAX_BYTES ||
        name->window.length >= BUDGET_WINDOW_ID_BYTES)
        return NULL;
    memcpy(bytes, name->budget.bytes, name->budget.length);
    bytes[name->budget.length] = '\0'; /* which no id has */
    if (name->owner.length > 0)
        memcpy(bytes + name->budget.length + 1, name->owner.bytes, name->owner.length);
    struct text key = {bytes, name->budget.length + 1 + name->owner.length};
    struct tallied *tallied = map_find(tally->sums, key);
    if (!tallied && adds && map_count(tally->sums) < BUDGET_TALLY_MAX_ACCOUNTS) {
        tallied = arena_alloc(tally->arena, sizeof(*tallied));
        map_set(tally->sums, key, tallied);
    }
    if (!tallied || text_equals((struct text){tallied->window, tallied->window_length}, name->window))
        return tallied;
    if (!adds)
        return NULL;
    *tallied = (struct tallied){.window_length = name->window.length};
    memcpy(tallied->window, name->window.bytes, name->window.length);
    return tallied;
}
