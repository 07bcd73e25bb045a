/* Organisation, workspace, environment: who has a say over an environment, most specific first. */
#include "operator/reconcile/levels.h"

#include "lib/base/arena.h"
#include "operator/objects/names.h"

static bool applies(const struct model_policy *policy, const struct workspace *workspace,
                    const struct workspace_environment *environment, struct text namespace);
static int compare_authority(const void *a, const void *b);
static int compare_numbers(int64_t a, int64_t b);

struct applied_policy_list
levels_apply(struct arena *arena, const struct object_list *objects, const struct workspace *workspace,
             const struct workspace_environment *environment)
{
    struct applied_policy_list list = {.items =
                                           arena_alloc_array(arena, objects->count, sizeof(*list.items))};
    struct text namespace = workspace_environment_namespace(arena, workspace, environment);
    for (size_t i = 0; i < objects->count; i++) {
        if (objects->items[i].kind->id != KIND_MODEL_POLICY)
            continue;
        const struct model_policy *policy = objects->items[i].model_policy;
        if (levels_is_generated(policy) || !applies(policy, workspace, environment, namespace))
            continue;
        list.items[list.count++] = (struct applied_policy){
            .policy = policy, .level = levels_of(policy), .title = levels_title(arena, policy)};
    }
    if (list.count > 0)
        qsort(list.items, list.count, sizeof(*list.items), compare_authority);
    return list;
}

/* By its label, or by what only the operator writes: whoever takes the label away does not make an outcome an
 * input. */
bool
levels_is_generated(const struct model_policy *policy)
{
    struct text label = text_pair_list_find(&policy->metadata.labels, TEXT(GENERATED_LABEL));
    return text_equals(policy->metadata.name, TEXT(EFFECTIVE_POLICY_NAME)) &&
           (text_equals(label, TEXT("true")) || !text_is_empty(policy->status.effective.hash));
}

enum policy_level
levels_of(const struct model_policy *policy)
{
    if (!text_equals(policy->metadata.namespace, TEXT(WEIR_SYSTEM_NAMESPACE)))
        return POLICY_LEVEL_ENVIRONMENT;
    return policy_target_narrows_workspaces(&policy->spec.target) ? POLICY_LEVEL_WORKSPACE
                                                                  : POLICY_LEVEL_ORGANISATION;
}

struct text
levels_title(struct arena *arena, const struct model_policy *policy)
{
    return text_format(arena, "%.*s/%.*s", TEXT_ARG(policy->metadata.namespace),
                       TEXT_ARG(policy->metadata.name));
}

struct text
levels_place(struct arena *arena, const struct document *map, struct text key)
{
    struct document_place place =
        document_find(map, key) ? document_key_place(map, key) : document_place(map);
    if (place.line == 0 || place.file.length == 0)
        return (struct text){0};
    return text_format(arena, "%.*s:%d", TEXT_ARG(place.file), place.line);
}

struct rule_source
levels_source(struct arena *arena, const struct applied_policy *applied, const struct document *map,
              struct text key)
{
    return (struct rule_source){
        .policy = applied->title,
        .place = levels_place(arena, map, key),
        .mode = applied->policy->spec.mode,
    };
}

static bool
applies(const struct model_policy *policy, const struct workspace *workspace,
        const struct workspace_environment *environment, struct text namespace)
{
    if (levels_of(policy) == POLICY_LEVEL_ENVIRONMENT)
        return text_equals(policy->metadata.namespace, namespace);
    return policy_target_selects(&policy->spec.target, workspace, environment);
}

/* The Gateway API's rule for ties: priority, then the oldest, then the name. */
static int
compare_authority(const void *a, const void *b)
{
    const struct applied_policy *first = a, *second = b;
    if (first->level != second->level)
        return compare_numbers(second->level, first->level);
    if (first->policy->spec.priority != second->policy->spec.priority)
        return compare_numbers(second->policy->spec.priority, first->policy->spec.priority);
    int64_t first_time = first->policy->metadata.creation_timestamp;
    int64_t second_time = second->policy->metadata.creation_timestamp;
    if (first_time != second_time)
        return compare_numbers(first_time == FIELD_UNSET ? INT64_MAX : first_time,
                               second_time == FIELD_UNSET ? INT64_MAX : second_time);
    return text_compare(first->title, second->title);
}

static int
compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}
