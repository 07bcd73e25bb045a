/* What must hold across the fields of a Workspace. Each rule stands here twice, in C and in CEL. */
#include "api/types/workspace_rules.h"

#include "api/types/broken_rule.h"
#include "api/types/workspace.h"
#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/base/parse.h"

/* The removal guard is a transition: only Kubernetes knows what was there. A folder's environment is drained.
 * That a key belongs to one caller is checked in C only: in CEL it would cost callers * callers * keys. */
const struct schema_rule workspace_spec_rules[WORKSPACE_SPEC_RULE_COUNT] = {
    {"!has(self.members) || self.members.all(m, !has(m.environments) || m.environments.all(n, "
     "self.environments.exists(e, e.name == n)))",
     "members[].environments names an environment that the workspace does not have", ".members"},
    {"!has(self.callers) || self.callers.all(c, !has(c.environments) || c.environments.all(n, "
     "self.environments.exists(e, e.name == n)))",
     "callers[].environments names an environment that the workspace does not have", ".callers"},
    {"!has(self.dataResidency) || self.environments.all(e, !has(e.region) || e.region in "
     "self.dataResidency.regions)",
     "an environment's region must be one of dataResidency.regions", ".environments"},
    {"self.environments.all(a, a.tier != 'Production' || self.environments.all(b, b.tier != 'Production' || "
     "a.name == "
     "b.name || (has(a.region) && has(b.region) && a.region != b.region)))",
     "two environments of tier Production need a region each, and different ones", ".environments"},
    {"!has(self.quotas) || !has(self.quotas.compute) || !('" QUOTA_GPU_KEY "' in self.quotas.compute) || "
     "self.environments.map(e, has(e.quotas) && has(e.quotas.compute) && '" QUOTA_GPU_KEY
     "' in e.quotas.compute ? quantity(string(e.quotas.compute['" QUOTA_GPU_KEY
     "'])).asInteger() : 0).sum() <= quantity(string(self.quotas.compute['" QUOTA_GPU_KEY "'])).asInteger()",
     "the environments' GPUs are more than the workspace's", ".environments"},
    {"self.suspended || oldSelf.environments.all(o, self.environments.exists(e, e.name == o.name))",
     "an environment is removed only while the workspace is suspended: set suspended: true first",
     ".environments"},
};

/* Kubernetes 1.34 counts metadata.name as of any length: it is compared once, and never built into a new
 * text. */
const struct schema_rule workspace_rules[WORKSPACE_RULE_COUNT] = {
    {"self.spec.environments.all(a, !has(a.__namespace__) || self.spec.environments.all(b, a.name == b.name "
     "|| "
     "(has(b.__namespace__) ? a.__namespace__ != b.__namespace__ : !(a.__namespace__.endsWith('-' + b.name) "
     "&& "
     "a.__namespace__.substring(0, size(a.__namespace__) - size(b.name) - 1) == self.metadata.name))))",
     "two environments have the same namespace", ".spec.environments"},
};

static struct text
item_path(struct problem_list *problems, struct text path, const char *list, size_t index)
{
    return text_format(problems->arena, "%.*s.%s[%zu]", TEXT_ARG(path), list, index);
}

static bool
has_environment(const struct workspace_spec *spec, struct text name)
{
    for (size_t i = 0; i < spec->environments.count; i++)
        if (text_equals(spec->environments.items[i].name, name))
            return true;
    return false;
}

static void
check_names(const struct workspace_spec *spec, const struct document *owner, const struct text_list *names,
            struct text path, struct problem_list *problems)
{
    const struct document *written = document_find(owner, TEXT("environments"));
    for (size_t i = 0; i < names->count; i++)
        if (!has_environment(spec, names->items[i]))
            problems_add(problems, document_at(written, i),
                         text_format(problems->arena, "%.*s.environments[%zu]", TEXT_ARG(path), i),
                         "the workspace has no environment \"%.*s\"", TEXT_ARG(names->items[i]));
}

static void
check_people(const struct workspace_spec *spec, struct text path, struct problem_list *problems)
{
    for (size_t i = 0; i < spec->members.count; i++) {
        const struct workspace_member *member = &spec->members.items[i];
        check_names(spec, member->source, &member->environments, item_path(problems, path, "members", i),
                    problems);
    }
    for (size_t i = 0; i < spec->callers.count; i++) {
        const struct workspace_caller *caller = &spec->callers.items[i];
        check_names(spec, caller->source, &caller->environments, item_path(problems, path, "callers", i),
                    problems);
    }
}

