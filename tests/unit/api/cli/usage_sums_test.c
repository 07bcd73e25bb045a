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
