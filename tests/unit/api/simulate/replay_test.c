/* One call at a time against rules and prices as they would be; numbers worked out by hand. */
#include "tests/unit/api/simulate/found_replay.h"
#include "tests/unit/api/simulate/given_replay.h"

TestSuite(replay, .init = given_arena, .fini = end_arena);

static void
take(struct replay *replay, struct usage_record record)
{
    replay_take(replay, &record);
}

Test(replay, lets_through_what_no_rule_is_about)
{
    struct replay *replay = given_replay_of("");

    take(replay, given_call(NOON));

    struct replay_environment_sum sum = sum_of(replay, "dev");
    cr_assert_eq(count_rules(replay), 0);
    cr_assert_eq(sum.calls, 1);
    cr_assert_eq(sum.recorded_nano, 20000);
    cr_assert_eq(sum.changed_nano, 20000);
    cr_assert_eq(sum.unpriced, 0);
}

Test(replay, blocks_a_model_whose_targets_are_all_denied_and_names_the_rule)
{
    struct gateway_config config = given_config("dev", ",'deny':[{'patterns':[{'name':'big'}],"
                                                       "'from':{'policy':'ns/no-big','place':'a.yaml:7'}}]");
    config.models.items[0].forbidden = config.models.items[0].targets;
    config.models.items[0].targets.count = 0;
    struct replay *replay = given_replay(&config, 1, NOON);

    take(replay, given_call(NOON));

    struct replay_rule_sum rule = only_rule(replay);
    cr_assert_eq(rule.effect, REPLAY_BLOCKED);
    ASSERT_TEXT(rule.rule, "models.deny");
    ASSERT_TEXT(rule.policy, "ns/no-big");
    ASSERT_TEXT(rule.place, "a.yaml:7");
    cr_assert_eq(rule.calls, 1);
    cr_assert_eq(rule.tokens, 15);
    cr_assert_eq(rule.saved_nano, 20000);
    cr_assert_eq(sum_of(replay, "dev").changed_nano, 0);
    check_identity(replay, "dev");
}

Test(replay, blocks_a_model_that_no_closed_set_has_or_no_route_leads_to)
{
    struct replay *allow = given_replay_of(
        ",'models':[],'allow':[{'patterns':[{'name':'small'}],'from':{'policy':'ns/only-small'}}]");
    struct replay *nowhere = given_replay_of(",'models':[]");

    take(allow, given_call(NOON));
    take(nowhere, given_call(NOON));

    ASSERT_TEXT(only_rule(allow).rule, "models.allow");
    ASSERT_TEXT(only_rule(nowhere).rule, "no route");
}

Test(replay, lets_an_earlier_try_spend_and_counts_its_call_once)
{
    struct replay *replay =
        given_replay_of(",'limits':[{'scope':'Environment','unit':'RequestsPerMinute','amount':1}],"
                        "'budgets':[{'id':'b','scope':'Environment','amount':40000,'period':'Day',"
                        "'onExceeded':'Block'}]");
    struct usage_record lost = given_call(NOON);
    lost.next_try = NEXT_TRY_TIMEOUT;

    take(replay, lost);
    take(replay, given_call(NOON));
    take(replay, given_call(NOON + 2 * MINUTE_MS));

    struct replay_environment_sum sum = sum_of(replay, "dev");
    cr_assert_eq(sum.calls, 2);
    cr_assert_eq(sum.changed_nano, 40000);
    cr_assert_eq(sum.effects[REPLAY_BLOCKED], 1, "the budget is spent by both tries of the first call");
}

Test(replay, goes_by_no_rule_in_shadow_mode)
{
    struct replay *replay = given_replay_of(
        ",'deny':[{'patterns':[{'name':'*'}],'from':{'mode':'Shadow'}}],"
        "'limits':[{'scope':'Environment','unit':'RequestsPerMinute','amount':0,'from':{'mode':'Shadow'}}],"
        "'maxInputTokens':{'amount':1,'from':{'mode':'Shadow'}},"
        "'budgets':[{'id':'b','scope':'Environment','amount':0,'period':'Day','onExceeded':'Block',"
        "'from':{'mode':'Shadow'}}]");

    take(replay, given_call(NOON));

    cr_assert_eq(count_rules(replay), 0);
}

Test(replay, moves_a_call_to_a_target_that_is_left_at_its_price)
{
    struct replay *replay = given_replay_of(
        ",'models':[{'name':'m','targets':[{'provider':'q','model':'small','priceVersion':'v'}]}],"
        "'prices':[{'version':'v','price':{'provider':'q','model':'*',"
        "'usdPerMillion':{'input':'0.5','output':'0.5'}}}],"
        "'deny':[{'patterns':[{'name':'big'}],'from':{'policy':'ns/no-big'}}]");

    take(replay, given_call(NOON));

    struct replay_rule_sum rule = only_rule(replay);
    cr_assert_eq(rule.effect, REPLAY_MOVED);
    ASSERT_TEXT(rule.policy, "ns/no-big");
    cr_assert_eq(rule.saved_nano, 20000 - 15 * 500);
    cr_assert_eq(sum_of(replay, "dev").changed_nano, 7500);
    check_identity(replay, "dev");
}

Test(replay, does_not_take_a_missing_key_for_a_refusal)
{
    struct replay *replay =
        given_replay_of(",'models':[{'name':'m','unavailable':'set OPENAI_API_KEY to enable'}]");

    take(replay, given_call(NOON));

    cr_assert_eq(count_rules(replay), 0);
    cr_assert_eq(sum_of(replay, "dev").changed_nano, 20000);
}

