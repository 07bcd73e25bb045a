/* The revision is read first: when a book comes in between, what is known has the older one and is read
 * again. */
#include "api/server/ledger/watched_budgets.h"

#include "lib/base/arena.h"
#include "lib/base/map.h"

struct watched_budgets {
    struct arena *known; /* of what follows; NULL: nothing is known */
    struct text revision;
    struct map *budgets; /* by id */
};

static void on_release(void *owner);

struct watched_budgets *
watched_budgets_new(struct arena *arena)
{
    struct watched_budgets *watched = arena_alloc(arena, sizeof(*watched));
    *watched = (struct watched_budgets){0};
    arena_defer(arena, on_release, watched);
    return watched;
}

void
watched_budgets_add_read(struct sql_work *work)
{
    sql_work_add(work, "SELECT revision FROM book WHERE id = 1", NULL, 0);
    sql_work_add(work, "SELECT DISTINCT budget FROM budget_alert", NULL, 0);
}

bool
watched_budgets_take(struct watched_budgets *watched, const struct sql_result *results, struct error *err)
{
    struct watched_budgets next = {.known = arena_new(0)};
    struct text budget;
    next.budgets = map_new(next.known);
    bool is_read = sql_result_text(&results[0], 0, 0, &next.revision, err);
    for (size_t row = 0; is_read && row < results[1].row_count; row++) {
        is_read = sql_result_text(&results[1], row, 0, &budget, err);
        if (is_read)
            map_set(next.budgets, budget, watched);
    }
    if (!is_read) {
        arena_free(next.known);
        return error_context(err, "reading which budgets people are told of");
    }
    next.revision = text_copy(next.known, next.revision);
    arena_free(watched->known);
    *watched = next;
    return true;
}

bool
watched_budgets_is_known(const struct watched_budgets *watched)
{
    return watched->known != NULL;
}

struct text
watched_budgets_revision(const struct watched_budgets *watched)
{
    return watched->revision;
}

bool
watched_budgets_has(const struct watched_budgets *watched, struct text budget)
{
    return watched->known && map_find(watched->budgets, budget);
}

static void
on_release(void *owner)
{
    struct watched_budgets *watched = owner;
    arena_free(watched->known);
}
