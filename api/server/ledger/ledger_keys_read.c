/* A declared key is known by its thing in `declared`, whose subject says whose it is. */
#include "api/server/ledger/ledger_keys_read.h"

#include "api/server/ledger/ledger_in_force.h"
#include "api/server/ledger/ledger_key_rows.h"
#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"
#include "lib/document/json.h"

enum { DEADLINE_MS = 5000 };                                                     /* all are small */
enum { WORKSPACE, DECLARED, GATEWAYS, ROWS };                                    /* the statements */
enum { CALLER, HASH, MADE, CREATED_MS, EXPIRES_MS, REVOKED_MS, DECLARED_COUNT }; /* columns of ROWS */

static bool is_there(struct arena *arena, const struct sql_result *results, const struct key_place *place,
                     struct error *err);
static bool
take_row(const struct sql_result *result, size_t row, struct kept_key *out_key, struct error *err);
static bool
take_ms(const struct sql_result *result, size_t row, size_t column, int64_t *out_ms, struct error *err);
static bool add_declared(struct arena *arena, const struct sql_result *result, const struct key_place *place,
                         struct kept_keys *keys, struct error *err);

struct sql_work *
ledger_keys_work(struct ledger *ledger, struct arena *arena)
{
    struct sql_work *work = sql_work_new(arena, ledger->connections.keys);
    sql_work_relax(work);
    sql_work_set_deadline(work, DEADLINE_MS);
    return work;
}

void
ledger_keys_add_read_rows(struct sql_work *work, const struct key_place *place)
{
    const struct sql_value params[] = {sql_text(place->workspace), sql_text(place->environment)};
    sql_work_add(work,
                 "SELECT caller, hash, made, created_ms, expires_ms, revoked_ms, (SELECT count(*) FROM "
                 "declared WHERE declared.workspace = caller_key.workspace AND action = 'KeyCreated' AND "
                 "subject = 'caller ' || caller_key.workspace || '/' || caller || ' key ' || hash) FROM "
                 "caller_key WHERE workspace = $1 AND environment = $2 ORDER BY created_ms, hash",
                 params, COUNT_OF(params));
}

bool
ledger_keys_take_rows(struct arena *arena, const struct sql_result *result, struct kept_keys *out_keys,
                      struct error *err)
{
    struct kept_keys keys = {arena_alloc_array(arena, result->row_count, sizeof(*keys.items)), 0};
    for (; keys.count < result->row_count; keys.count++)
        if (!take_row(result, keys.count, &keys.items[keys.count], err))
            return error_context(err, "reading a key's row");
    *out_keys = keys;
    return true;
}

void
ledger_keys_add_read(struct sql_work *work, struct arena *arena, const struct key_place *place)
{
    const struct sql_value params[] = {sql_text(place->workspace),
                                       sql_text(ledger_key_subject(arena, place, TEXT("")))};
    const struct sql_value gateways[] = {sql_text(place->workspace), sql_text(place->environment)};
    sql_work_add(work, "SELECT changes, callers FROM declaration WHERE workspace = $1", params, 1);
    sql_work_add(work,
                 "SELECT subject FROM declared WHERE workspace = $1 AND action = 'KeyCreated' AND "
                 "substr(subject, 1, length($2)) = $2 ORDER BY subject",
                 params, COUNT_OF(params));
    sql_work_add(work, "SELECT count(*) FROM journal WHERE workspace = $1 AND environment = $2", gateways,
                 COUNT_OF(gateways));
    ledger_keys_add_read_rows(work, place);
}

bool
ledger_keys_take(struct arena *arena, const struct sql_result *results, const struct key_place *place,
                 struct known_keys *out_known, struct error *err)
{
    struct known_keys known = {0};
    if (!is_there(arena, results, place, err) ||
        !sql_result_int(&results[WORKSPACE], 0, 0, &known.changes, err) ||
        !ledger_keys_take_rows(arena, &results[ROWS], &known.keys, err) ||
        !add_declared(arena, &results[DECLARED], place, &known.keys, err))
        return false;
    *out_known = known;
    return true;
}

