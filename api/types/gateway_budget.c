/* Environments are DNS labels, so the first two parts of an owner cannot run into the third. */
#include "api/types/gateway_budget.h"

#include "lib/base/arena.h"

const char *const budget_unit_names[] = {"USD", "Tokens", "Requests", NULL};

#define PACE "/pace"

DEFINE_SCHEMA(gateway_budget, GATEWAY_BUDGET_FIELDS, "One budget, resolved.");

static struct text owner_of(struct arena *arena, const struct budget_payer *payer, struct text third);
static bool has_owner_prefix(struct text owner, struct text workspace, struct text environment);

struct text
budget_pace_id(struct arena *arena, struct text id)
{
    return text_format(arena, "%.*s" PACE, TEXT_ARG(id));
}

struct text
budget_paced_id(const struct gateway_budget *pace)
{
    bool is_pace = pace->unit == BUDGET_UNIT_REQUESTS && text_ends_with(pace->id, TEXT(PACE));
    return is_pace ? text_slice(pace->id, 0, pace->id.length - strlen(PACE)) : (struct text){0};
}

bool
budget_owner(struct arena *arena, enum policy_scope scope, struct text tag_key,
             const struct budget_payer *payer, struct text *out_owner)
{
    struct text third = {0};
    switch (scope) {
    case POLICY_SCOPE_ORGANISATION:
        *out_owner = TEXT("");
        return true;
    case POLICY_SCOPE_WORKSPACE:
        *out_owner = payer->workspace;
        return true;
    case POLICY_SCOPE_ENVIRONMENT:
        *out_owner = owner_of(arena, payer, (struct text){0});
        return true;
    case POLICY_SCOPE_CALLER:
        third = payer->caller;
        break;
    case POLICY_SCOPE_DEPLOYMENT:
        third = payer->deployment;
        break;
    case POLICY_SCOPE_MODEL:
        third = payer->model;
        break;
    case POLICY_SCOPE_USER:
        third = payer->user;
        break;
    case POLICY_SCOPE_RUN:
        third = payer->run;
        break;
    case POLICY_SCOPE_TAG:
        third = text_pair_list_find(&payer->tags, tag_key);
        break;
    }
    if (text_is_empty(third))
        return false;
    *out_owner = owner_of(arena, payer, third);
    return true;
}

/* Each call asks for several, and printf would be ten times as slow. */
static struct text
owner_of(struct arena *arena, const struct budget_payer *payer, struct text third)
{
    struct text parts[] = {payer->workspace, payer->environment, third};
    const struct text_list list = {parts, text_is_empty(third) ? 2 : 3};
    return text_join(arena, &list, TEXT("/"));
}

bool
budget_owner_is_of(enum policy_scope scope, struct text owner, struct text workspace, struct text environment)
{
    switch (scope) {
    case POLICY_SCOPE_ORGANISATION:
        return text_is_empty(owner);
    case POLICY_SCOPE_WORKSPACE:
        return text_equals(owner, workspace);
    case POLICY_SCOPE_ENVIRONMENT:
        return has_owner_prefix(owner, workspace, environment) &&
               owner.length == workspace.length + 1 + environment.length;
    case POLICY_SCOPE_CALLER:
    case POLICY_SCOPE_DEPLOYMENT:
    case POLICY_SCOPE_MODEL:
    case POLICY_SCOPE_USER:
    case POLICY_SCOPE_RUN:
    case POLICY_SCOPE_TAG: {
        size_t prefix = workspace.length + 1 + environment.length;
        return has_owner_prefix(owner, workspace, environment) && owner.length > prefix + 1 &&
               owner.bytes[prefix] == '/';
    }
    }
    return false;
}

static bool
has_owner_prefix(struct text owner, struct text workspace, struct text environment)
{
    size_t prefix = workspace.length + 1 + environment.length;
    return owner.length >= prefix && text_starts_with(owner, workspace) &&
           owner.bytes[workspace.length] == '/' &&
           text_equals(text_slice(owner, workspace.length + 1, prefix), environment);
}
