/* Groups usage records. Sums are exact integers; a group is made at its first record. */
#include "api/cli/usage_sums.h"

#include "api/cli/usage_by.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/map.h"

struct key_field {
    const char *name;
    struct text (*read)(const struct usage_record *record);
};

/* What is grouped by. */
struct key {
    struct text name;
    const struct key_field *field; /* NULL: the tag's value */
    struct text tag;
    bool is_purpose; /* the run, a tool or a tag */
    bool is_tool;
};

struct usage_sums {
    struct arena *arena;
    struct key fields[USAGE_SUMS_MAX_FIELDS];
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
read_deployment(const struct usage_record *record)
{
    return record->deployment;
}

static struct text
read_target_model(const struct usage_record *record)
{
    return record->target_model;
}

static struct text
read_outcome(const struct usage_record *record)
{
    return schema_enum_name(call_outcome_names, (int)record->outcome);
}

static struct text
read_run(const struct usage_record *record)
{
    return record->run;
}

/* Of a record that has one: usage_sums_add takes each by itself. */
static struct text
read_tool(const struct usage_record *record)
{
    return record->tools.count > 0 ? record->tools.items[0] : (struct text){0};
}

static const struct key_field key_fields[] = {
    {"run", read_run},
    {"tool", read_tool},
    {"workspace", read_workspace},
    {"environment", read_environment},
    {"caller", read_caller},
    {"team", read_team},
    {"model", read_model},
    {"provider", read_provider},
    {"outcome", read_outcome},
    {"deployment", read_deployment},
    {"targetModel", read_target_model},
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

static struct text
read_key(const struct key *key, const struct usage_record *record)
{
    return key->field ? key->field->read(record) : text_pair_list_find(&record->tags, key->tag);
}

static bool
has_purpose(const struct usage_sums *sums)
{
    for (size_t i = 0; i < sums->field_count; i++)
        if (sums->fields[i].is_purpose)
            return true;
    return false;
}

static bool
add_key(struct usage_sums *sums, struct text name, struct error *err)
{
    struct key key = {.name = name, .field = find_key_field(name), .tag = usage_by_tag(name)};
    key.is_tool = key.field && key.field->read == read_tool;
    key.is_purpose = !key.field || key.field->read == read_run || key.is_tool;
    if (!key.field && text_is_empty(key.tag))
        return error_set(
            err, ERROR_INVALID,
            "--by \"%.*s\" is not one of workspace, environment, caller, team, deployment, model, "
            "provider, targetModel, outcome, run, tool, tag:KEY",
            TEXT_ARG(name));
    if (sums->field_count == USAGE_SUMS_MAX_FIELDS)
        return error_set(err, ERROR_INVALID, "--by takes at most %d names", USAGE_SUMS_MAX_FIELDS);
    if (key.is_purpose && has_purpose(sums))
        return error_set(err, ERROR_INVALID,
                         "--by takes one of run, tool and tag:KEY: the ledger keeps the sums of each apart");
    sums->fields[sums->field_count++] = key;
    return true;
}

bool
usage_sums_new(struct arena *arena, struct text by, struct usage_sums **out_sums, struct error *err)
{
    struct usage_sums *sums = arena_alloc(arena, sizeof *sums);
    sums->arena = arena;
    sums->groups = map_new(arena);
    struct text rest = by;
    while (rest.bytes) {
        if (!add_key(sums, text_trim(text_cut(&rest, ',')), err))
            return false;
    }
    *out_sums = sums;
    return true;
}

static void add_record(struct usage_sums *sums, const struct usage_record *record);

#define KEY_MAX_BYTES 4096

/* joined: room for KEY_MAX_BYTES, which the key is in. */
static struct text
key_of(const struct usage_sums *sums, const struct usage_record *record, char *joined)
{
    size_t length = 0;
    for (size_t i = 0; i < sums->field_count; i++) {
        struct text key = read_key(&sums->fields[i], record);
        size_t taken = key.length < 512 ? key.length : 512;
        if (taken > 0)
            memcpy(joined + length, key.bytes, taken);
        length += taken;
        joined[length++] = '\n';
    }
    return (struct text){joined, length};
}

static struct usage_sum *
find_group(struct usage_sums *sums, const struct usage_record *record)
{
    char joined[KEY_MAX_BYTES];
    struct text key = key_of(sums, record, joined);
    struct usage_sum *sum = map_find(sums->groups, key);
    if (sum)
        return sum;
    sum = arena_alloc(sums->arena, sizeof *sum);
    for (size_t i = 0; i < sums->field_count; i++)
        sum->keys[i] = text_copy(sums->arena, read_key(&sums->fields[i], record));
    map_set(sums->groups, key, sum);
    return sum;
}

static bool
has_used(const struct usage_vector *used)
{
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++)
        if (usage_vector_count(used, which) > 0)
            return true;
    return false;
}

static bool
lacks_price(const struct usage_record *record)
{
    struct usage_vector used = usage_record_vector(record);
    return record->unpriced.count > 0 || (record->cost == FIELD_UNSET && has_used(&used));
}

static void
add_cost(struct usage_sum *sum, const struct usage_record *record, int64_t unpriced)
{
    bool is_priced = record->cost != FIELD_UNSET;
    sum->has_cost = sum->has_cost || is_priced;
    sum->unpriced += unpriced;
    if (is_priced && __builtin_add_overflow(sum->cost_nano, record->cost, &sum->cost_nano))
        sum->cost_nano = INT64_MAX;
}

void
usage_sums_add(struct usage_sums *sums, const struct usage_record *record)
{
    struct usage_record one = *record;
    bool is_by_tool = false;
    for (size_t i = 0; i < sums->field_count; i++)
        is_by_tool = is_by_tool || sums->fields[i].is_tool;
    if (!is_by_tool)
        add_record(sums, record);
    for (size_t i = 0; is_by_tool && i < record->tools.count; i++) {
        one.tools = (struct text_list){&record->tools.items[i], 1};
        add_record(sums, &one);
    }
}

static void
add_record(struct usage_sums *sums, const struct usage_record *record)
{
    const struct usage_counts counts = {record->next_try == NEXT_TRY_NONE, record->try_number > 0,
                                        lacks_price(record)};
    for (size_t i = 0; i < sums->field_count; i++)
        if (sums->fields[i].is_purpose && text_is_empty(read_key(&sums->fields[i], record)))
            return;
    usage_sums_add_many(sums, record, &counts);
}

void
usage_sums_add_many(struct usage_sums *sums, const struct usage_record *record,
                    const struct usage_counts *counts)
{
    struct usage_sum *sum = find_group(sums, record);
    bool is_refused = record->outcome == CALL_REFUSED || record->outcome == CALL_UNAUTHENTICATED;
    sum->calls += counts->calls;
    sum->tries += counts->tries;
    sum->refused += is_refused ? counts->calls : 0;
    sum->failed += is_refused || record->outcome == CALL_COMPLETED ? 0 : counts->calls;
    struct usage_vector used = usage_record_vector(record);
    sum->input_tokens += usage_vector_prompt_tokens(&used) - used.cache_read_tokens;
    sum->cached_tokens += used.cache_read_tokens;
    sum->output_tokens += usage_vector_answer_tokens(&used);
    add_cost(sum, record, counts->unpriced);
}

void
usage_sums_set_before(struct usage_sums *sums, const struct usage_record *record, int64_t cost_nano)
{
    char joined[KEY_MAX_BYTES];
    struct usage_sum *sum = map_find(sums->groups, key_of(sums, record, joined));
    if (sum)
        sum->cost_before_nano = cost_nano;
}

size_t
usage_sums_key_count(const struct usage_sums *sums)
{
    return sums->field_count;
}

struct text
usage_sums_key_name(const struct usage_sums *sums, size_t index)
{
    return sums->fields[index].name;
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
