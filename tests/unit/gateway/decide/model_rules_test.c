/* Closed sets, denials, which name a pattern sees, Shadow, and the list people are told. */
#include <criterion/criterion.h>

#include "gateway/decide/model_rules.h"
#include "lib/base/arena.h"

static struct arena *arena;
static struct gateway_config *config;

static void
given_config(void)
{
    arena = arena_new(0);
    config = arena_alloc(arena, sizeof(*config));
}

static void
end_config(void)
{
    arena_free(arena);
}

TestSuite(model_rules, .init = given_config, .fini = end_config);

static struct model_rule *
add_rule(struct model_rule_list *list, const char *policy, const char *provider, const char *name)
{
    size_t capacity = list->count;
    list->items = arena_grow(arena, list->items, list->count, &capacity, sizeof(*list->items));
    struct model_rule *rule = &list->items[list->count++];
    struct model_pattern *pattern = arena_alloc(arena, sizeof(*pattern));
    *pattern = (struct model_pattern){.provider = text_of(provider), .name = text_of(name)};
    *rule = (struct model_rule){.patterns = {pattern, 1}, .from = {.policy = text_of(policy)}};
    return rule;
}

static void
add_model(const char *name, const char *provider, const char *provider_model)
{
    size_t capacity = config->models.count;
    config->models.items = arena_grow(arena, config->models.items, config->models.count, &capacity,
                                      sizeof(*config->models.items));
    struct gateway_target *target = arena_alloc(arena, sizeof(*target));
    *target = (struct gateway_target){.provider = text_of(provider), .model = text_of(provider_model)};
    config->models.items[config->models.count++] =
        (struct gateway_model){.name = text_of(name), .targets = {target, 1}};
}

static bool
allows(const char *provider, const char *name, const char *provider_model)
{
    struct model_identity candidate = {text_of(provider), text_of(provider_model), text_of(name)};
    return model_rules_decide(config, &candidate).allowed;
}

Test(model_rules, allow_everything_when_there_are_none)
{
    cr_assert(allows("openai", "gpt-4.1", "gpt-4.1"));
}

Test(model_rules, need_the_model_in_each_closed_set)
{
    add_rule(&config->allow, "weir-system/org", "*", "gpt-*");
    add_rule(&config->allow, "demo-prod/hardening", "*", "*-mini");

    cr_assert(allows("openai", "gpt-4.1-mini", "gpt-4.1-mini"));
    cr_assert_not(allows("openai", "gpt-4.1", "gpt-4.1"));
    cr_assert_not(allows("anthropic", "claude-mini", "claude-mini"));
}

Test(model_rules, refuse_what_any_denial_names)
{
    add_rule(&config->deny, "weir-system/org", "*", "*-preview");

    struct model_identity candidate = {TEXT("openai"), TEXT("o3-preview"), TEXT("chat")};
    struct model_verdict verdict = model_rules_decide(config, &candidate);

    cr_assert_not(verdict.allowed);
    cr_assert(verdict.is_denied);
    cr_assert(text_equals(verdict.rule->from.policy, TEXT("weir-system/org")));
}

Test(model_rules, name_the_closed_set_that_a_model_is_missing_from)
{
    add_rule(&config->allow, "weir-system/org", "*", "*");
    add_rule(&config->allow, "demo-prod/hardening", "*", "echo");

    struct model_identity candidate = {TEXT("openai"), TEXT("gpt-4.1"), TEXT("gpt-4.1")};
    struct model_verdict verdict = model_rules_decide(config, &candidate);

    cr_assert_not(verdict.is_denied);
    cr_assert(text_equals(verdict.rule->from.policy, TEXT("demo-prod/hardening")));
}

Test(model_rules, are_not_fooled_by_a_forbidden_model_under_an_allowed_name)
{
    add_rule(&config->allow, "weir-system/org", "*", "gpt-4.1-mini");

    cr_assert_not(allows("openai", "gpt-4.1-mini", "o1-pro"));
    cr_assert(allows("openai", "chat-default", "gpt-4.1-mini"));
}

