/* Limits and budgets: calls in order of time, each changing what is left for the next. */
#include "tests/unit/api/simulate/found_replay.h"
#include "tests/unit/api/simulate/given_replay.h"

TestSuite(replay_over_time, .init = given_arena, .fini = end_arena);

#define A_BUDGET(ID, SCOPE, UNIT, AMOUNT, PERIOD)                                                            \
    "{'id':'" ID "','scope':'" SCOPE "','unit':'" UNIT "','amount':" AMOUNT ",'period':'" PERIOD "',"        \
    "'onExceeded':'Block','from':{'policy':'ns/purse'}}"

static void
take(struct replay *replay, int64_t time_ms, const char *caller)
{
    struct usage_record record = given_call(time_ms);
    record.caller = text_of(caller);
    replay_take(replay, &record);
}

static int64_t
blocked(const struct replay *replay)
{
    return sum_of(replay, "dev").effects[REPLAY_BLOCKED];
}

Test(replay_over_time, limits_requests_of_all_callers_together_and_refills)
{
    struct replay *replay = given_replay_of(",'limits':[{'scope':'Environment','unit':'RequestsPerMinute','"
                                            "amount':2,'from':{'policy':'ns/slow'}}]");

    take(replay, NOON, "ada");
    take(replay, NOON + 1, "bob");
    take(replay, NOON + 2, "ada");
    cr_assert_eq(blocked(replay), 1);
    take(replay, NOON + 2 + MINUTE_MS / 2, "ada"); /* one of two a minute is back */
    take(replay, NOON + 3 + MINUTE_MS / 2, "bob");

    cr_assert_eq(blocked(replay), 2);
    ASSERT_TEXT(only_rule(replay).rule, "limits[environment].requestsPerMinute");
    ASSERT_TEXT(only_rule(replay).policy, "ns/slow");
}

Test(replay_over_time, limits_tokens_of_each_caller_and_lets_answers_be_owed)
{
    /* 20 a minute: the first call takes 15, the second has 5 of the 10 that its prompt needs. */
    struct replay *replay =
        given_replay_of(",'limits':[{'scope':'Caller','unit':'TokensPerMinute','amount':20}]");

    take(replay, NOON, "ada");
    take(replay, NOON, "ada");
    take(replay, NOON, "bob");
    cr_assert_eq(blocked(replay), 1);
    /* 15 s later ada has 10: the prompt fits, the answer is owed. Another 15 s later she has 0. */
    take(replay, NOON + MINUTE_MS / 4, "ada");
    take(replay, NOON + MINUTE_MS / 2, "ada");

    cr_assert_eq(blocked(replay), 2);
    ASSERT_TEXT(only_rule(replay).rule, "limits[caller].tokensPerMinute");
}

Test(replay_over_time, gives_back_to_limits_what_a_budget_refused)
{
    struct replay *replay =
        given_replay_of(",'limits':[{'scope':'Environment','unit':'RequestsPerMinute','amount':2}],"
                        "'budgets':[" A_BUDGET("b", "Caller", "USD", "20000", "Day") "]");

    take(replay, NOON, "ada");
    take(replay, NOON, "ada"); /* no money left: takes no request */
    take(replay, NOON, "bob");

    cr_assert_eq(blocked(replay), 1);
    ASSERT_TEXT(only_rule(replay).rule, "budgets[caller].Day.amount");
}

Test(replay_over_time, admits_while_what_is_settled_and_the_cost_fit_to_the_last_nano)
{
    struct replay *exact =
        given_replay_of(",'budgets':[" A_BUDGET("b", "Environment", "USD", "40000", "Day") "]");
    struct replay *one_less =
        given_replay_of(",'budgets':[" A_BUDGET("b", "Environment", "USD", "39999", "Day") "]");

    for (int i = 0; i < 3; i++) {
        take(exact, NOON + i, "ada");
        take(one_less, NOON + i, "ada");
    }

    cr_assert_eq(blocked(exact), 1);
    cr_assert_eq(blocked(one_less), 2);
    ASSERT_TEXT(only_rule(exact).policy, "ns/purse");
    check_identity(exact, "dev");
}

Test(replay_over_time, begins_each_window_by_the_clocks_of_its_place)
{
    /* Midnight in Kolkata (UTC+5:30) is 18:30 UTC: 6.5 hours after noon. */
    struct replay *replay = given_replay_of(
        ",'budgets':[{'id':'b','scope':'Environment','amount':20000,'period':'Day','timeZone':'Asia/Kolkata',"
        "'onExceeded':'Block'}]");

    take(replay, NOON, "ada");
    take(replay, NOON + 6 * HOUR_MS + 29 * MINUTE_MS, "ada");
    take(replay, NOON + 6 * HOUR_MS + 30 * MINUTE_MS, "ada");

    cr_assert_eq(blocked(replay), 1);
}

Test(replay_over_time, keeps_an_account_for_each_run_and_each_value_of_a_tag)
{
    static const char *const said[][2] = {{"r1", "a"}, {"r1", "a"}, {"r2", "a"}, {"", ""}, {"", ""}};
    struct replay *by_run = given_replay_of(",'budgets':[" A_BUDGET("b", "Run", "USD", "20000", "Day") "]");
    struct replay *by_tag = given_replay_of(",'budgets':[{'id':'b','scope':'Tag','tagKey':'feature','amount':"
                                            "20000,'period':'Day','onExceeded':'Block'}]");

    for (size_t i = 0; i < COUNT_OF(said); i++) {
        struct text_pair tag = {TEXT("feature"), text_of(said[i][1])};
        struct usage_record record = given_call(NOON + (int64_t)i);
        record.run = text_of(said[i][0]);
        record.tags = (struct text_pair_list){&tag, 1};
        replay_take(by_run, &record);
        replay_take(by_tag, &record);
    }

    cr_assert_eq(blocked(by_run), 1);
    cr_assert_eq(blocked(by_tag), 2);
    ASSERT_TEXT(only_rule(by_run).rule, "budgets[run].Day.amount");
    ASSERT_TEXT(only_rule(by_tag).rule, "budgets[tag:feature].Day.amount");
}

