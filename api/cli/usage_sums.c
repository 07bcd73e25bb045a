/* Groups usage records. Sums are exact integers; a group is made at its first record. */
#include "api/cli/usage_sums.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/map.h"

struct key_field {
    const char *name;
    struct text (*read)(const struct usage_record *record);
};

struct usage_sums {
    struct arena *arena;
    const struct key_field *fields[USAGE_SUMS_MAX_FIELDS];
    size_t field_count;
    struct map *groups; /* the keys joined by line ends -> struct usage_sum */
};

static struct text
read_workspace(const struct usage_record *record)
{
    return record->workspace;
}

static struct text
read_environment(const struct usage_record *record)
{
    return record->environment;
}

static struct text
read_caller(const struct usage_record *record)
{
    return record->caller;
}

static struct text
read_team(const struct usage_record *record)
{
    return record->team;
}

static struct text
read_model(const struct usage_record *record)
{
    return record->model;
}

static struct text
read_provider(const struct usage_record *record)
{
    return record->provider;
}

static struct text
read_outcome(const struct usage_record *record)
{
    return schema_enum_name(call_outcome_names, (int)record->outcome);
}

static const struct key_field key_fields[] = {
    {"workspace", read_workspace}, {"environment", read_environment},
    {"caller", read_caller},       {"team", read_team},
    {"model", read_model},         {"provider", read_provider},
    {"outcome", read_outcome},
};

static const struct key_field *
find_key_field(struct text name)
{
    for (size_t i = 0; i < COUNT_OF(key_fields); i++) {
        if (text_equals(text_of(key_fields[i].name), name))
            return &key_fields[i];
    }
    return NULL;
}

bool
usage_sums_new(struct arena *arena, struct text by, struct usage_sums **out_sums, struct error *err)
{
    struct usage_sums *sums = arena_alloc(arena, sizeof *sums);
    sums->arena = arena;
    sums->groups = map_new(arena);
    struct text rest = by;
    while (rest.bytes) {
        struct text name = text_trim(text_cut(&rest, ','));
        const struct key_field *field = find_key_field(name);
        if (!field)
            return error_set(
                err, ERROR_INVALID,
                "--by \"%.*s\" is not one of workspace, environment, caller, team, model, provider, outcome",
                TEXT_ARG(name));
        if (sums->field_count == USAGE_SUMS_MAX_FIELDS)
            return error_set(err, ERROR_INVALID, "--by takes at most %d names", USAGE_SUMS_MAX_FIELDS);
        sums->fields[sums->field_count++] = field;
    }
    *out_sums = sums;
    return true;
}

static struct usage_sum *
find_group(struct usage_sums *sums, const struct usage_record *record)
{
    char joined[4096];
    struct text keys[USAGE_SUMS_MAX_FIELDS] = {0};
    size_t length = 0;
    for (size_t i = 0; i < sums->field_count; i++) {
        keys[i] = sums->fields[i]->read(record);
        size_t taken = keys[i].length < 512 ? keys[i].length : 512;
        if (taken > 0)
            memcpy(joined + length, keys[i].bytes, taken);
        length += taken;
        joined[length++] = '\n';
    }
    struct text key = {joined, length};
    struct usage_sum *sum = map_find(sums->groups, key);
    if (sum)
        return sum;
    sum = arena_alloc(sums->arena, sizeof *sum);
    for (size_t i = 0; i < sums->field_count; i++)
        sum->keys[i] = text_copy(sums->arena, keys[i]);
    map_set(sums->groups, key, sum);
    return sum;
}

void
usage_sums_add(struct usage_sums *sums, const struct usage_record *record)
{
    struct usage_sum *sum = find_group(sums, record);
    sum->calls++;
    sum->refused += record->outcome == CALL_REFUSED || record->outcome == CALL_UNAUTHENTICATED;
    sum->failed += record->outcome != CALL_COMPLETED && record->outcome != CALL_REFUSED &&
                   record->outcome != CALL_UNAUTHENTICATED;
    sum->input_tokens += record->input_tokens + record->cache_write_tokens;
    sum->cached_tokens += record->cache_read_tokens;
    sum->output_tokens += record->output_tokens + record->reasoning_tokens;
}

size_t
usage_sums_key_count(const struct usage_sums *sums)
{
    return sums->field_count;
}

struct text
usage_sums_key_name(const struct usage_sums *sums, size_t index)
{
    return text_of(sums->fields[index]->name);
}

static int64_t
tokens_of(const struct usage_sum *sum)
{
    return sum->input_tokens + sum->cached_tokens + sum->output_tokens;
}

static int
compare_sums(const void *left, const void *right)
{
    const struct usage_sum *a = *(const struct usage_sum *const *)left;
    const struct usage_sum *b = *(const struct usage_sum *const *)right;
    if (tokens_of(a) != tokens_of(b))
        return tokens_of(a) > tokens_of(b) ? -1 : 1;
    if (a->calls != b->calls)
        return a->calls > b->calls ? -1 : 1;
    for (size_t i = 0; i < USAGE_SUMS_MAX_FIELDS; i++) {
        int order = text_compare(a->keys[i], b->keys[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

const struct usage_sum *const *
usage_sums_sorted(struct usage_sums *sums, size_t *out_count)
{
    size_t count = map_count(sums->groups);
    const struct usage_sum **list = arena_alloc_array(sums->arena, count + 1, sizeof *list);
    size_t at = 0, filled = 0;
    struct text key;
    void *value = NULL;
    while (map_next(sums->groups, &at, &key, &value))
        list[filled++] = value;
    qsort(list, filled, sizeof *list, compare_sums);
    *out_count = filled;
    return list;
}
