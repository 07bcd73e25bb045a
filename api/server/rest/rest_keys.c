/* /v1/callers/{workspace}/{environment}/{caller}/keys: what there is, another one, and one less. A key is in
 * the reply that makes it and nowhere else. */
#include "api/types/rest_keys.h"
#include "api/server/ledger/ledger_keys.h"
#include "api/server/rest/rest_call.h"
#include "api/types/caller_key.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"

struct changing {
    struct rest_call *call;
    struct key_change change;
    struct text key; /* that is made; empty: none is */
};

static struct key_place place_of(const struct keys_path *path);
static struct changing *new_changing(struct rest_call *call, struct key_place place);
static void on_keys(void *owner, const struct keys_answer *answer);
static void on_changed(void *owner, const struct key_changed_answer *answer);
static const struct document *
changed_document(const struct changing *changing, const struct key_decision *decision);
static struct key_state state_of(const struct kept_key *key, int64_t now_ms);

void
rest_answer_keys(struct rest_call *call)
{
    const struct key_place place = place_of(call->parts);
    ledger_keys_of_caller(rest_ledger(call), call->arena, &place, on_keys, call);
}

void
rest_make_key(struct rest_call *call)
{
    const struct key_wanted *wanted = call->body;
    struct changing *changing = new_changing(call, place_of(call->parts));
    struct key_change *change = &changing->change;
    if (wanted->expires != FIELD_UNSET && wanted->expires <= change->now_ms) {
        rest_refuse(call, 400, TEXT("expires: is over already"));
        return;
    }
    changing->key = caller_key_new(call->arena, change->place.caller);
    change->new_hash = caller_key_hash(call->arena, changing->key);
    change->expires_ms = wanted->expires;
    change->revoke = wanted->replaces;
    change->after_ms = wanted->after;
    ledger_change_keys(rest_ledger(call), call->arena, change, on_changed, changing);
}

void
rest_revoke_key(struct rest_call *call)
{
    const struct key_path *path = call->parts;
    const struct key_revocation_query *query = call->query;
    struct changing *changing =
        new_changing(call, (struct key_place){path->workspace, path->environment, path->caller});
    changing->change.revoke = path->key;
    changing->change.after_ms = query->after;
    ledger_change_keys(rest_ledger(call), call->arena, &changing->change, on_changed, changing);
}

static struct key_place
place_of(const struct keys_path *path)
{
    return (struct key_place){path->workspace, path->environment, path->caller};
}

static struct changing *
new_changing(struct rest_call *call, struct key_place place)
{
    struct changing *changing = arena_alloc(call->arena, sizeof(*changing));
    *changing = (struct changing){.call = call,
                                  .change = {.place = place,
                                             .expires_ms = FIELD_UNSET,
                                             .actor = call->asking.who.name,
                                             .now_ms = clock_unix_ms()}};
    return changing;
}

static void
on_keys(void *owner, const struct keys_answer *answer)
{
    struct rest_call *call = owner;
    struct keys_report report;
    int64_t now_ms = clock_unix_ms();
    if (answer->end == LEDGER_REFUSED) {
        rest_refuse_as(call, &answer->why);
        return;
    }
    if (answer->end != LEDGER_DONE) {
        rest_fail(call, &answer->why);
        return;
    }
    schema_set_defaults(&keys_report_schema, &report);
    report.keys.items = arena_alloc_array(call->arena, answer->keys.count, sizeof(*report.keys.items));
    for (size_t i = 0; i < answer->keys.count; i++)
        if (!key_is_over(&answer->keys.items[i], now_ms))
            report.keys.items[report.keys.count++] = state_of(&answer->keys.items[i], now_ms);
    rest_reply_document(call, schema_encode(call->arena, &keys_report_schema, &report, SCHEMA_ENCODE_PLAIN));
}

static void
on_changed(void *owner, const struct key_changed_answer *answer)
{
    struct changing *changing = owner;
    if (answer->end == LEDGER_DONE)
        rest_reply_document(changing->call, changed_document(changing, &answer->decision));
    else if (answer->end == LEDGER_REFUSED)
        rest_refuse_as(changing->call, &answer->why);
    else
        rest_fail(changing->call, &answer->why);
}

static const struct document *
changed_document(const struct changing *changing, const struct key_decision *decision)
{
    struct arena *arena = changing->call->arena;
    int64_t now_ms = changing->change.now_ms;
    struct key_state revoked = state_of(&decision->revoked, now_ms);
    struct made_key made;
    if (text_is_empty(changing->key))
        return schema_encode(arena, &key_state_schema, &revoked, SCHEMA_ENCODE_PLAIN);
    schema_set_defaults(&made_key_schema, &made);
    made.key = changing->key;
    made.key_hash = decision->made.hash;
    made.made = state_of(&decision->made, now_ms);
    if (!text_is_empty(decision->revoked.hash))
        made.replaced = revoked;
    return schema_encode(arena, &made_key_schema, &made, SCHEMA_ENCODE_PLAIN);
}

static struct key_state
state_of(const struct kept_key *key, int64_t now_ms)
{
    struct key_state state;
    schema_set_defaults(&key_state_schema, &state);
    state.id = caller_key_id(key->hash);
    state.origin = key->is_made ? KEY_ORIGIN_MADE : KEY_ORIGIN_DECLARED;
    state.in_force = key_is_in_force(key, now_ms);
    state.created = key->is_made ? key->created_ms : FIELD_UNSET;
    state.expires = key->expires_ms;
    state.revoked = key->revoked_ms;
    return state;
}
