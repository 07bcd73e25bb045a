/* Which name a pattern is held against, and which rule is named. The decision that operator and gateways
 * share. */
#include <criterion/criterion.h>

#include "api/types/model_rule_match.h"

static struct model_pattern any_o1 = {.provider = {"*", 1}, .name = {"o1*", 3}};
static struct model_pattern any_mini = {.provider = {"*", 1}, .name = {"*-mini", 6}};
static struct model_pattern any_of_openai = {.provider = {"openai", 6}, .name = {"*", 1}};
static struct model_pattern everything = {.provider = {"*", 1}, .name = {"*", 1}};

static const struct model_identity alias_of_o1 = {{"openai", 6}, {"o1-pro", 6}, {"chat-mini", 9}};
static const struct model_identity mini = {{"openai", 6}, {"gpt-4.1-mini", 12}, {"chat", 4}};
static const struct model_identity stranger = {.name = {"o1-pro", 6}};

static struct model_rule
rule(struct model_pattern *pattern, enum policy_mode mode)
{
    return (struct model_rule){.patterns = {pattern, 1}, .from.mode = mode};
}

static struct model_refusal
refusal_by(struct model_rule *closed_set, struct model_rule *denial, const struct model_identity *model)
{
    struct model_rule_list allow = {closed_set, closed_set ? 1 : 0}, deny = {denial, denial ? 1 : 0};
    return model_rules_find_refusal(&allow, &deny, POLICY_MODE_ENFORCE, model);
}

Test(model_rule_match, without_rules_every_model_passes)
{
    cr_assert_null(refusal_by(NULL, NULL, &mini).rule);
    cr_assert_null(refusal_by(NULL, NULL, &stranger).rule);
}

Test(model_rule_match, a_closed_set_looks_at_the_providers_name_only)
{
    struct model_rule minis = rule(&any_mini, POLICY_MODE_ENFORCE);

    cr_assert_null(refusal_by(&minis, NULL, &mini).rule, "whatever clients call it");
    struct model_refusal refusal = refusal_by(&minis, NULL, &alias_of_o1);
    cr_assert_eq(refusal.rule, &minis, "an allowed name does not help a forbidden model");
    cr_assert_not(refusal.is_denied);
}

Test(model_rule_match, a_denial_looks_at_both_names)
{
    struct model_rule no_o1 = rule(&any_o1, POLICY_MODE_ENFORCE),
                      no_mini = rule(&any_mini, POLICY_MODE_ENFORCE);

    cr_assert_eq(refusal_by(NULL, &no_o1, &alias_of_o1).rule, &no_o1);
    cr_assert_eq(refusal_by(NULL, &no_mini, &alias_of_o1).rule, &no_mini);
    cr_assert(refusal_by(NULL, &no_mini, &alias_of_o1).is_denied);
}

Test(model_rule_match, a_model_nobody_serves_goes_by_its_name_and_has_no_provider)
{
    struct model_rule only_o1 = rule(&any_o1, POLICY_MODE_ENFORCE);
    struct model_rule only_openai = rule(&any_of_openai, POLICY_MODE_ENFORCE);

    cr_assert_null(refusal_by(&only_o1, NULL, &stranger).rule);
    cr_assert_eq(refusal_by(&only_openai, NULL, &stranger).rule, &only_openai);
    cr_assert_null(refusal_by(NULL, &only_openai, &stranger).rule);
}

Test(model_rule_match, an_empty_name_is_in_no_set)
{
    struct model_rule all = rule(&everything, POLICY_MODE_ENFORCE);
    struct model_identity nameless = {0};

    cr_assert_eq(refusal_by(&all, NULL, &nameless).rule, &all);
    cr_assert_null(refusal_by(NULL, &all, &nameless).rule);
}

Test(model_rule_match, a_denial_is_named_before_a_closed_set)
{
    struct model_rule minis = rule(&any_mini, POLICY_MODE_ENFORCE),
                      no_o1 = rule(&any_o1, POLICY_MODE_ENFORCE);

    cr_assert_eq(refusal_by(&minis, &no_o1, &alias_of_o1).rule, &no_o1);
}

Test(model_rule_match, only_rules_of_the_mode_asked_for_count)
{
    struct model_rule trial = rule(&any_o1, POLICY_MODE_SHADOW);
    struct model_rule_list none = {0}, deny = {&trial, 1};

    cr_assert_null(refusal_by(NULL, &trial, &alias_of_o1).rule);
    cr_assert_eq(model_rules_find_refusal(&none, &deny, POLICY_MODE_SHADOW, &alias_of_o1).rule, &trial);
}
