/* See the header. */
#include "api/types/shared_limit.h"

#include "lib/base/arena.h"

#define PREFIX "limit:"

DEFINE_SCHEMA(shared_limit, SHARED_LIMIT_FIELDS, "One limit that gateways share.");

struct text
shared_limit_id(struct arena *arena, struct text workspace, struct text environment,
                const struct gateway_limit *limit)
{
    return text_format(arena, PREFIX "%.*s/%.*s/%s/%s", TEXT_ARG(workspace), TEXT_ARG(environment),
                       limit_scope_names[limit->scope], limit_unit_names[limit->unit]);
}

bool
shared_limit_is_id(struct text id)
{
    return text_starts_with(id, TEXT(PREFIX));
}

bool
shared_limit_is_of(struct text id, struct text workspace, struct text environment)
{
    const struct text parts[] = {TEXT(PREFIX), workspace, TEXT("/"), environment, TEXT("/")};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (!text_starts_with(id, parts[i]))
            return false;
        id = text_slice(id, parts[i].length, id.length);
    }
    return true;
}

enum policy_scope
shared_limit_owner_scope(enum limit_scope scope)
{
    return scope == LIMIT_SCOPE_CALLER ? POLICY_SCOPE_CALLER : POLICY_SCOPE_ENVIRONMENT;
}