Test(replay, cuts_an_answer_that_is_too_long_and_says_what_is_saved)
{
    struct replay *replay =
        given_replay_of(",'maxOutputTokens':{'amount':2,'over':'Clamp','from':{'policy':'ns/short'}}");
    struct usage_record record = given_call(NOON);
    record.output_tokens = 1;
    record.reasoning_tokens = 4;

    take(replay, record);

    struct replay_rule_sum rule = only_rule(replay);
    cr_assert_eq(rule.effect, REPLAY_CLAMPED);
    ASSERT_TEXT(rule.rule, "maxOutputTokens");
    cr_assert_eq(rule.tokens, 3);
    cr_assert_eq(rule.saved_nano, 3 * 2000);
    cr_assert_eq(sum_of(replay, "dev").changed_nano, 10 * 1000 + 2 * 2000);
    check_identity(replay, "dev");
}

Test(replay, blocks_a_prompt_or_answer_that_is_too_long)
{
    struct replay *prompt = given_replay_of(",'maxInputTokens':{'amount':9}");
    struct replay *answer = given_replay_of(",'maxOutputTokens':{'amount':4,'over':'Refuse'}");
    struct replay *both_fit =
        given_replay_of(",'maxInputTokens':{'amount':10},'maxOutputTokens':{'amount':5,'over':'Refuse'}");

    take(prompt, given_call(NOON));
    take(answer, given_call(NOON));
    take(both_fit, given_call(NOON));

    ASSERT_TEXT(only_rule(prompt).rule, "maxInputTokens");
    ASSERT_TEXT(only_rule(answer).rule, "maxOutputTokens");
    cr_assert_eq(count_rules(both_fit), 0);
}

Test(replay, tells_what_other_prices_make_of_calls_that_go_on)
{
    struct replay *replay = given_replay_of(",'models':[{'name':'m','targets':[{'provider':'p','model':'big',"
                                            "'priceVersion':'v'}]}],"
                                            "'prices':[{'version':'v','price':{'provider':'p','model':'*',"
                                            "'usdPerMillion':{'input':'1','output':'3'}}}]");

    take(replay, given_call(NOON));

    cr_assert_eq(sum_of(replay, "dev").changed_nano, 25000);
    cr_assert_eq(sum_of(replay, "dev").saved_by_prices_nano, -5000);
    check_identity(replay, "dev");
}

Test(replay, counts_what_has_no_price_now_at_what_it_cost_then)
{
    struct replay *replay =
        given_replay_of(",'models':[{'name':'m','targets':[{'provider':'p','model':'big'}]}]");

    take(replay, given_call(NOON));

    cr_assert_eq(sum_of(replay, "dev").unpriced, 1);
    cr_assert_eq(sum_of(replay, "dev").changed_nano, 20000);
}

Test(replay, blocks_all_calls_of_a_suspended_workspace_and_of_an_environment_that_is_gone)
{
    struct replay *suspended = given_replay_of(",'suspended':true");
    struct replay *gone = given_replay(NULL, 0, NOON);

    take(suspended, given_call(NOON));
    take(gone, given_call(NOON));

    ASSERT_TEXT(only_rule(suspended).rule, "suspended");
    ASSERT_TEXT(only_rule(gone).rule, "environments");
}

Test(replay, counts_only_what_completed_or_was_billed)
{
    struct replay *replay = given_replay_of("");
    struct usage_record failed = given_call(NOON), gone = given_call(NOON);
    failed.outcome = CALL_UPSTREAM_FAILED;
    failed.usage_source = USAGE_NONE;
    failed.cost = FIELD_UNSET;
    gone.outcome = CALL_CLIENT_GONE;

    take(replay, failed);
    take(replay, gone);

    cr_assert_eq(sum_of(replay, "dev").calls, 1);
    cr_assert_eq(sum_of(replay, "dev").recorded_nano, 20000);
}

Test(replay, names_calls_that_were_refused_and_would_pass_by_what_refused_them)
{
    struct replay *replay = given_replay_of("");
    struct replay *still = given_replay_of(",'models':[]");

    take(replay, given_refused(NOON));
    take(still, given_refused(NOON));

    struct replay_rule_sum rule = only_rule(replay);
    cr_assert_eq(rule.effect, REPLAY_NEWLY_ALLOWED);
    ASSERT_TEXT(rule.rule, "rate_limited");
    ASSERT_TEXT(rule.policy, "ns/old");
    cr_assert_eq(sum_of(replay, "dev").calls, 0);
    cr_assert_eq(sum_of(replay, "dev").refused, 1);
    cr_assert_eq(count_rules(still), 0);
    cr_assert_eq(sum_of(still, "dev").refused, 1);
}

Test(replay, passes_lists_of_models_by_all_rules)
{
    struct replay *replay = given_replay_of(
        ",'models':[],'limits':[{'scope':'Environment','unit':'RequestsPerMinute','amount':0}]");
    struct usage_record record = given_call(NOON);
    record.model = (struct text){0};

    take(replay, record);

    cr_assert_eq(count_rules(replay), 0);
}

Test(replay, refuses_an_environment_that_comes_twice)
{
    struct gateway_config configs[] = {given_config("dev", ""), given_config("dev", "")};
    struct gateway_config_list list = {configs, 2};
    struct replay *replay;
    struct error err = {0};

    cr_assert_not(replay_new(arena, &list, NOON, &replay, &err));
    cr_assert(strstr(err.message, "lab/dev"));
}
