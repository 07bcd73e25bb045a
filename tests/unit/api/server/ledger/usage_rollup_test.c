/* Which rows are added up together, and what comes out. */
#include "api/server/ledger/usage_rollup.h"

#include "tests/support/arena_fixture.h"
#include "tests/unit/api/server/ledger/given_usage.h"

static struct usage_rollups *rollups;

static void
given_rollups(void)
{
    given_arena();
    rollups = usage_rollups_new(arena);
}

TestSuite(usage_rollup, .init = given_rollups, .fini = end_arena);

static struct usage_row
some_row(int64_t time_ms)
{
    struct usage_row row = {.time_ms = time_ms, .used = {.input_tokens = 3, .requests = 1}};
    row.by[USAGE_BY_WORKSPACE] = TEXT("demo");
    row.by[USAGE_BY_MODEL] = TEXT("m");
    return row;
}

static const struct usage_rollup *
expect_count(size_t wanted)
{
    size_t count;
    const struct usage_rollup *list = usage_rollups_list(rollups, &count);
    cr_assert_eq(count, wanted, "%zu of them", count);
    return list;
}

Test(usage_rollup, is_none_of_no_rows)
{
    expect_count(0);
}

Test(usage_rollup, is_one_for_each_purpose_and_value)
{
    struct text_pair first[] = {{TEXT("run"), TEXT("r1")}, {TEXT("tag:a"), TEXT("1")}};
    struct text_pair second[] = {{TEXT("run"), TEXT("r1")}, {TEXT("tag:a"), TEXT("2")}};
    struct usage_row rows[] = {some_row(SOME_HOUR_MS), some_row(SOME_HOUR_MS), some_row(SOME_HOUR_MS)};
    rows[0].purposes = (struct text_pair_list){first, COUNT_OF(first)};
    rows[1].purposes = (struct text_pair_list){second, COUNT_OF(second)};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        usage_rollups_add_purposes(rollups, &rows[i]);
    const struct usage_rollup *list = expect_count(3);
    cr_assert_eq(list[0].calls, 2);
    cr_assert_eq(list[0].used.input_tokens, 6);
    cr_assert(text_equals(list[0].purpose.key, TEXT("run")) &&
              text_equals(list[0].purpose.value, TEXT("r1")));
    cr_assert_eq(list[1].calls, 1);
    cr_assert(text_equals(list[2].purpose.value, TEXT("2")));
}

Test(usage_rollup, is_one_an_hour)
{
    static const int64_t times[] = {SOME_HOUR_MS, SOME_HOUR_MS + USAGE_HOUR_MS - 1,
                                    SOME_HOUR_MS + USAGE_HOUR_MS, SOME_HOUR_MS - 1, 0};
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        struct usage_row row = some_row(times[i]);
        usage_rollups_add(rollups, &row);
    }
    const struct usage_rollup *list = expect_count(4);
    cr_assert_eq(list[0].hour_ms, SOME_HOUR_MS);
    cr_assert_eq(list[0].calls, 2);
    cr_assert_eq(list[1].hour_ms, SOME_HOUR_MS + USAGE_HOUR_MS);
    cr_assert_eq(list[2].hour_ms, SOME_HOUR_MS - USAGE_HOUR_MS);
    cr_assert_eq(list[3].hour_ms, 0);
}

Test(usage_rollup, adds_up_every_class_and_the_cost)
{
    struct usage_row row = some_row(SOME_HOUR_MS);
    for (int i = 0; i < USAGE_CLASS_COUNT; i++)
        usage_vector_set(&row.used, (enum usage_class)i, i + 1);
    row.is_priced = true;
    row.cost_nano = 7;
    for (int i = 0; i < 3; i++)
        usage_rollups_add(rollups, &row);
    const struct usage_rollup *list = expect_count(1);
    cr_assert_eq(list->calls, 3);
    cr_assert_eq(list->cost_nano, 21);
    cr_assert_eq(list->unpriced_calls, 0);
    for (int i = 0; i < USAGE_CLASS_COUNT; i++)
        cr_assert_eq(usage_vector_count(&list->used, (enum usage_class)i), 3 * (i + 1));
}

Test(usage_rollup, differs_by_each_dimension)
{
    struct usage_row row = some_row(SOME_HOUR_MS);
    usage_rollups_add(rollups, &row);
    for (int i = 0; i < USAGE_DIMENSION_COUNT; i++) {
        struct usage_row other = row;
        other.by[i] = TEXT("another");
        usage_rollups_add(rollups, &other);
        usage_rollups_add(rollups, &other);
    }
    const struct usage_rollup *list = expect_count(1 + USAGE_DIMENSION_COUNT);
    for (int i = 0; i < USAGE_DIMENSION_COUNT; i++) {
        cr_assert_eq(list[i + 1].calls, 2);
        cr_assert(text_equals(list[i + 1].by[i], TEXT("another")));
    }
}

Test(usage_rollup, differs_by_where_one_text_ends_and_the_next_begins)
{
    static const char *const pairs[][2] = {{"ab", "c"},    {"a", "bc"},    {"abc", ""},   {"", "abc"},
                                           {"a,1:b", "c"}, {"a", "1:b,c"}, {"a", ",1:b"}, {"a,1:", "b"}};
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct usage_row row = some_row(SOME_HOUR_MS);
        row.by[USAGE_BY_TEAM] = text_of(pairs[i][0]);
        row.by[USAGE_BY_CALLER] = text_of(pairs[i][1]);
        usage_rollups_add(rollups, &row);
    }
    expect_count(COUNT_OF(pairs));
}

Test(usage_rollup, counts_calls_that_used_something_and_have_no_cost)
{
    struct usage_row used = some_row(SOME_HOUR_MS), idle = used, priced = used;
    idle.used = (struct usage_vector){0};
    priced.is_priced = true;
    usage_rollups_add(rollups, &used);
    usage_rollups_add(rollups, &idle);
    usage_rollups_add(rollups, &priced);
    const struct usage_rollup *list = expect_count(1);
    cr_assert_eq(list->calls, 3);
    cr_assert_eq(list->unpriced_calls, 1);
}

Test(usage_rollup, counts_a_call_once_and_what_all_its_tries_used_and_cost)
{
    struct usage_row lost = some_row(SOME_HOUR_MS), last = lost, refused = lost;
    lost.is_earlier = lost.is_try = last.is_try = true;
    lost.is_priced = last.is_priced = refused.is_priced = true;
    lost.cost_nano = 900;
    last.cost_nano = 7;
    refused.used = (struct usage_vector){0};
    usage_rollups_add(rollups, &lost);
    usage_rollups_add(rollups, &last);
    usage_rollups_add(rollups, &refused);
    const struct usage_rollup *list = expect_count(1);
    cr_assert_eq(list->calls, 2);
    cr_assert_eq(list->tries, 2);
    cr_assert_eq(list->cost_nano, 907);
    cr_assert_eq(list->used.input_tokens, 6);
}

Test(usage_rollup, does_not_overflow_over_the_largest_batch)
{
    struct usage_row row = some_row(SOME_HOUR_MS);
    row.used.input_tokens = USAGE_COUNT_MAX;
    row.cost_nano = USAGE_COST_MAX_NANO;
    for (int i = 0; i < 2000; i++)
        usage_rollups_add(rollups, &row);
    const struct usage_rollup *list = expect_count(1);
    cr_assert_eq(list->used.input_tokens, 2000 * USAGE_COUNT_MAX);
    cr_assert_eq(list->cost_nano, 2000 * USAGE_COST_MAX_NANO);
}
