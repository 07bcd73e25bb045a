/* Builds views for tests. */
#include "tests/unit/operator/reconcile/given.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/yaml.h"

struct arena *test_arena;

const char *const given_workspace = "apiVersion: weir.dev/v1alpha1\n"
                                    "kind: Workspace\n"
                                    "metadata: { name: demo }\n"
                                    "spec:\n"
                                    "  owner: { team: retail-platform }\n"
                                    "  environments:\n"
                                    "    - { name: dev, tier: Development }\n"
                                    "    - { name: prod, tier: Production }\n";

void
given_fresh_arena(void)
{
    test_arena = arena_new(0);
}

void
end_arena(void)
{
    arena_free(test_arena);
}

struct object_list
given_objects(const char *yaml)
{
    struct document_list documents;
    struct error err = {0};
    cr_assert(yaml_parse(test_arena, text_of(yaml), TEXT("file.yaml"), &documents, &err), "%s\n%s",
              err.message, yaml);
    struct problem_list problems;
    problems_init(&problems, test_arena);
    struct object_list objects = {.items =
                                      arena_alloc_array(test_arena, documents.count, sizeof(*objects.items))};
    for (size_t i = 0; i < documents.count; i++) {
        bool is_right =
            object_decode(test_arena, documents.items[i], &objects.items[objects.count], &problems);
        for (size_t j = 0; j < problems.count && !is_right; j++)
            cr_log_error("%.*s", TEXT_ARG(problem_line(test_arena, &problems.items[j])));
        cr_assert(is_right);
        objects.count++;
    }
    return objects;
}

struct reconcile_view
given_view(const char *yaml)
{
    return (struct reconcile_view){.objects = given_objects(yaml)};
}

const struct planned_environment *
given_planned(const struct plan *plan, const char *environment)
{
    const struct planned_environment *planned =
        plan_find_environment(plan, TEXT("demo"), text_of(environment));
    cr_assert(planned);
    return planned;
}

const char *
given_policy(const char *namespace, const char *name, const char *body)
{
    return text_c_string(test_arena, text_format(test_arena,
                                                 "---\napiVersion: weir.dev/v1alpha1\nkind: ModelPolicy\n"
                                                 "metadata: { name: %s, namespace: %s }\nspec:\n%s\n",
                                                 name, namespace, body));
}

const char *
given_all(const char *first, const char *second, const char *third)
{
    return text_c_string(test_arena, text_format(test_arena, "%s%s%s", first, second, third));
}

bool
has_text(struct text haystack, const char *needle)
{
    return text_find(haystack, text_of(needle)) >= 0;
}
