/* The declaration of model_policy_provider.h made real, with its rules. */
#include "api/types/model_policy_provider.h"

#include "api/types/broken_rule.h"

static const struct schema_rule policy_provider_rules[] = {
    {"!(self.name in ['openai', 'echo', 'self-hosted'])",
     "openai, echo and self-hosted are built in; choose another name", ".name"},
    {"(self.type == 'OpenAI') == has(self.baseUrl)", "baseUrl belongs to type OpenAI, which needs it",
     ".baseUrl"},
    {"self.type == 'OpenAI' || !(has(self.caFile) || has(self.credentialsRef))",
     "caFile and credentialsRef belong to type OpenAI", NULL},
    {"self.type == 'Echo' || !has(self.echo)", "echo belongs to type Echo", ".echo"},
};

static void
check_echo(const struct policy_provider *provider, struct text path, struct problem_list *problems)
{
    static const char *const of_a_server[] = {"baseUrl", "caFile", "credentialsRef"};
    for (size_t i = 0; i < COUNT_OF(of_a_server); i++)
        if (source_has(provider->source, of_a_server[i]))
            broken_rule_add(problems, provider->source, path, of_a_server[i],
                            "belongs to type OpenAI; an Echo provider asks no server");
}

static void
policy_provider_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct policy_provider *provider = value;
    if (provider_is_built_in(provider->name))
        broken_rule_add(problems, provider->source, path, "name",
                        "openai, echo and self-hosted are built in; choose another name");
    if (provider->type == PROVIDER_TYPE_ECHO) {
        check_echo(provider, path, problems);
        return;
    }
    if (text_is_empty(provider->base_url))
        broken_rule_add(problems, provider->source, path, "baseUrl",
                        "is needed with type OpenAI, such as https://llm.example.com/v1");
    if (provider->echo.source)
        broken_rule_add(problems, provider->source, path, "echo", "belongs to type Echo");
}

DEFINE_SCHEMA(policy_provider, POLICY_PROVIDER_FIELDS, "A server that answers calls.",
              CHECKED_BY(policy_provider));

bool
provider_is_built_in(struct text name)
{
    return text_equals(name, TEXT(PROVIDER_BUILT_IN_OPENAI)) ||
           text_equals(name, TEXT(PROVIDER_BUILT_IN_ECHO)) || text_equals(name, TEXT(PROVIDER_SELF_HOSTED));
}
