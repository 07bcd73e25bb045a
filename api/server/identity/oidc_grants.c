/* Grants add up; a workspace that two groups see is in the scope once. */
#include "api/server/identity/oidc_grants.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json.h"

static const struct document *
find_claim(struct arena *arena, const struct document *claims, struct text name);
static bool is_group_list(const struct document *groups);
static bool is_in(const struct document *groups, struct text group);
static void add_grant(const struct oidc_grant *grant, struct ledger_scope *scope);

bool
oidc_grants_find(struct arena *arena, const struct oidc_config *config, struct text claims,
                 struct oidc_user *out_user, struct error *err)
{
    struct document *said = NULL;
    if (!json_parse(arena, claims, (struct text){0}, &said, NULL))
        return error_set(err, ERROR_INVALID, "the token's claims cannot be read");
    const struct document *name = find_claim(arena, said, config->user_claim);
    const struct document *groups = find_claim(arena, said, config->groups_claim);
    if (document_kind(name) != DOCUMENT_TEXT || text_is_empty(document_text(name)))
        return error_set(err, ERROR_INVALID, "the token's claim %.*s names nobody",
                         TEXT_ARG(config->user_claim));
    if (!is_group_list(groups))
        return error_set(err, ERROR_INVALID, "the token's claim %.*s is not a list of at most %d texts",
                         TEXT_ARG(config->groups_claim), OIDC_MAX_GROUPS);
    struct oidc_user user = {.name = document_text(name)};
    user.scope.workspaces.items = arena_alloc_array(arena, LEDGER_SCOPE_MAX_WORKSPACES, sizeof(struct text));
    for (size_t i = 0; i < config->grants.count; i++)
        if (is_in(groups, config->grants.items[i].group))
            add_grant(&config->grants.items[i], &user.scope);
    *out_user = user;
    return true;
}

/* A name may have dots in it ("https://example.com/groups"): it goes before the path. */
static const struct document *
find_claim(struct arena *arena, const struct document *claims, struct text name)
{
    const struct document *found = document_find(claims, name);
    return found ? found : document_get(claims, text_c_string(arena, name));
}

/* Providers write a single group as a text; a claim that is not there is one without groups. */
static bool
is_group_list(const struct document *groups)
{
    enum document_kind kind = document_kind(groups);
    if (kind != DOCUMENT_LIST)
        return kind == DOCUMENT_TEXT || kind == DOCUMENT_NULL;
    for (size_t i = 0; i < document_count(groups); i++)
        if (document_kind(document_at(groups, i)) != DOCUMENT_TEXT)
            return false;
    return document_count(groups) <= OIDC_MAX_GROUPS;
}

static bool
is_in(const struct document *groups, struct text group)
{
    for (size_t i = 0; i < document_count(groups); i++)
        if (text_equals(document_text(document_at(groups, i)), group))
            return true;
    return document_kind(groups) == DOCUMENT_TEXT && text_equals(document_text(groups), group);
}

/* oidc_config_check counted them: there is room. */
static void
add_grant(const struct oidc_grant *grant, struct ledger_scope *scope)
{
    scope->is_all = scope->is_all || grant->all;
    for (size_t i = 0; i < grant->workspaces.count; i++)
        if (!ledger_scope_has(scope, grant->workspaces.items[i]))
            scope->workspaces.items[scope->workspaces.count++] = grant->workspaces.items[i];
}