/* A key that two callers hold would be booked to whichever comes first. */
static void
check_keys(const struct workspace_spec *spec, struct text path, struct problem_list *problems)
{
    struct map *owners = map_new(problems->arena);
    for (size_t i = 0; i < spec->callers.count; i++) {
        struct workspace_caller *caller = &spec->callers.items[i];
        for (size_t k = 0; k < caller->key_hashes.count; k++) {
            const struct workspace_caller *other = map_find(owners, caller->key_hashes.items[k]);
            if (other && other != caller)
                broken_rule_add(problems, caller->source, item_path(problems, path, "callers", i),
                                "keyHashes",
                                "item %zu is a key of caller %.*s already; each key belongs to one caller", k,
                                TEXT_ARG(other->name));
            map_set(owners, caller->key_hashes.items[k], caller);
        }
    }
}

static void
check_regions(const struct workspace_spec *spec, struct text path, struct problem_list *problems)
{
    const struct text_list *regions = &spec->data_residency.regions;
    for (size_t i = 0; i < spec->environments.count; i++) {
        const struct workspace_environment *environment = &spec->environments.items[i];
        bool is_allowed = regions->count == 0 || text_is_empty(environment->region);
        for (size_t k = 0; k < regions->count && !is_allowed; k++)
            is_allowed = text_equals(regions->items[k], environment->region);
        if (!is_allowed)
            broken_rule_add(problems, environment->source, item_path(problems, path, "environments", i),
                            "region", "\"%.*s\" is not one of dataResidency.regions",
                            TEXT_ARG(environment->region));
    }
}

static bool
are_apart(const struct workspace_environment *a, const struct workspace_environment *b)
{
    return !text_is_empty(a->region) && !text_is_empty(b->region) && !text_equals(a->region, b->region);
}

static void
check_production(const struct workspace_spec *spec, struct text path, struct problem_list *problems)
{
    for (size_t i = 1; i < spec->environments.count; i++) {
        const struct workspace_environment *later = &spec->environments.items[i];
        for (size_t k = 0; k < i && later->tier == TIER_PRODUCTION; k++) {
            const struct workspace_environment *earlier = &spec->environments.items[k];
            if (earlier->tier == TIER_PRODUCTION && !are_apart(earlier, later))
                broken_rule_add(
                    problems, later->source, item_path(problems, path, "environments", i), "tier",
                    "%.*s is of tier Production already; a second one needs a region of its own, as the "
                    "first does",
                    TEXT_ARG(earlier->name));
        }
    }
}

static int64_t
gpu_count_milli(const struct text_pair_list *compute)
{
    int64_t milli;
    return parse_quantity_milli(text_pair_list_find(compute, TEXT(QUOTA_GPU_KEY)), &milli) ? milli : 0;
}

static void
check_gpus(const struct workspace_spec *spec, struct text path, struct problem_list *problems)
{
    if (text_is_empty(text_pair_list_find(&spec->quotas.compute, TEXT(QUOTA_GPU_KEY))))
        return;

    int64_t allowed = gpu_count_milli(&spec->quotas.compute);
    int64_t asked = 0;
    for (size_t i = 0; i < spec->environments.count; i++) {
        int64_t share = gpu_count_milli(&spec->environments.items[i].quotas.compute);
        if (__builtin_add_overflow(asked, share, &asked))
            asked = INT64_MAX;
    }
    if (asked > allowed)
        broken_rule_add(problems, spec->source, path, "environments",
                        "the environments' " QUOTA_GPU_KEY " add up to %lld, the workspace has %lld",
                        (long long)(asked / 1000), (long long)(allowed / 1000));
}

void
workspace_spec_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct workspace_spec *spec = value;
    check_people(spec, path, problems);
    check_keys(spec, path, problems);
    check_regions(spec, path, problems);
    check_production(spec, path, problems);
    check_gpus(spec, path, problems);
}

void
workspace_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct workspace *workspace = value;
    const struct workspace_environment_list *environments = &workspace->spec.environments;
    for (size_t i = 1; i < environments->count; i++) {
        struct text later =
            workspace_environment_namespace(problems->arena, workspace, &environments->items[i]);
        for (size_t k = 0; k < i; k++) {
            const struct workspace_environment *earlier = &environments->items[k];
            if (text_equals(later, workspace_environment_namespace(problems->arena, workspace, earlier)))
                problems_add(
                    problems, environments->items[i].source,
                    text_format(problems->arena, "%.*sspec.environments[%zu].namespace", TEXT_ARG(path), i),
                    "%.*s is the namespace of environment %.*s already", TEXT_ARG(later),
                    TEXT_ARG(earlier->name));
        }
    }
}
