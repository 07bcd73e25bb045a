/* Reads the chain's end and what waits, and moves the end in one conditional statement: whoever moved it
 * meanwhile was first, and then it begins anew. What waits when the end was read waits until the end moves.
 */
#include "api/server/ledger/ledger_audit.h"
#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"

enum { HEAD, WAITING }; /* what is read */
enum { MOST_TRIES = 16, MOST_IDS = 512 };

static const char find_waiting[] = "SELECT id, line FROM audit_waiting ORDER BY id LIMIT 1000";
/* $1 seq, $2 time, $3 hash; $4: what it is now. */
static const char move_head[] =
    "UPDATE audit_head SET seq = $1, time_ms = $2, hash = $3 WHERE id = 1 AND seq = $4";

/* In the order of next_row. */
static const char *const columns[] = {"seq", "time_ms", "action", "actor", "workspace", "hash", "line"};

struct chained_row {
    struct text id, line;
    struct audit_row row;
    struct audit_chain place;
};

struct chaining {
    struct ledger *ledger;
    struct arena *arena;
    ledger_done_fn on_done;
    void *owner;
    int tries;
    struct chained_row *rows;
    size_t count, copied;
};

static void look(struct chaining *chaining);
static void on_read(void *owner, const struct sql_outcome *outcome);
static bool read_head(const struct sql_result *result, struct audit_chain *out_head, struct error *err);
static bool append_all(struct chaining *chaining, struct audit_chain *chain, const struct sql_result *waiting,
                       struct error *err);
static void
move(struct chaining *chaining, const struct audit_chain *before, const struct audit_chain *after);
static bool next_row(void *owner, struct sql_value *out_values);
static void add_deletes(struct chaining *chaining, struct sql_work *work);
static void on_chained(void *owner, const struct sql_outcome *outcome);
static void finish(struct chaining *chaining, enum ledger_end end, const struct error *why);

static struct sql_value
hash_value(const struct audit_chain *chain)
{
    return sql_bytes((struct text){(const char *)chain->hash.bytes, sizeof(chain->hash.bytes)});
}

void
ledger_audit_chain(struct ledger *ledger, struct arena *arena, ledger_done_fn on_done, void *owner)
{
    struct chaining *chaining = arena_alloc(arena, sizeof(*chaining));
    *chaining = (struct chaining){.ledger = ledger, .arena = arena, .on_done = on_done, .owner = owner};
    look(chaining);
}

static void
look(struct chaining *chaining)
{
    struct sql_work *work = sql_work_new(chaining->arena, chaining->ledger->connections.records);
    chaining->tries++;
    sql_work_relax(work);
    sql_work_add(work, "SELECT seq, time_ms, hash FROM audit_head WHERE id = 1", NULL, 0);
    sql_work_add(work, find_waiting, NULL, 0);
    sql_work_run(work, on_read, chaining);
}

static void
on_read(void *owner, const struct sql_outcome *sql)
{
    struct chaining *chaining = owner;
    struct audit_chain before = {0}, after;
    struct error why;
    if (sql->end != SQL_COMMITTED) {
        finish(chaining, LEDGER_FAILED, &sql->why);
    } else if (!read_head(&sql->results[HEAD], &before, &why)) {
        finish(chaining, LEDGER_FAILED, &why);
    } else {
        after = before;
        if (!append_all(chaining, &after, &sql->results[WAITING], &why))
            finish(chaining, LEDGER_FAILED, &why);
        else if (chaining->count == 0)
            finish(chaining, LEDGER_DONE, NULL);
        else
            move(chaining, &before, &after);
    }
}

/* What cannot be read was put there by somebody else: it keeps waiting, and holds up nobody. */
static bool
append_all(struct chaining *chaining, struct audit_chain *chain, const struct sql_result *waiting,
           struct error *err)
{
    struct arena *arena = chaining->arena;
    chaining->rows = arena_alloc_array(arena, waiting->row_count, sizeof(*chaining->rows));
    chaining->count = chaining->copied = 0;
    for (size_t i = 0; i < waiting->row_count; i++) {
        struct chained_row *chained = &chaining->rows[chaining->count];
        struct text draft;
        if (!sql_result_text(waiting, i, 0, &chained->id, err) ||
            !sql_result_text(waiting, i, 1, &draft, err))
            return false;
        if (!audit_draft_parse(arena, draft, &chained->row, err) ||
            !audit_chain_append(arena, chain, &chained->row, err))
            continue;
        chained->line = audit_row_print(arena, &chained->row);
        chained->place = *chain;
        chaining->count++;
    }
    return true;
}

