/* See the header. */
#include "api/server/ledger/ledger_key_rows.h"

#include "api/server/ledger/ledger_audit.h"
#include "api/server/ledger/ledger_parts.h"
#include "api/types/declaration.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/map.h"

enum { ENVIRONMENT, CALLER, HASH, MADE, REVOKED_MS }; /* columns of what a workspace has */

struct ending {
    struct sql_work *work;
    struct arena *arena;
    struct text workspace;
    struct map *declared;     /* "caller/environment", "caller/" for all; NULL: the workspace is gone */
    struct map *environments; /* that something changed in */
    int64_t now_ms;
};

static struct sql_value ms_value(int64_t ms);
static struct map *index_declared(struct arena *arena, const struct declaration *declaration);
static struct text pair_of(struct arena *arena, struct text caller, struct text environment);
static bool end_row(struct ending *ending, const struct sql_result *known, size_t row, struct error *err);
static bool is_declared(const struct ending *ending, const struct key_place *place);
static void add_audit_row(const struct ending *ending, const struct key_place *place, struct text hash);

struct text
ledger_key_subject(struct arena *arena, const struct key_place *place, struct text hash)
{
    return text_format(arena, "caller %.*s/%.*s key %.*s", TEXT_ARG(place->workspace),
                       TEXT_ARG(place->caller), TEXT_ARG(hash));
}

void
ledger_keys_add_news(struct sql_work *work, struct text workspace, struct text environment)
{
    const struct sql_value params[] = {sql_text(workspace), sql_text(environment)};
    sql_work_add(work, "UPDATE key_change SET number = number + 1 WHERE id = 1", NULL, 0);
    sql_work_add(work,
                 "INSERT INTO key_environment (workspace, environment, number) SELECT $1, $2, number FROM "
                 "key_change WHERE id = 1 ON CONFLICT (workspace, environment) DO UPDATE SET number = "
                 "excluded.number",
                 params, COUNT_OF(params));
}

void
ledger_key_add_put(struct sql_work *work, const struct key_place *place, const struct kept_key *key)
{
    const struct sql_value params[] = {sql_text(place->workspace), sql_text(place->environment),
                                       sql_text(key->caller),      sql_text(key->hash),
                                       sql_int(key->is_made),      ms_value(key->created_ms),
                                       ms_value(key->expires_ms),  ms_value(key->revoked_ms)};
    sql_work_add(work,
                 "INSERT INTO caller_key (workspace, environment, caller, hash, made, created_ms, "
                 "expires_ms, revoked_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (workspace, "
                 "environment, hash) DO UPDATE SET revoked_ms = excluded.revoked_ms",
                 params, COUNT_OF(params));
}

void
ledger_key_add_removal(struct sql_work *work, const struct key_place *place, struct text hash)
{
    const struct sql_value params[] = {sql_text(place->workspace), sql_text(place->environment),
                                       sql_text(hash)};
    sql_work_add(work, "DELETE FROM caller_key WHERE workspace = $1 AND environment = $2 AND hash = $3",
                 params, COUNT_OF(params));
}

void
ledger_keys_add_forgetting(struct sql_work *work, int64_t before_ms)
{
    const struct sql_value params[] = {sql_int(before_ms)};
    sql_work_add(work,
                 "DELETE FROM caller_key WHERE revoked_ms <= $1 AND workspace NOT IN (SELECT workspace FROM "
                 "declaration)",
                 params, COUNT_OF(params));
}

void
ledger_keys_add_read_of_workspace(struct sql_work *work, struct text workspace)
{
    const struct sql_value params[] = {sql_text(workspace)};
    sql_work_add(work,
                 "SELECT environment, caller, hash, made, revoked_ms FROM caller_key WHERE workspace = $1",
                 params, COUNT_OF(params));
}

bool
ledger_keys_add_end_of_undeclared(struct sql_work *work, struct arena *arena, const struct key_owner *owner,
                                  const struct sql_result *known, struct error *err)
{
    struct ending ending = {.work = work,
                            .arena = arena,
                            .workspace = owner->workspace,
                            .declared = owner->declaration ? index_declared(arena, owner->declaration) : NULL,
                            .environments = map_new(arena),
                            .now_ms = clock_unix_ms()};
    struct text environment;
    void *unused;
    for (size_t row = 0; row < known->row_count; row++)
        if (!end_row(&ending, known, row, err))
            return false;
    for (size_t at = 0; map_next(ending.environments, &at, &environment, &unused);)
        ledger_keys_add_news(work, owner->workspace, environment);
    return true;
}

static struct sql_value
ms_value(int64_t ms)
{
    return ms == FIELD_UNSET ? sql_null() : sql_int(ms);
}

/* Callers of one name may be declared in several environments each. */
static struct map *
index_declared(struct arena *arena, const struct declaration *declaration)
{
    struct map *declared = map_new(arena);
    for (size_t i = 0; i < declaration->callers.count; i++) {
        struct declared_caller *caller = &declaration->callers.items[i];
        if (caller->environments.count == 0)
            map_set(declared, pair_of(arena, caller->name, TEXT("")), caller);
        for (size_t j = 0; j < caller->environments.count; j++)
            map_set(declared, pair_of(arena, caller->name, caller->environments.items[j]), caller);
    }
    return declared;
}

static struct text
pair_of(struct arena *arena, struct text caller, struct text environment)
{
    return text_format(arena, "%.*s/%.*s", TEXT_ARG(caller), TEXT_ARG(environment));
}

/* A declared key that was revoked stays so for a while when its caller goes, or the whole workspace
 * (key_is_over): it may be declared again. */
static bool
end_row(struct ending *ending, const struct sql_result *known, size_t row, struct error *err)
{
    struct key_place place = {.workspace = ending->workspace};
    struct text hash;
    int64_t made, revoked_ms = INT64_MAX;
    bool is_revoked = !sql_result_is_null(known, row, REVOKED_MS);
    if (!sql_result_text(known, row, ENVIRONMENT, &place.environment, err) ||
        !sql_result_text(known, row, CALLER, &place.caller, err) ||
        !sql_result_text(known, row, HASH, &hash, err) || !sql_result_int(known, row, MADE, &made, err) ||
        (is_revoked && !sql_result_int(known, row, REVOKED_MS, &revoked_ms, err)))
        return error_context(err, "reading a key's row");
    if (made == 0 || (ending->declared && is_declared(ending, &place)))
        return true;
    ledger_key_add_removal(ending->work, &place, hash);
    map_set(ending->environments, place.environment, ending);
    if (made > 0 && revoked_ms > ending->now_ms)
        add_audit_row(ending, &place, hash);
    return true;
}

static bool
is_declared(const struct ending *ending, const struct key_place *place)
{
    return map_find(ending->declared, pair_of(ending->arena, place->caller, place->environment)) ||
           map_find(ending->declared, pair_of(ending->arena, place->caller, TEXT("")));
}

static void
add_audit_row(const struct ending *ending, const struct key_place *place, struct text hash)
{
    const struct audit_row row = {.time_ms = ending->now_ms,
                                  .actor = TEXT("unknown"),
                                  .action = AUDIT_KEY_REVOKED,
                                  .subject = ledger_key_subject(ending->arena, place, hash),
                                  .decision = AUDIT_DONE,
                                  .workspace = place->workspace,
                                  .environment = place->environment,
                                  .reason = TEXT("was made over REST; its caller is declared there no more")};
    ledger_audit_add(ending->work, ending->arena, &row);
}