/* A caller of every environment is in those that there are: a gateway of it was here. */
static bool
is_there(struct arena *arena, const struct sql_result *results, const struct key_place *place,
         struct error *err)
{
    const struct sql_result *workspace = &results[WORKSPACE];
    const struct document *caller = NULL;
    struct document *callers = NULL;
    struct text json;
    int64_t gateways;
    if (!sql_result_int(&results[GATEWAYS], 0, 0, &gateways, err))
        return false;
    if (workspace->row_count > 0 && (!sql_result_text(workspace, 0, 1, &json, err) ||
                                     !json_parse(arena, json, (struct text){0}, &callers, err)))
        return error_context(err, "the callers that are declared");
    for (size_t i = 0; !caller && i < document_count(callers); i++)
        if (text_equals(document_text(document_find(document_at(callers, i), TEXT("name"))), place->caller) &&
            in_force_is_in(document_at(callers, i), place->environment))
            caller = document_at(callers, i);
    if (caller && (gateways > 0 || document_count(document_find(caller, TEXT("environments"))) > 0))
        return true;
    return error_set(err, ERROR_NOT_FOUND,
                     "no caller %.*s is declared in %.*s/%.*s. Who may call, and where, stands in the "
                     "Workspace: declare it there first",
                     TEXT_ARG(place->caller), TEXT_ARG(place->workspace), TEXT_ARG(place->environment));
}

static bool
take_row(const struct sql_result *result, size_t row, struct kept_key *out_key, struct error *err)
{
    struct kept_key key;
    int64_t made, declared;
    if (!sql_result_text(result, row, CALLER, &key.caller, err) ||
        !sql_result_text(result, row, HASH, &key.hash, err) ||
        !sql_result_int(result, row, MADE, &made, err) ||
        !take_ms(result, row, CREATED_MS, &key.created_ms, err) ||
        !take_ms(result, row, EXPIRES_MS, &key.expires_ms, err) ||
        !take_ms(result, row, REVOKED_MS, &key.revoked_ms, err) ||
        !sql_result_int(result, row, DECLARED_COUNT, &declared, err))
        return false;
    key.is_made = made > 0;
    key.is_declared = declared > 0;
    *out_key = key;
    return true;
}

static bool
take_ms(const struct sql_result *result, size_t row, size_t column, int64_t *out_ms, struct error *err)
{
    *out_ms = FIELD_UNSET;
    return sql_result_is_null(result, row, column) || sql_result_int(result, row, column, out_ms, err);
}

/* Those that have no row. */
static bool
add_declared(struct arena *arena, const struct sql_result *result, const struct key_place *place,
             struct kept_keys *keys, struct error *err)
{
    size_t start = ledger_key_subject(arena, place, TEXT("")).length, kept = keys->count;
    struct kept_key *items = arena_alloc_array(arena, kept + result->row_count, sizeof(*items));
    if (kept > 0)
        memcpy(items, keys->items, kept * sizeof(*items));
    keys->items = items;
    for (size_t row = 0; row < result->row_count; row++) {
        struct text subject;
        bool has_row = false;
        if (!sql_result_text(result, row, 0, &subject, err))
            return false;
        struct text hash = text_slice(subject, start, subject.length);
        for (size_t i = 0; i < kept; i++)
            has_row =
                has_row || (text_equals(items[i].hash, hash) && text_equals(items[i].caller, place->caller));
        if (!has_row)
            items[keys->count++] = (struct kept_key){.caller = place->caller,
                                                     .hash = hash,
                                                     .is_declared = true,
                                                     .created_ms = FIELD_UNSET,
                                                     .expires_ms = FIELD_UNSET,
                                                     .revoked_ms = FIELD_UNSET};
    }
    return true;
}
