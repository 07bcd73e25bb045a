/* See the header. Rules are few, whoever calls: rows are bounded by what policies say. */
#include "api/simulate/replay_sums.h"

#include <stdlib.h>

#include "lib/base/arena.h"
#include "lib/base/map.h"

const char *const replay_effect_names[] = {"Blocked", "Clamped", "Moved", "NewlyAllowed", NULL};

struct replay_sums {
    struct arena *arena;
    struct arena *scratch;
    struct map *environments, *rules;
};

static void release(void *owner);
static void **list_values(struct arena *arena, const struct map *map, size_t *out_count);
static int compare_environments(const void *left, const void *right);
static int compare_rules(const void *left, const void *right);
static int compare_texts(const struct text *left, const struct text *right, size_t count);

struct replay_sums *
replay_sums_new(struct arena *arena)
{
    struct replay_sums *sums = arena_alloc(arena, sizeof(*sums));
    *sums = (struct replay_sums){arena, arena_new(4096), map_new(arena), map_new(arena)};
    arena_defer(arena, release, sums);
    return sums;
}

struct replay_environment_sum *
replay_sums_environment(struct replay_sums *sums, struct text workspace, struct text environment)
{
    arena_reset(sums->scratch);
    struct text key = text_format(sums->scratch, "%.*s/%.*s", TEXT_ARG(workspace), TEXT_ARG(environment));
    struct replay_environment_sum *sum = map_find(sums->environments, key);
    if (sum)
        return sum;
    sum = arena_alloc(sums->arena, sizeof(*sum));
    sum->workspace = text_copy(sums->arena, workspace);
    sum->environment = text_copy(sums->arena, environment);
    map_set(sums->environments, key, sum);
    return sum;
}

struct replay_rule_sum *
replay_sums_rule(struct replay_sums *sums, const struct replay_environment_sum *environment,
                 enum replay_effect effect, const struct replay_refusal *rule)
{
    arena_reset(sums->scratch);
    struct text key =
        text_format(sums->scratch, "%.*s/%.*s\n%d\n%.*s\n%.*s\n%.*s", TEXT_ARG(environment->workspace),
                    TEXT_ARG(environment->environment), (int)effect, TEXT_ARG(rule->rule),
                    TEXT_ARG(rule->from.policy), TEXT_ARG(rule->from.place));
    struct replay_rule_sum *sum = map_find(sums->rules, key);
    if (sum)
        return sum;
    sum = arena_alloc(sums->arena, sizeof(*sum));
    *sum = (struct replay_rule_sum){.workspace = environment->workspace,
                                    .environment = environment->environment,
                                    .effect = effect,
                                    .rule = text_copy(sums->arena, rule->rule),
                                    .policy = text_copy(sums->arena, rule->from.policy),
                                    .place = text_copy(sums->arena, rule->from.place)};
    map_set(sums->rules, key, sum);
    return sum;
}

void
replay_add(int64_t *sum, int64_t amount)
{
    if (__builtin_add_overflow(*sum, amount, sum))
        *sum = amount > 0 ? INT64_MAX : INT64_MIN;
}

struct replay_rule_sum *const *
replay_sums_rules(struct replay_sums *sums, size_t *out_count)
{
    void **list = list_values(sums->arena, sums->rules, out_count);
    qsort(list, *out_count, sizeof(*list), compare_rules);
    return (struct replay_rule_sum *const *)list;
}

struct replay_environment_sum *const *
replay_sums_environments(struct replay_sums *sums, size_t *out_count)
{
    void **list = list_values(sums->arena, sums->environments, out_count);
    qsort(list, *out_count, sizeof(*list), compare_environments);
    return (struct replay_environment_sum *const *)list;
}

static void
release(void *owner)
{
    struct replay_sums *sums = owner;
    arena_free(sums->scratch);
}

static void **
list_values(struct arena *arena, const struct map *map, size_t *out_count)
{
    void **list = arena_alloc_array(arena, map_count(map) + 1, sizeof(*list));
    size_t at = 0, count = 0;
    struct text key;
    void *value;
    while (map_next(map, &at, &key, &value))
        list[count++] = value;
    *out_count = count;
    return list;
}

static int
compare_environments(const void *left, const void *right)
{
    const struct replay_environment_sum *a = *(struct replay_environment_sum *const *)left;
    const struct replay_environment_sum *b = *(struct replay_environment_sum *const *)right;
    const struct text of_a[] = {a->workspace, a->environment}, of_b[] = {b->workspace, b->environment};
    return compare_texts(of_a, of_b, COUNT_OF(of_a));
}

static int
compare_rules(const void *left, const void *right)
{
    const struct replay_rule_sum *a = *(struct replay_rule_sum *const *)left;
    const struct replay_rule_sum *b = *(struct replay_rule_sum *const *)right;
    const struct text of_a[] = {a->workspace, a->environment}, of_b[] = {b->workspace, b->environment};
    int order = compare_texts(of_a, of_b, COUNT_OF(of_a));
    if (order == 0)
        order = (int)a->effect - (int)b->effect;
    if (order == 0 && a->calls != b->calls)
        order = a->calls > b->calls ? -1 : 1;
    const struct text rule_a[] = {a->rule, a->policy, a->place}, rule_b[] = {b->rule, b->policy, b->place};
    return order != 0 ? order : compare_texts(rule_a, rule_b, COUNT_OF(rule_a));
}

static int
compare_texts(const struct text *left, const struct text *right, size_t count)
{
    int order = 0;
    for (size_t i = 0; i < count && order == 0; i++)
        order = text_compare(left[i], right[i]);
    return order;
}
