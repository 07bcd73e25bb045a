/* Each workspace's share in the book of budgets, and when one that is gone may leave it. */
#include "operator/runtime/book_shares.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "operator/runtime/workspace_record.h"

static struct arena *arena;
static struct map *records;

static void
given_none(void)
{
    arena = arena_new(0);
    records = map_new(arena);
}

static void
end(void)
{
    struct text key;
    void *found;
    for (size_t at = 0; map_next(records, &at, &key, &found);)
        workspace_record_free(found);
    arena_free(arena);
}

TestSuite(book_shares, .init = given_none, .fini = end);

static struct workspace_record *
given_workspace(const char *name)
{
    struct workspace_record *record = workspace_record_new(text_of(name));
    map_set(records, text_of(name), record);
    return record;
}

/* Its texts do not outlive the call. */
static void
given_budget(struct workspace_record *record, const char *id, int64_t amount)
{
    struct arena *own = arena_new(0);
    struct gateway_budget budget = {.id = text_copy(own, text_of(id)), .amount = amount};
    const struct plan_shares budgets = {.enforced = {.items = &budget, .count = 1}};
    workspace_record_set_budgets(record, &budgets);
    record->has_budgets = true;
    arena_free(own);
}

static struct environment_record *
given_environment(struct workspace_record *record, const char *hash, bool is_acked)
{
    struct environment_record *environment = workspace_record_environment(record, TEXT("a-dev"));
    environment_record_set(environment, 1, text_of(hash), TEXT("1-x"));
    environment->is_acked = is_acked;
    return environment;
}

Test(book_shares, are_of_every_workspace_that_had_a_plan)
{
    struct workspace_record *a = given_workspace("a"), *b = given_workspace("b"), *c = given_workspace("c");
    given_budget(a, "one", 5);
    given_budget(b, "two", 7);
    given_budget(c, "three", 9);
    c->has_budgets = false; /* of an earlier time of leading */

    const struct plan_shares all = book_shares_join(arena, records);

    cr_assert_eq(all.enforced.count, 2u);
    cr_assert(text_equals(all.enforced.items[0].id, TEXT("one")));
    cr_assert(text_equals(all.enforced.items[1].id, TEXT("two")));
    cr_assert(book_shares_has(a));
    cr_assert_not(book_shares_has(c));
    cr_assert_not(book_shares_has(NULL));
}

Test(book_shares, are_replaced_by_those_of_the_next_plan)
{
    struct workspace_record *a = given_workspace("a");
    given_budget(a, "one", 5);
    given_budget(a, "two", 7);
    cr_assert_eq(book_shares_join(arena, records).enforced.count, 1u);

    workspace_record_set_budgets(a, &(struct plan_shares){0});
    cr_assert_eq(book_shares_join(arena, records).enforced.count, 0u);
}

Test(book_shares, wait_for_gateways_that_run_something_else)
{
    struct workspace_record *a = given_workspace("a");
    cr_assert(book_shares_are_settled(records));

    struct environment_record *environment = given_environment(a, "abc", false);
    cr_assert_not(book_shares_are_settled(records));
    environment->is_acked = true;
    cr_assert(book_shares_are_settled(records));

    given_environment(a, "", false); /* it was dropped before it acked */
    cr_assert(book_shares_are_settled(records));
}

/* Its gateways run a config of before, with budgets that nobody knows any more. */
Test(book_shares, wait_for_what_is_held)
{
    struct workspace_record *a = given_workspace("a");
    given_environment(a, "abc", true);
    a->holds_budgets = true;
    cr_assert_not(book_shares_are_settled(records));
}
