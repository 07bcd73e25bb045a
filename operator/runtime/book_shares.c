/* Functions of the records alone. */
#include "operator/runtime/book_shares.h"

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "operator/runtime/workspace_record.h"

static bool is_settled(const struct workspace_record *record);

struct plan_shares
book_shares_join(struct arena *arena, const struct map *records)
{
    struct plan_shares *parts = NULL;
    size_t count = 0, capacity = 0;
    struct text key;
    void *found;
    for (size_t at = 0; map_next(records, &at, &key, &found);) {
        const struct workspace_record *record = found;
        if (!record->has_budgets)
            continue;
        parts = arena_grow(arena, parts, count, &capacity, sizeof(*parts));
        parts[count++] = record->budgets;
    }
    return plan_shares_join(arena, parts, count);
}

bool
book_shares_has(const struct workspace_record *record)
{
    return record && record->has_budgets;
}

bool
book_shares_are_settled(const struct map *records)
{
    struct text key;
    void *found;
    for (size_t at = 0; map_next(records, &at, &key, &found);)
        if (!is_settled(found))
            return false;
    return true;
}

/* An environment without a hash is no more: its gateways are being ended. */
static bool
is_settled(const struct workspace_record *record)
{
    struct text namespace;
    void *found;
    if (record->holds_budgets)
        return false;
    for (size_t at = 0; map_next(record->environments, &at, &namespace, &found);) {
        const struct environment_record *environment = found;
        if (environment->hash.length > 0 && !environment->is_acked)
            return false;
    }
    return true;
}
