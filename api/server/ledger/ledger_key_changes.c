/* A change of keys is decided on what was read, and stands only if the workspace did not change meanwhile:
 * else it is looked at again. */
#include "api/server/ledger/ledger_audit.h"
#include "api/server/ledger/ledger_key_rows.h"
#include "api/server/ledger/ledger_keys_read.h"
#include "api/server/ledger/ledger_parts.h"
#include "api/types/declaration.h"
#include "lib/base/arena.h"
#include "lib/base/parse.h"

enum { MOST_TRIES = 16 };

struct changing {
    struct ledger *ledger;
    struct arena *arena;
    const struct key_change *change;
    key_changed_fn on_answer;
    void *owner;
    struct key_decision decision;
    int tries;
};

static void look(struct changing *changing);
static void on_looked(void *owner, const struct sql_outcome *outcome);
static bool decide(struct changing *changing, const struct sql_result *results, struct known_keys *out_known,
                   struct key_changed_answer *answer);
static void write_down(struct changing *changing, const struct known_keys *known);
static void on_written(void *owner, const struct sql_outcome *outcome);
static void add_rows(struct sql_work *work, const struct changing *changing);
static void add_audit_row(struct sql_work *work, const struct changing *changing, struct audit_row *row,
                          const struct kept_key *key);

void
ledger_change_keys(struct ledger *ledger, struct arena *arena, const struct key_change *change,
                   key_changed_fn on_answer, void *owner)
{
    struct changing *changing = arena_alloc(arena, sizeof(*changing));
    *changing = (struct changing){
        .ledger = ledger, .arena = arena, .change = change, .on_answer = on_answer, .owner = owner};
    look(changing);
}

static void
look(struct changing *changing)
{
    struct sql_work *work = ledger_keys_work(changing->ledger, changing->arena);
    changing->tries++;
    ledger_keys_add_read(work, changing->arena, &changing->change->place);
    sql_work_run(work, on_looked, changing);
}

static void
on_looked(void *owner, const struct sql_outcome *sql)
{
    struct changing *changing = owner;
    struct key_changed_answer answer = {0};
    struct known_keys known;
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE && decide(changing, sql->results, &known, &answer)) {
        write_down(changing, &known);
        return;
    }
    answer.decision = changing->decision;
    changing->on_answer(changing->owner, &answer);
}

/* False: there is nothing to write. */
static bool
decide(struct changing *changing, const struct sql_result *results, struct known_keys *out_known,
       struct key_changed_answer *answer)
{
    const struct key_change *change = changing->change;
    if (!ledger_keys_take(changing->arena, results, &change->place, out_known, &answer->why)) {
        answer->end = answer->why.kind == ERROR_NOT_FOUND ? LEDGER_REFUSED : LEDGER_FAILED;
        return false;
    }
    if (!key_rules_decide(&out_known->keys, change, &changing->decision, &answer->why)) {
        answer->end = LEDGER_REFUSED;
        return false;
    }
    return changing->decision.made.hash.length > 0 || !changing->decision.is_revoked_already;
}

/* What is over goes along, so that rows stay as few as gateways hear of. */
static void
write_down(struct changing *changing, const struct known_keys *known)
{
    const struct key_change *change = changing->change;
    const struct key_place *place = &change->place;
    const struct sql_value params[] = {sql_text(place->workspace), sql_int(known->changes)};
    struct sql_work *work = ledger_keys_work(changing->ledger, changing->arena);
    sql_work_add(work, "UPDATE declaration SET changes = changes + 1 WHERE workspace = $1 AND changes = $2",
                 params, COUNT_OF(params));
    sql_work_expect_rows(work);
    ledger_keys_add_news(work, place->workspace, place->environment);
    for (size_t i = 0; i < known->keys.count; i++)
        if (key_is_over(&known->keys.items[i], change->now_ms))
            ledger_key_add_removal(work, place, known->keys.items[i].hash);
    ledger_keys_add_forgetting(work, change->now_ms - KEY_RULES_REMEMBERED_MS);
    add_rows(work, changing);
    sql_work_run(work, on_written, changing);
}

static void
add_rows(struct sql_work *work, const struct changing *changing)
{
    const struct key_decision *decision = &changing->decision;
    const struct key_place *place = &changing->change->place;
    struct arena *arena = changing->arena;
    bool is_made = decision->made.hash.length > 0;
    if (is_made) {
        struct audit_row row = {.action = AUDIT_KEY_CREATED, .reason = TEXT("over REST")};
        if (decision->made.expires_ms != FIELD_UNSET)
            row.reason = text_format(arena, "over REST, expires %.*s",
                                     TEXT_ARG(print_time(arena, decision->made.expires_ms, true)));
        ledger_key_add_put(work, place, &decision->made);
        add_audit_row(work, changing, &row, &decision->made);
    }
    if (decision->revoked.hash.length > 0 && !decision->is_revoked_already) {
        struct text from = print_time(arena, decision->revoked.revoked_ms, true);
        struct audit_row row = {.action = is_made ? AUDIT_KEY_ROTATED : AUDIT_KEY_REVOKED,
                                .reason = text_format(arena, "over REST, refused from %.*s", TEXT_ARG(from))};
        ledger_key_add_put(work, place, &decision->revoked);
        add_audit_row(work, changing, &row, &decision->revoked);
    }
}

static void
add_audit_row(struct sql_work *work, const struct changing *changing, struct audit_row *row,
              const struct kept_key *key)
{
    const struct key_change *change = changing->change;
    row->time_ms = change->now_ms;
    row->actor = change->actor;
    row->decision = AUDIT_DONE;
    row->subject = ledger_key_subject(changing->arena, &change->place, key->hash);
    row->workspace = change->place.workspace;
    row->environment = change->place.environment;
    ledger_audit_add(work, changing->arena, row);
}

static void
on_written(void *owner, const struct sql_outcome *sql)
{
    struct changing *changing = owner;
    struct key_changed_answer answer = {.decision = changing->decision};
    answer.end = ledger_end_of(sql, &answer.why);
    if (sql->end == SQL_UNMET && changing->tries < MOST_TRIES) {
        look(changing);
        return;
    }
    if (sql->end == SQL_UNMET)
        error_set(&answer.why, ERROR_CONFLICT, "others change the workspace all the time");
    changing->on_answer(changing->owner, &answer);
}