static void
move(struct chaining *chaining, const struct audit_chain *before, const struct audit_chain *after)
{
    struct sql_work *work = sql_work_new(chaining->arena, chaining->ledger->connections.records);
    const struct sql_value head[] = {sql_int(after->seq), sql_int(after->time_ms), hash_value(after),
                                     sql_int(before->seq)};
    sql_work_relax(work);
    sql_work_add(work, move_head, head, COUNT_OF(head));
    sql_work_expect_rows(work);
    sql_copy(work, "audit", columns, COUNT_OF(columns), (struct sql_rows){next_row, chaining});
    add_deletes(chaining, work);
    sql_work_run(work, on_chained, chaining);
}

static bool
next_row(void *owner, struct sql_value *out_values)
{
    struct chaining *chaining = owner;
    if (chaining->copied == chaining->count)
        return false;
    const struct chained_row *chained = &chaining->rows[chaining->copied++];
    *out_values++ = sql_int(chained->place.seq);
    *out_values++ = sql_int(chained->place.time_ms);
    *out_values++ = sql_text(text_of(audit_action_names[chained->row.action]));
    *out_values++ = sql_text(chained->row.actor);
    *out_values++ = sql_text(chained->row.workspace);
    *out_values++ = hash_value(&chained->place);
    *out_values++ = sql_text(chained->line);
    return true;
}

/* Many with each statement. How many is 1, 8, 64 or 512, so that there are few statements; no id is "". */
static void
add_deletes(struct chaining *chaining, struct sql_work *work)
{
    struct sql_value ids[MOST_IDS];
    for (size_t first = 0; first < chaining->count;) {
        size_t left = chaining->count - first, size = 1;
        struct buffer text;
        buffer_init(&text, chaining->arena, 4096);
        buffer_add_string(&text, "DELETE FROM audit_waiting WHERE id IN (");
        while (size < left && size < MOST_IDS)
            size *= 8;
        for (size_t i = 0; i < size; i++) {
            ids[i] = sql_text(i < left ? chaining->rows[first + i].id : TEXT(""));
            buffer_print(&text, "%s$%zu", i > 0 ? ", " : "", i + 1);
        }
        buffer_add_byte(&text, ')');
        sql_work_add(work, ledger_keep_text(chaining->ledger, buffer_text(&text)), ids, size);
        first += size < left ? size : left;
    }
}

static bool
read_head(const struct sql_result *result, struct audit_chain *out_head, struct error *err)
{
    struct audit_chain head = {0};
    struct text hash;
    if (!sql_result_int(result, 0, 0, &head.seq, err) || !sql_result_int(result, 0, 1, &head.time_ms, err))
        return false;
    if (!sql_result_is_null(result, 0, 2)) {
        if (!sql_result_bytes(result, 0, 2, &hash, err))
            return false;
        if (hash.length != sizeof(head.hash.bytes))
            return error_set(err, ERROR_INTERNAL, "the audit log's end has a hash of %zu bytes", hash.length);
        memcpy(head.hash.bytes, hash.bytes, hash.length);
    }
    *out_head = head;
    return true;
}

static void
on_chained(void *owner, const struct sql_outcome *sql)
{
    struct chaining *chaining = owner;
    struct error why;
    if (sql->end == SQL_COMMITTED) {
        finish(chaining, LEDGER_DONE, NULL);
    } else if (sql->end == SQL_UNMET && chaining->tries < MOST_TRIES) {
        look(chaining);
    } else {
        error_set(&why, ERROR_CONFLICT, "another ledger chains the audit log");
        finish(chaining, LEDGER_FAILED, sql->end == SQL_FAILED ? &sql->why : &why);
    }
}

static void
finish(struct chaining *chaining, enum ledger_end end, const struct error *why)
{
    struct ledger_outcome outcome = {.end = end, .noted = end == LEDGER_DONE ? (int64_t)chaining->count : 0};
    if (why)
        outcome.why = *why;
    chaining->on_done(chaining->owner, &outcome);
}