Test(replay_over_time, counts_tokens_where_a_budget_is_of_tokens)
{
    struct replay *replay =
        given_replay_of(",'budgets':[" A_BUDGET("b", "Model", "Tokens", "44", "Month") "]");

    for (int i = 0; i < 3; i++)
        take(replay, NOON + i, "ada");

    cr_assert_eq(blocked(replay), 1);
    ASSERT_TEXT(only_rule(replay).rule, "budgets[model].Month.tokens");
}

Test(replay_over_time, keeps_one_account_for_all_environments_of_a_budget)
{
    const char *shared = ",'budgets':[" A_BUDGET("b", "Organisation", "USD", "20000", "Day") "]";
    struct gateway_config configs[] = {given_config("dev", shared), given_config("prod", shared)};
    struct replay *replay = given_replay(configs, 2, NOON);
    struct usage_record in_prod = given_call(NOON + 1);
    in_prod.environment = TEXT("prod");

    take(replay, NOON, "ada");
    replay_take(replay, &in_prod);

    cr_assert_eq(blocked(replay), 0);
    cr_assert_eq(sum_of(replay, "prod").effects[REPLAY_BLOCKED], 1);
}

Test(replay_over_time, charges_all_budgets_or_none)
{
    /* What the second budget refuses is not charged to the first. */
    struct replay *replay =
        given_replay_of(",'budgets':[" A_BUDGET("a", "Environment", "USD", "40000", "Day") "," //
                        A_BUDGET("b", "Caller", "USD", "20000", "Day") "]");

    take(replay, NOON, "ada");
    take(replay, NOON, "ada");
    take(replay, NOON, "bob");

    cr_assert_eq(blocked(replay), 1);
}

Test(replay_over_time, starts_accounts_where_their_windows_begin_and_tells_only_of_the_span)
{
    struct replay *replay =
        given_replay_of(",'budgets':[" A_BUDGET("b", "Environment", "USD", "20000", "Day") "]");

    cr_assert_eq(replay_first_ms(replay), NOON - 12 * HOUR_MS);
    take(replay, NOON - HOUR_MS, "ada");
    take(replay, NOON, "ada");

    cr_assert_eq(sum_of(replay, "dev").calls, 1);
    cr_assert_eq(blocked(replay), 1);
}

Test(replay_over_time, puts_a_late_record_with_its_own_window)
{
    struct replay *replay =
        given_replay_of(",'budgets':[" A_BUDGET("b", "Environment", "USD", "20000", "Hour") "]");

    take(replay, NOON, "ada");
    take(replay, NOON + HOUR_MS, "ada");
    take(replay, NOON + 1, "ada"); /* of the hour before, which is full */
    take(replay, NOON + HOUR_MS + 1, "ada");

    cr_assert_eq(blocked(replay), 2);
}

Test(replay_over_time, only_counts_where_a_budget_alerts)
{
    struct replay *replay = given_replay_of(
        ",'budgets':[{'id':'b','scope':'Environment','amount':0,'period':'Day','onExceeded':'Alert'}]");

    take(replay, NOON, "ada");

    cr_assert_eq(blocked(replay), 0);
    cr_assert_eq(replay_first_ms(replay), NOON);
}

Test(replay_over_time, fits_nothing_without_a_price_into_money)
{
    struct replay *replay =
        given_replay_of(",'models':[{'name':'m','targets':[{'provider':'p','model':'big'}]}],"
                        "'budgets':[" A_BUDGET("b", "Environment", "USD", "20000", "Day") "]");

    take(replay, NOON, "ada");

    cr_assert_eq(blocked(replay), 1);
}

Test(replay_over_time, lets_what_was_refused_pass_only_while_something_is_left)
{
    struct replay *replay =
        given_replay_of(",'budgets':[" A_BUDGET("b", "Environment", "USD", "20000", "Day") "]");
    struct usage_record before = given_refused(NOON), after = given_refused(NOON + 2);

    replay_take(replay, &before);
    take(replay, NOON + 1, "ada");
    replay_take(replay, &after);

    cr_assert_eq(sum_of(replay, "dev").effects[REPLAY_NEWLY_ALLOWED], 1);
    cr_assert_eq(sum_of(replay, "dev").refused, 2);
    cr_assert_eq(blocked(replay), 0);
}

Test(replay_over_time, slows_what_goes_beyond_a_budget_that_slows)
{
    struct replay *replay = given_replay_of(
        ",'budgets':[{'id':'b','scope':'Environment','unit':'USD','amount':20000,'period':'Day','onExceeded':"
        "'Throttle','from':{'policy':'ns/purse'}},{'id':'b/pace','scope':'Environment','unit':'Requests',"
        "'amount':1,'period':'Minute','onExceeded':'Block'}]");

    take(replay, NOON, "ada"); /* all that there is */
    take(replay, NOON, "ada"); /* at the pace */
    cr_assert_eq(blocked(replay), 0);
    take(replay, NOON + 1, "bob");
    cr_assert_eq(blocked(replay), 1);
    take(replay, NOON + MINUTE_MS, "bob");

    cr_assert_eq(blocked(replay), 1);
    ASSERT_TEXT(only_rule(replay).rule, "budgets[environment].Day.amount");
}
