/* What replays found, as tests look at it; in lab, where all tests are. */
#pragma once

#include <criterion/criterion.h>

#include "api/simulate/replay.h"

static inline struct replay_environment_sum
sum_of(const struct replay *replay, const char *environment)
{
    return *replay_sums_environment(replay_found(replay), TEXT("lab"), text_of(environment));
}

/* The only row there is. */
static inline struct replay_rule_sum
only_rule(const struct replay *replay)
{
    size_t count;
    struct replay_rule_sum *const *rules = replay_sums_rules(replay_found(replay), &count);
    cr_assert_eq(count, 1, "%zu rules", count);
    return *rules[0];
}

static inline size_t
count_rules(const struct replay *replay)
{
    size_t count;
    replay_sums_rules(replay_found(replay), &count);
    return count;
}

/* What the sums promise of each other. */
static inline void
check_identity(const struct replay *replay, const char *environment)
{
    struct replay_environment_sum sum = sum_of(replay, environment);
    size_t count;
    struct replay_rule_sum *const *rules = replay_sums_rules(replay_found(replay), &count);
    int64_t saved = sum.saved_by_prices_nano;
    for (size_t i = 0; i < count; i++)
        if (text_equals(rules[i]->environment, text_of(environment)))
            saved += rules[i]->saved_nano;
    cr_assert_eq(sum.recorded_nano - sum.changed_nano, saved);
}

#define ASSERT_TEXT(TEXT_VALUE, WANTED)                                                                      \
    cr_assert(text_equals((TEXT_VALUE), TEXT(WANTED)), "%.*s", TEXT_ARG(TEXT_VALUE))
