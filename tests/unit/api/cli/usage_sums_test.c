/* Adding up usage records: groups, order, exact sums. */
#include <criterion/criterion.h>

#include "api/cli/usage_sums.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"

static struct arena *arena;

static void
begin(void)
{
    arena = arena_new(0);
}

static void
end(void)
{
    arena_free(arena);
}

TestSuite(usage_sums, .init = begin, .fini = end);

static struct usage_record
a_record(const char *model, enum call_outcome outcome, int64_t input, int64_t output)
{
    return (struct usage_record){
        .workspace = TEXT("demo"),
        .environment = TEXT("dev"),
        .model = text_of(model),
        .outcome = outcome,
        .input_tokens = input,
        .output_tokens = output,
        .cost = FIELD_UNSET,
    };
}

static struct usage_sums *
sums_by(const char *by)
{
    struct usage_sums *sums = NULL;
    struct error err;
    cr_assert(usage_sums_new(arena, text_of(by), &sums, &err), "%s", err.message);
    return sums;
}

Test(usage_sums, puts_the_group_with_most_tokens_first)
{
    struct usage_sums *sums = sums_by("model");
    struct usage_record small = a_record("small", CALL_COMPLETED, 5, 5);
    struct usage_record large = a_record("large", CALL_COMPLETED, 100, 1);

    usage_sums_add(sums, &small);
    usage_sums_add(sums, &small);
    usage_sums_add(sums, &large);

    size_t count = 0;
    const struct usage_sum *const *rows = usage_sums_sorted(sums, &count);
    cr_assert_eq(count, 2);
    cr_assert(text_equals(rows[0]->keys[0], TEXT("large")));
    cr_assert_eq(rows[1]->calls, 2);
    cr_assert_eq(rows[1]->input_tokens, 10);
}

Test(usage_sums, counts_refusals_and_failures_apart_from_completed_calls)
{
    struct usage_sums *sums = sums_by("environment");
    const enum call_outcome outcomes[] = {CALL_COMPLETED, CALL_REFUSED, CALL_UNAUTHENTICATED, CALL_CUT,
                                          CALL_TIMED_OUT};
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        struct usage_record record = a_record("m", outcomes[i], 1, 1);
        usage_sums_add(sums, &record);
    }

    size_t count = 0;
    const struct usage_sum *const *rows = usage_sums_sorted(sums, &count);
    cr_assert_eq(count, 1);
    cr_assert_eq(rows[0]->calls, 5);
    cr_assert_eq(rows[0]->refused, 2);
    cr_assert_eq(rows[0]->failed, 2);
}

Test(usage_sums, keeps_disjoint_token_classes_apart_and_adds_reasoning_to_output)
{
    struct usage_sums *sums = sums_by("model");
    struct usage_record record = a_record("m", CALL_COMPLETED, 10, 20);
    record.cache_read_tokens = 7;
    record.cache_write_tokens = 3;
    record.reasoning_tokens = 5;

    usage_sums_add(sums, &record);

    size_t count = 0;
    const struct usage_sum *sum = usage_sums_sorted(sums, &count)[0];
    cr_assert_eq(sum->input_tokens, 13);
    cr_assert_eq(sum->cached_tokens, 7);
    cr_assert_eq(sum->output_tokens, 25);
}

Test(usage_sums, does_not_mix_groups_whose_keys_run_together)
{
    struct usage_sums *sums = sums_by("model,caller");
    struct usage_record one = a_record("ab", CALL_COMPLETED, 1, 0);
    one.caller = TEXT("c");
    struct usage_record other = a_record("a", CALL_COMPLETED, 1, 0);
    other.caller = TEXT("bc");

    usage_sums_add(sums, &one);
    usage_sums_add(sums, &other);

    size_t count = 0;
    usage_sums_sorted(sums, &count);
    cr_assert_eq(count, 2);
}

Test(usage_sums, refuses_a_field_that_records_do_not_have)
{
    struct usage_sums *sums = NULL;
    struct error err;

    cr_assert_not(usage_sums_new(arena, TEXT("model,colour"), &sums, &err));

    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert(strstr(err.message, "colour") != NULL);
}

