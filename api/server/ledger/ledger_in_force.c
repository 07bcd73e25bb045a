/* A list is kept as one text a workspace, and read only where the asker may look: of so many workspaces that
 * their texts fit into one answer, which the first one does whatever its length. */
#include "api/server/ledger/ledger_in_force.h"

#include "api/server/ledger/ledger_parts.h"
#include "api/server/ledger/ledger_scope.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"

enum { FIXED_PARAMS = 4, MOST_LETTERS = 2000000 };
enum { WORKSPACE, LIST, ALL }; /* columns */

const char *const in_force_list_names[] = {"callers", "prices", "limits", NULL};

struct asking {
    struct arena *arena;
    struct in_force_question question;
    in_force_answer_fn on_answer;
    void *owner;
    struct in_force_item *items;
    size_t count, capacity;
};

static void on_answered(void *owner, const struct sql_outcome *outcome);
static bool read_all(struct asking *asking, const struct sql_result *result, struct in_force_answer *answer);
static bool read_list(struct asking *asking, const struct sql_result *result, size_t row, struct error *err);

void
ledger_in_force(struct ledger *ledger, struct arena *arena, const struct in_force_question *question,
                in_force_answer_fn on_answer, void *owner)
{
    struct asking *asking = arena_alloc(arena, sizeof(*asking));
    *asking = (struct asking){.arena = arena, .question = *question, .on_answer = on_answer, .owner = owner};
    const char *column = in_force_list_names[question->list];
    struct sql_value params[FIXED_PARAMS + LEDGER_SCOPE_MAX_WORKSPACES] = {
        sql_text(question->workspace), sql_text(question->from.workspace), sql_int(MOST_LETTERS),
        sql_int(question->from.index == IN_FORCE_BEHIND)};
    struct buffer text;
    buffer_init(&text, arena, 512);
    buffer_print(
        &text,
        "SELECT workspace, list, every FROM (SELECT workspace, %s AS list, count(*) OVER () AS every, "
        "sum(length(%s)) OVER (ORDER BY workspace) - length(%s) AS before FROM declaration WHERE %s "
        "<> '[]' AND ($1 = '' OR workspace = $1) AND (workspace > $2 OR (workspace = $2 AND $4 = "
        "0))",
        column, column, column, column);
    size_t count = FIXED_PARAMS;
    count += ledger_scope_add(question->scope, &text, &params[count], count + 1);
    buffer_add_string(&text, ") AS parts WHERE before < $3 ORDER BY workspace");
    struct sql_work *work = ledger_reading_work(ledger, arena);
    sql_work_add(work, ledger_keep_text(ledger, buffer_text(&text)), params, count);
    sql_work_run(work, on_answered, asking);
}

static void
on_answered(void *owner, const struct sql_outcome *sql)
{
    struct asking *asking = owner;
    struct in_force_answer answer = {0};
    answer.end = ledger_end_of(sql, &answer.why);
    if (answer.end == LEDGER_DONE && !read_all(asking, &sql->results[0], &answer))
        answer.end = LEDGER_FAILED;
    answer.items = asking->items;
    answer.count = asking->count;
    asking->on_answer(asking->owner, &answer);
}

static bool
read_all(struct asking *asking, const struct sql_result *result, struct in_force_answer *answer)
{
    int64_t every = 0;
    for (size_t row = 0; row < result->row_count; row++)
        if (!sql_result_int(result, row, ALL, &every, &answer->why) ||
            !read_list(asking, result, row, &answer->why))
            return error_context(&answer->why, "what is in force");
    answer->is_cut = every > (int64_t)result->row_count;
    answer->rest.index = IN_FORCE_BEHIND;
    return !answer->is_cut ||
           sql_result_text(result, result->row_count - 1, WORKSPACE, &answer->rest.workspace, &answer->why);
}

static bool
read_list(struct asking *asking, const struct sql_result *result, size_t row, struct error *err)
{
    struct document *list = NULL;
    struct in_force_place place = {0};
    struct text json;
    if (!sql_result_text(result, row, WORKSPACE, &place.workspace, err) ||
        !sql_result_text(result, row, LIST, &json, err) ||
        !json_parse(asking->arena, json, (struct text){0}, &list, err))
        return false;
    if (text_equals(place.workspace, asking->question.from.workspace))
        place.index = asking->question.from.index;
    for (; place.index < (int64_t)document_count(list); place.index++) {
        asking->items = arena_grow(asking->arena, asking->items, asking->count, &asking->capacity,
                                   sizeof(*asking->items));
        asking->items[asking->count++] =
            (struct in_force_item){place, document_at(list, (size_t)place.index)};
    }
    return true;
}

bool
in_force_is_in(const struct document *item, struct text environment)
{
    const struct document *own = document_find(item, TEXT("environment"));
    const struct document *several = document_find(item, TEXT("environments"));
    if (own)
        return text_equals(document_text(own), environment);
    for (size_t i = 0; i < document_count(several); i++)
        if (text_equals(document_text(document_at(several, i)), environment))
            return true;
    return document_count(several) == 0;
}
