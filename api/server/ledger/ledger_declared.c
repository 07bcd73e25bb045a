/* Two states of one workspace side by side. Its row is moved from what was read in the same transaction, so
 * nobody can have changed what this compares with. */
#include "api/server/ledger/ledger_declared.h"

#include "api/server/ledger/ledger_audit.h"
#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/map.h"
#include "lib/document/json.h"

enum { ACTION, SUBJECT, ENVIRONMENT, DIGEST, COLUMN_COUNT };

static const char put_thing[] =
    "INSERT INTO declared (workspace, action, subject, environment, digest) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (workspace, action, subject) DO UPDATE SET environment = excluded.environment, digest = "
    "excluded.digest";

struct known_thing {
    struct text columns[COLUMN_COUNT];
    bool is_declared; /* still */
};

struct comparing {
    struct sql_work *work;
    struct arena *arena;
    struct text workspace;
    int64_t now_ms;
    struct map *known; /* struct known_thing by action and subject */
};

static bool take_known(struct comparing *comparing, const struct sql_result *result, struct error *err);
static struct text key_of(struct arena *arena, struct text action, struct text subject);
static void compare(struct comparing *comparing, const struct declared_thing *thing);
static void remove_gone(struct comparing *comparing);
static void add_row(struct comparing *comparing, struct audit_row *row);
static void keep_in_force(struct comparing *comparing, const struct declaration *declaration);
static struct text list_of(struct comparing *comparing, const struct document *declaration, const char *name);

void
ledger_declared_add_read(struct sql_work *work, struct text workspace)
{
    const struct sql_value params[] = {sql_text(workspace)};
    sql_work_add(work, "SELECT action, subject, environment, digest FROM declared WHERE workspace = $1",
                 params, COUNT_OF(params));
}

bool
ledger_declared_add_changes(struct sql_work *work, struct arena *arena, const struct ledger_declare *declare,
                            const struct sql_result *known, struct error *err)
{
    const struct declaration *declaration = &declare->declaration;
    struct comparing comparing = {work, arena, declare->workspace, clock_unix_ms(), map_new(arena)};
    if (!take_known(&comparing, known, err))
        return false;
    for (size_t i = 0; i < declaration->things.count; i++)
        compare(&comparing, &declaration->things.items[i]);
    if (declaration->whole) {
        remove_gone(&comparing);
        keep_in_force(&comparing, declaration);
    }
    return true;
}

bool
ledger_declared_add_removal(struct sql_work *work, struct arena *arena, struct text workspace,
                            const struct sql_result *known, struct error *err)
{
    struct comparing comparing = {work, arena, workspace, clock_unix_ms(), map_new(arena)};
    if (!take_known(&comparing, known, err))
        return false;
    remove_gone(&comparing);
    return true;
}

static bool
take_known(struct comparing *comparing, const struct sql_result *result, struct error *err)
{
    struct arena *arena = comparing->arena;
    for (size_t i = 0; i < result->row_count; i++) {
        struct known_thing *thing = arena_alloc(arena, sizeof(*thing));
        for (size_t j = 0; j < COLUMN_COUNT; j++)
            if (!sql_result_text(result, i, j, &thing->columns[j], err))
                return false;
        map_set(comparing->known, key_of(arena, thing->columns[ACTION], thing->columns[SUBJECT]), thing);
    }
    return true;
}

static struct text
key_of(struct arena *arena, struct text action, struct text subject)
{
    return text_format(arena, "%.*s %.*s", TEXT_ARG(action), TEXT_ARG(subject));
}

static void
compare(struct comparing *comparing, const struct declared_thing *thing)
{
    struct arena *arena = comparing->arena;
    struct text action = text_of(audit_action_names[thing->action]);
    struct known_thing *known = map_find(comparing->known, key_of(arena, action, thing->subject));
    if (known)
        known->is_declared = true;
    if (known && text_equals(known->columns[DIGEST], thing->digest))
        return;
    const struct sql_value params[] = {sql_text(comparing->workspace), sql_text(action),
                                       sql_text(thing->subject), sql_text(thing->environment),
                                       sql_text(thing->digest)};
    sql_work_add(comparing->work, put_thing, params, COUNT_OF(params));
    struct audit_row row = {.actor = thing->actor,
                            .action = thing->action,
                            .subject = thing->subject,
                            .environment = thing->environment,
                            .detail_digest = thing->digest,
                            .reason = TEXT("new")};
    if (known)
        row.reason = text_format(arena, "changed, was %.*s", TEXT_ARG(known->columns[DIGEST]));
    add_row(comparing, &row);
}

/* Who removed it is not known: what is gone says nothing. An approval that is withdrawn was given. */
static void
remove_gone(struct comparing *comparing)
{
    struct text key;
    void *value;
    for (size_t at = 0; map_next(comparing->known, &at, &key, &value);) {
        const struct known_thing *thing = value;
        int action;
        if (thing->is_declared || !schema_enum_parse(audit_action_names, thing->columns[ACTION], &action))
            continue;
        const struct sql_value params[] = {sql_text(comparing->workspace), sql_text(thing->columns[ACTION]),
                                           sql_text(thing->columns[SUBJECT])};
        sql_work_add(comparing->work,
                     "DELETE FROM declared WHERE workspace = $1 AND action = $2 AND subject = $3", params,
                     COUNT_OF(params));
        struct audit_row row = {
            .actor = TEXT("unknown"),
            .action = action == AUDIT_KEY_CREATED ? AUDIT_KEY_REVOKED : (enum audit_action)action,
            .subject = thing->columns[SUBJECT],
            .environment = thing->columns[ENVIRONMENT],
            .reason = text_format(comparing->arena, "removed, was %.*s", TEXT_ARG(thing->columns[DIGEST]))};
        if (action != AUDIT_APPROVAL_GIVEN)
            add_row(comparing, &row);
    }
}

static void
add_row(struct comparing *comparing, struct audit_row *row)
{
    row->time_ms = comparing->now_ms;
    row->decision = AUDIT_DONE;
    row->workspace = comparing->workspace;
    ledger_audit_add(comparing->work, comparing->arena, row);
}

static void
keep_in_force(struct comparing *comparing, const struct declaration *declaration)
{
    const struct document *encoded =
        schema_encode(comparing->arena, &declaration_schema, declaration, SCHEMA_ENCODE_PLAIN);
    const struct sql_value params[] = {
        sql_text(comparing->workspace), sql_text(list_of(comparing, encoded, "callers")),
        sql_text(list_of(comparing, encoded, "prices")), sql_text(list_of(comparing, encoded, "limits"))};
    sql_work_add(comparing->work,
                 "UPDATE declaration SET callers = $2, prices = $3, limits = $4 WHERE workspace = $1", params,
                 COUNT_OF(params));
}

static struct text
list_of(struct comparing *comparing, const struct document *declaration, const char *name)
{
    const struct document *list = document_find(declaration, text_of(name));
    struct buffer json;
    if (!list)
        return TEXT("[]");
    buffer_init(&json, comparing->arena, 4096);
    json_print(list, &json);
    return buffer_text(&json);
}