static const struct usage_sum *
only_sum(struct usage_sums *sums)
{
    size_t count = 0;
    const struct usage_sum *const *rows = usage_sums_sorted(sums, &count);
    cr_assert_eq(count, 1);
    return rows[0];
}

Test(usage_sums, adds_money_up_exactly_and_tells_what_is_not_in_it)
{
    struct usage_sums *sums = sums_by("model");
    struct usage_record priced = a_record("m", CALL_COMPLETED, 1, 1);
    struct usage_record partly = priced, unknown = priced, refused = a_record("m", CALL_REFUSED, 0, 0);
    struct text audio = TEXT("audioInput");
    priced.cost = 1942600;
    partly.cost = 1;
    partly.unpriced = (struct text_list){&audio, 1};

    usage_sums_add(sums, &priced);
    usage_sums_add(sums, &partly);
    usage_sums_add(sums, &unknown);
    usage_sums_add(sums, &refused);

    const struct usage_sum *sum = only_sum(sums);
    cr_assert_eq(sum->cost_nano, 1942601);
    cr_assert(sum->has_cost);
    cr_assert_eq(sum->unpriced, 2, "the one in part, and the one without any; a refused call used nothing");
}

Test(usage_sums, count_a_call_once_and_add_up_what_its_tries_cost)
{
    struct usage_sums *sums = sums_by("model");
    struct usage_record lost = a_record("m", CALL_TIMED_OUT, 1, 1),
                        last = a_record("m", CALL_COMPLETED, 1, 1);
    lost.next_try = NEXT_TRY_TIMEOUT;
    lost.try_number = 1;
    lost.cost = 900;
    last.try_number = 2;
    last.cost = 7;

    usage_sums_add(sums, &lost);
    usage_sums_add(sums, &last);

    const struct usage_sum *sum = only_sum(sums);
    cr_assert_eq(sum->calls, 1);
    cr_assert_eq(sum->tries, 2);
    cr_assert_eq(sum->failed, 0);
    cr_assert_eq(sum->cost_nano, 907);
}

Test(usage_sums, of_money_stay_at_the_most_they_can_be)
{
    struct usage_sums *sums = sums_by("model");
    struct usage_record record = a_record("m", CALL_COMPLETED, 1, 1);
    record.cost = INT64_MAX - 1;

    usage_sums_add(sums, &record);
    usage_sums_add(sums, &record);

    cr_assert_eq(only_sum(sums)->cost_nano, INT64_MAX);
}

Test(usage_sums, by_a_run_or_a_tag_leaves_out_what_has_none)
{
    static struct text_pair tags[] = {{TEXT("step"), TEXT("2")}};
    struct usage_sums *by_run = sums_by("run,model"), *by_tag = sums_by("tag:step");
    struct usage_record bare = a_record("m", CALL_COMPLETED, 1, 1), full = bare;
    full.run = TEXT("r1");
    full.tags = (struct text_pair_list){tags, COUNT_OF(tags)};
    for (int i = 0; i < 2; i++) {
        usage_sums_add(i == 0 ? by_run : by_tag, &bare);
        usage_sums_add(i == 0 ? by_run : by_tag, &full);
    }
    size_t count = 0;
    const struct usage_sum *const *rows = usage_sums_sorted(by_run, &count);
    cr_assert_eq(count, 1);
    cr_assert(text_equals(rows[0]->keys[0], TEXT("r1")) && text_equals(rows[0]->keys[1], TEXT("m")));
    rows = usage_sums_sorted(by_tag, &count);
    cr_assert_eq(count, 1);
    cr_assert(text_equals(rows[0]->keys[0], TEXT("2")));
    cr_assert(text_equals(usage_sums_key_name(by_tag, 0), TEXT("tag:step")));
}

Test(usage_sums, is_by_one_of_run_and_tags)
{
    static const char *const wrong[] = {"run,tag:step", "tag:a,tag:b", "tag:"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct usage_sums *sums = NULL;
        struct error err = {0};
        cr_assert_not(usage_sums_new(arena, text_of(wrong[i]), &sums, &err), "%s", wrong[i]);
    }
}