Test(model_rules, deny_by_either_name)
{
    add_rule(&config->deny, "weir-system/org", "*", "o1*");

    cr_assert_not(allows("openai", "chat", "o1-pro"));
    cr_assert_not(allows("openai", "o1-alias", "gpt-4.1"));
}

Test(model_rules, look_at_the_provider_too)
{
    add_rule(&config->allow, "weir-system/org", "openai", "*");

    cr_assert(allows("openai", "gpt-4.1", "gpt-4.1"));
    cr_assert_not(allows("azure", "gpt-4.1", "gpt-4.1"));
    cr_assert_not(allows("", "stranger", ""));
}

Test(model_rules, only_note_what_a_rule_in_shadow_would_refuse)
{
    add_rule(&config->deny, "weir-system/trial", "*", "gpt-*")->from.mode = POLICY_MODE_SHADOW;

    struct model_identity candidate = {TEXT("openai"), TEXT("gpt-4.1"), TEXT("gpt-4.1")};
    struct model_verdict verdict = model_rules_decide(config, &candidate);

    cr_assert(verdict.allowed);
    cr_assert(text_equals(verdict.shadow->from.policy, TEXT("weir-system/trial")));
}

Test(model_rules, allow_a_model_when_any_of_its_targets_is)
{
    add_rule(&config->allow, "weir-system/org", "local", "*");
    add_model("chat", "openai", "gpt-4.1");
    struct gateway_target fallback = {.provider = TEXT("local"), .model = TEXT("llama")};
    config->models.items[0].fallback = (struct gateway_target_list){&fallback, 1};

    cr_assert(model_rules_decide_model(config, &config->models.items[0]).allowed);
    cr_assert_not(model_rules_allow_target(config, &config->models.items[0],
                                           &config->models.items[0].targets.items[0]));
    cr_assert(model_rules_allow_target(config, &config->models.items[0], &fallback));
}

Test(model_rules, say_of_a_stranger_who_denied_it)
{
    add_model("echo", "echo", "echo");
    add_rule(&config->deny, "weir-system/org", "*", "gpt-4.1");
    const struct gateway_model *model;

    struct model_verdict denied = model_rules_decide_name(config, TEXT("gpt-4.1"), &model);
    cr_assert(denied.is_denied);
    cr_assert_null(model);

    cr_assert(model_rules_decide_name(config, TEXT("echo"), &model).allowed);
    cr_assert_not_null(model);
}

Test(model_rules, list_what_is_allowed_for_people)
{
    add_model("echo", "echo", "echo");
    add_model("gpt-4.1", "openai", "gpt-4.1");
    add_model("claude-x", "anthropic", "claude-x");
    add_model("claude-y", "anthropic", "claude-y");
    add_rule(&config->deny, "weir-system/org", "*", "gpt-4.1");

    cr_assert(text_equals(model_rules_list_allowed(arena, config, 10), TEXT("echo, claude-x, claude-y")));
    cr_assert(text_equals(model_rules_list_allowed(arena, config, 1), TEXT("echo and 2 more")));
}

Test(model_rules, find_the_rule_again_that_leaves_nothing_of_a_model)
{
    add_rule(&config->deny, "weir-system/org", "openai", "gpt-4.1");
    add_model("chat", "openai", "gpt-4.1");
    struct gateway_model *chat = &config->models.items[0];
    chat->forbidden = chat->targets;
    chat->targets = (struct gateway_target_list){0};
    const struct gateway_model *found;

    struct model_verdict verdict = model_rules_decide_name(config, TEXT("chat"), &found);

    cr_assert(verdict.is_denied);
    cr_assert(text_equals(verdict.rule->from.policy, TEXT("weir-system/org")));
}

Test(model_rules, do_not_judge_a_model_that_only_lacks_its_key)
{
    add_rule(&config->allow, "weir-system/org", "openai", "*");
    add_model("chat", "openai", "gpt-4.1");
    config->models.items[0].targets = (struct gateway_target_list){0};
    config->models.items[0].unavailable = TEXT("set OPENAI_API_KEY to enable");

    cr_assert(model_rules_decide_model(config, &config->models.items[0]).allowed);
    cr_assert(text_equals(model_rules_list_allowed(arena, config, 10), TEXT("")), "but it is not offered");
}
