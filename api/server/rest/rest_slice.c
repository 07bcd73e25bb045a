/* The words of `by` were judged by the query's field list. */
#include "api/server/rest/rest_slice.h"

#include "api/server/rest/rest_call.h"
#include "api/server/rest/rest_cursor.h"
#include "lib/base/arena.h"

static bool read_purpose(struct rest_call *call, const struct text_list *by, struct usage_question *question);
static bool set_purpose(struct usage_question *question, struct text purpose);
static struct text wanted(const struct rest_call *call, const char *dimension);

bool
rest_slice_read(struct rest_call *call, const struct text_list *by, struct text cursor,
                struct usage_question *question)
{
    for (size_t i = 0; i < USAGE_DIMENSION_COUNT; i++)
        question->only[i] = wanted(call, usage_dimension_names[i]);
    for (size_t i = 0; i < by->count; i++) {
        int found;
        if (schema_enum_parse(usage_dimension_names, by->items[i], &found))
            question->by[question->by_count++] = (enum usage_dimension)found;
    }
    if (!read_purpose(call, by, question)) {
        rest_refuse(call, 400,
                    TEXT("by, run, tool, tag: sums are kept for runs, for tools and for each tag apart: ask "
                         "about one of them"));
        return false;
    }
    if (text_is_empty(cursor) || rest_cursor_read_rows(call->arena, cursor, &question->skip_rows))
        return true;
    rest_refuse(call, 400, TEXT("cursor: is not the `next` of an answer to this question"));
    return false;
}

/* What of `by` is no dimension is run, tool or a tag. */
static bool
read_purpose(struct rest_call *call, const struct text_list *by, struct usage_question *question)
{
    struct text run = wanted(call, "run"), tool = wanted(call, "tool"), value = wanted(call, "tag");
    struct text key = text_cut(&value, '=');
    int found;
    for (size_t i = 0; i < by->count; i++) {
        if (schema_enum_parse(usage_dimension_names, by->items[i], &found))
            continue;
        if (!set_purpose(question, by->items[i]))
            return false;
        question->by_purpose = true;
    }
    if (!text_is_empty(run) && !set_purpose(question, TEXT("run")))
        return false;
    if (!text_is_empty(tool) && !set_purpose(question, TEXT("tool")))
        return false;
    if (!text_is_empty(key) && !set_purpose(question, text_format(call->arena, "tag:%.*s", TEXT_ARG(key))))
        return false;
    question->purpose.value = !text_is_empty(run) ? run : !text_is_empty(tool) ? tool : value;
    return true;
}

static bool
set_purpose(struct usage_question *question, struct text purpose)
{
    bool is_another = !text_is_empty(question->purpose.key) && !text_equals(question->purpose.key, purpose);
    question->purpose.key = purpose;
    return !is_another;
}

void
rest_slice_put_purpose(const struct usage_question *question, struct text value,
                       const struct rest_slice_row *row)
{
    struct text key = question->purpose.key;
    *(text_equals(key, TEXT("run"))    ? row->run
      : text_equals(key, TEXT("tool")) ? row->tool
                                       : row->tag) = value;
}

/* Every dimension is a parameter of its name. */
static struct text
wanted(const struct rest_call *call, const char *dimension)
{
    const struct field *field = schema_find_field(call->route->query, text_of(dimension));
    return *(const struct text *)(const void *)((const char *)call->query + field->offset);
}

struct text_list
rest_slice_by(struct arena *arena, const struct usage_question *question)
{
    struct text_list by = {.items = arena_alloc_array(arena, question->by_count + 1, sizeof(*by.items))};
    for (size_t i = 0; i < question->by_count; i++)
        by.items[by.count++] = text_of(usage_dimension_names[question->by[i]]);
    if (question->by_purpose)
        by.items[by.count++] = question->purpose.key;
    return by;
}

struct text
rest_slice_next(struct arena *arena, const struct usage_question *question, size_t row_count, bool is_cut)
{
    if (!is_cut)
        return (struct text){0};
    return rest_cursor_of_rows(arena, question->skip_rows + (int64_t)row_count);
}
