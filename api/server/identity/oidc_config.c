/* The declarations of oidc_config.h made real, and the file that they are read from. */
#include "api/server/identity/oidc_config.h"

#include "api/server/ledger/ledger_scope.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/document/yaml.h"
#include "lib/schema/problems.h"

enum { MOST_FILE_BYTES = 1 << 20 };

static void
oidc_grant_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct oidc_grant *grant = value;
    if (grant->all == (grant->workspaces.count > 0))
        problems_add(problems, grant->source, path, "wants one of all: true and workspaces");
    for (size_t i = 0; i < grant->workspaces.count; i++)
        if (text_is_empty(grant->workspaces.items[i]))
            problems_add(problems, grant->source, path, "a workspace has a name");
}

static void
oidc_config_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct oidc_config *config = value;
    size_t count = 0;
    if (!text_starts_with(config->jwks_url, TEXT("https://")))
        problems_add(problems, config->source, path, "jwksUrl must begin with https://");
    for (size_t i = 0; i < config->grants.count; i++)
        count += config->grants.items[i].workspaces.count;
    if (count > LEDGER_SCOPE_MAX_WORKSPACES)
        problems_add(problems, config->source, path, "grants name more than %d workspaces",
                     LEDGER_SCOPE_MAX_WORKSPACES);
}

DEFINE_SCHEMA(oidc_grant, OIDC_GRANT_FIELDS, "What one group is shown.", .check = oidc_grant_check);
DEFINE_SCHEMA(oidc_config, OIDC_CONFIG_FIELDS, "An identity provider, and what its users are shown.",
              .check = oidc_config_check);

bool
oidc_config_read(struct arena *arena, const char *path, struct oidc_config *out_config, struct error *err)
{
    struct text yaml;
    return file_read(arena, path, MOST_FILE_BYTES, &yaml, err) &&
           oidc_config_parse(arena, yaml, text_of(path), out_config, err);
}

bool
oidc_config_parse(struct arena *arena, struct text yaml, struct text name, struct oidc_config *out_config,
                  struct error *err)
{
    struct document_list documents;
    struct problem_list problems;
    struct oidc_config config;
    problems_init(&problems, arena);
    if (!yaml_parse(arena, yaml, name, &documents, err))
        return false;
    if (documents.count != 1)
        return error_set(err, ERROR_INVALID, "%.*s: holds %zu documents, not one", TEXT_ARG(name),
                         documents.count);
    bool is_read =
        schema_decode(arena, &oidc_config_schema, documents.items[0], (struct text){0}, &config, &problems);
    if (!is_read || problems.error_count > 0)
        return error_set(err, ERROR_INVALID, "%.*s", TEXT_ARG(problem_line(arena, &problems.items[0])));
    *out_config = config;
    return true;
}
