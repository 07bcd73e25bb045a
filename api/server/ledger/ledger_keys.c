/* The questions about keys that only read. They have the connection of those that change them: a key that
 * leaked is listed, revoked and refused by gateways without waiting for what people ask about money. */
#include "api/server/ledger/ledger_keys.h"

#include "api/server/ledger/ledger_keys_read.h"
#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"

enum { NUMBER, PLACES }; /* what is asked for news */

struct asking {
    struct arena *arena;
    struct key_place place;
    keys_answer_fn on_answer;
    keys_news_fn on_news;
    void *owner;
};

static struct asking *
new_asking(struct arena *arena, const struct key_place *place, keys_answer_fn on_answer, void *owner);
static void on_rows(void *owner, const struct sql_outcome *outcome);
static void on_known(void *owner, const struct sql_outcome *outcome);
static void keep_those_of(struct kept_keys *keys, struct text caller);
static void on_news(void *owner, const struct sql_outcome *outcome);
static bool take_news(struct arena *arena, const struct sql_result *results, struct keys_news *news);

void
ledger_keys_heard(struct ledger *ledger, struct arena *arena, const struct key_place *place,
                  keys_answer_fn on_answer, void *owner)
{
    struct asking *asking = new_asking(arena, place, on_answer, owner);
    struct sql_work *work = ledger_keys_work(ledger, arena);
    ledger_keys_add_read_rows(work, &asking->place);
    sql_work_run(work, on_rows, asking);
}

void
ledger_keys_of_caller(struct ledger *ledger, struct arena *arena, const struct key_place *place,
                      keys_answer_fn on_answer, void *owner)
{
    struct asking *asking = new_asking(arena, place, on_answer, owner);
    struct sql_work *work = ledger_keys_work(ledger, arena);
    ledger_keys_add_read(work, arena, &asking->place);
    sql_work_run(work, on_known, asking);
}

/* The number first: what changes between the two statements is told once more. */
void
ledger_keys_news(struct ledger *ledger, struct arena *arena, int64_t since, keys_news_fn on_answer,
                 void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){.arena = arena, .on_news = on_answer, .owner = owner};
    const struct sql_value params[] = {sql_int(since)};
    struct sql_work *work = ledger_keys_work(ledger, arena);
    sql_work_add(work, "SELECT number FROM key_change WHERE id = 1", NULL, 0);
    sql_work_add(work, "SELECT workspace, environment FROM key_environment WHERE number > $1", params,
                 COUNT_OF(params));
    sql_work_run(work, on_news, asking);
}

static struct asking *
new_asking(struct arena *arena, const struct key_place *place, keys_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking =
        (struct asking){.arena = arena,
                        .place = {text_copy(arena, place->workspace), text_copy(arena, place->environment),
                                  text_copy(arena, place->caller)},
                        .on_answer = on_answer,
                        .owner = owner};
    return asking;
}

static void
on_rows(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct keys_answer answer = {0};
    struct kept_keys *keys = &answer.keys;
    int64_t now_ms = clock_unix_ms();
    size_t count = 0;
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE &&
        !ledger_keys_take_rows(asking->arena, &sql->results[0], keys, &answer.why))
        answer.end = LEDGER_FAILED;
    for (size_t i = 0; i < keys->count; i++)
        if (!key_is_over(&keys->items[i], now_ms))
            keys->items[count++] = keys->items[i];
    keys->count = count;
    asking->on_answer(asking->owner, &answer);
}

static void
on_known(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct keys_answer answer = {0};
    struct known_keys known = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE &&
        !ledger_keys_take(asking->arena, sql->results, &asking->place, &known, &answer.why))
        answer.end = answer.why.kind == ERROR_NOT_FOUND ? LEDGER_REFUSED : LEDGER_FAILED;
    keep_those_of(&known.keys, asking->place.caller);
    answer.keys = known.keys;
    asking->on_answer(asking->owner, &answer);
}

static void
keep_those_of(struct kept_keys *keys, struct text caller)
{
    size_t count = 0;
    for (size_t i = 0; i < keys->count; i++)
        if (text_equals(keys->items[i].caller, caller))
            keys->items[count++] = keys->items[i];
    keys->count = count;
}

static void
on_news(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct keys_news news = {0};
    news.end = ledger_end_of(sql, &news.why);
    if (news.end == LEDGER_DONE && !take_news(asking->arena, sql->results, &news))
        news.end = LEDGER_FAILED;
    asking->on_news(asking->owner, &news);
}

static bool
take_news(struct arena *arena, const struct sql_result *results, struct keys_news *news)
{
    const struct sql_result *places = &results[PLACES];
    news->places = arena_alloc_array(arena, places->row_count, sizeof(*news->places));
    for (; news->place_count < places->row_count; news->place_count++) {
        struct key_place *place = &news->places[news->place_count];
        *place = (struct key_place){0};
        if (!sql_result_text(places, news->place_count, 0, &place->workspace, &news->why) ||
            !sql_result_text(places, news->place_count, 1, &place->environment, &news->why))
            return false;
    }
    return sql_result_int(&results[NUMBER], 0, 0, &news->number, &news->why);
}
