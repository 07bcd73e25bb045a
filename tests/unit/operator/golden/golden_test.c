/* Folder of manifests → plan, as JSON, compared with tests/golden/plans/<case>/plan.json.
 *
 * With the book of budgets, where there are some.
 *
 * A case holds manifests/ or a file `source` that names a folder; `variables` lists the environment variables
 * that are set. WEIR_UPDATE_GOLDEN=1 writes what is expected instead of comparing. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <sys/stat.h>

#include "api/types/secret.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"
#include "operator/local/store.h"
#include "operator/reconcile/plan_book.h"

enum { MOST_CASES = 64, NAME_BYTES = 256, FILE_BYTES = 1 << 20 };

#define GOLDEN_FOLDER "tests/golden/plans"

struct golden_case {
    char name[NAME_BYTES];
};

static char *
path_of(struct arena *arena, const char *name, const char *file)
{
    return text_c_string(arena, text_format(arena, GOLDEN_FOLDER "/%s/%s", name, file));
}

static struct text
read_if_there(struct arena *arena, const char *name, const char *file)
{
    struct text bytes = {0};
    if (!file_read(arena, path_of(arena, name, file), FILE_BYTES, &bytes, NULL))
        return (struct text){0};
    return text_trim(bytes);
}

static bool
is_set(struct text variables, struct text name)
{
    while (variables.bytes)
        if (text_equals(text_trim(text_cut(&variables, '\n')), name))
            return true;
    return false;
}

/* What secrets.c makes of Secrets, without files: a value's place and digest are their names. */
static struct credential_list
resolve(struct arena *arena, const struct object_list *objects, struct text variables)
{
    struct credential_list list = {0};
    size_t capacity = 0;
    struct problem_list problems;
    problems_init(&problems, arena);
    for (size_t i = 0; i < objects->count; i++) {
        struct secret_source_list sources = {0};
        if (objects->items[i].kind->id != KIND_SECRET ||
            !secret_sources(arena, objects->items[i].secret, &sources, &problems))
            continue;
        for (size_t j = 0; j < sources.count; j++) {
            const struct object_meta *metadata = objects->items[i].metadata;
            struct credential one = {
                .namespace = metadata->namespace, .secret = metadata->name, .key = sources.items[j].key};
            if (sources.items[j].kind == SECRET_FROM_ENV && !is_set(variables, sources.items[j].value)) {
                one.missing = text_format(arena, "set %.*s to enable", TEXT_ARG(sources.items[j].value));
            } else {
                one.file = text_format(arena, "/secrets/%.*s/%.*s/%.*s", TEXT_ARG(one.namespace),
                                       TEXT_ARG(one.secret), TEXT_ARG(one.key));
                one.digest = text_format(arena, "digest of %.*s", TEXT_ARG(one.key));
            }
            list.items = arena_grow(arena, list.items, list.count, &capacity, sizeof(one));
            list.items[list.count++] = one;
        }
    }
    return list;
}

static const struct document *
hold_document(struct arena *arena, const struct hold *hold)
{
    struct document *map = document_new_map(arena);
    document_set_text(map, "reason", hold->reason);
    document_set_text(map, "message", hold->message);
    return map;
}

static const struct document *
environment_document(struct arena *arena, const struct planned_environment *planned)
{
    struct document *map = document_new_map(arena);
    document_set_text(map, "namespace", planned->namespace);
    if (hold_is_set(&planned->hold)) {
        document_set(map, TEXT("hold"), hold_document(arena, &planned->hold));
        return map;
    }
    struct document *models = document_new_map(arena);
    for (size_t i = 0; i < planned->config->models.count; i++)
        document_set(models, planned->config->models.items[i].name,
                     document_new_text(arena, planned->config->models.items[i].note));
    struct document *issues = document_new_list(arena);
    for (size_t i = 0; i < planned->config->issues.count; i++)
        document_append(issues, document_new_text(
                                    arena, text_format(arena, "%.*s: %.*s",
                                                       TEXT_ARG(planned->config->issues.items[i].reason),
                                                       TEXT_ARG(planned->config->issues.items[i].message))));
    document_set(map, TEXT("models"), models);
    document_set(map, TEXT("issues"), issues);
    document_set(map, TEXT("config"), planned->config->document);
    return map;
}

static struct text
plan_text(struct arena *arena, const struct plan *plan)
{
    struct document *environments = document_new_map(arena);
    for (size_t i = 0; i < plan->environment_count; i++) {
        const struct planned_environment *planned = &plan->environments[i];
        document_set(environments,
                     text_format(arena, "%.*s/%.*s", TEXT_ARG(planned->workspace->metadata.name),
                                 TEXT_ARG(planned->environment->name)),
                     environment_document(arena, planned));
    }
    struct document *map = document_new_map(arena);
    if (hold_is_set(&plan->hold))
        document_set(map, TEXT("hold"), hold_document(arena, &plan->hold));
    document_set(map, TEXT("environments"), environments);
    const struct plan_shares budgets = plan_shares_of(arena, plan);
    const struct budget_book *book = plan_book(arena, &budgets, NULL);
    if (book->budgets.count > 0)
        document_set(map, TEXT("book"), schema_encode(arena, &budget_book_schema, book, SCHEMA_ENCODE_PLAIN));
    struct buffer out;
    buffer_init(&out, arena, 4096);
    json_print_pretty(map, &out);
    return buffer_text(&out);
}

static size_t
list_cases(struct golden_case cases[MOST_CASES])
{
    size_t count = 0;
    DIR *folder = opendir(GOLDEN_FOLDER);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.' && count < MOST_CASES)
            snprintf(cases[count++].name, NAME_BYTES, "%s", entry->d_name);
    if (folder)
        closedir(folder);
    return count;
}

static void
check_case(struct arena *arena, const char *name)
{
    struct text source = read_if_there(arena, name, "source");
    const char *manifests =
        source.length > 0 ? text_c_string(arena, source) : path_of(arena, name, "manifests");
    struct store *store = store_new(arena, manifests);
    struct store_refresh refresh;
    struct error err = {0};
    cr_assert(store_refresh(store, arena, &refresh, &err), "%s", err.message);
    struct reconcile_view view = {.objects = store_objects(store, arena),
                                  .broken = store_broken(store, arena)};
    view.credentials = resolve(arena, &view.objects, read_if_there(arena, name, "variables"));

    struct text plan = plan_text(arena, reconcile(arena, &view));

    char *expected = path_of(arena, name, "plan.json");
    if (getenv("WEIR_UPDATE_GOLDEN"))
        cr_assert(file_write_atomic(expected, plan, 0644, &err), "%s", err.message);
    struct text written = read_if_there(arena, name, "plan.json");
    cr_expect(text_equals(written, text_trim(plan)),
              "%s differs from what the plan is now (WEIR_UPDATE_GOLDEN=1):\n%.*s", expected, TEXT_ARG(plan));
}

/* Not a ParameterizedTest: link-time optimisation drops those without a word. */
Test(golden, a_folder_of_manifests_gives_the_plan_that_is_written_down)
{
    struct golden_case cases[MOST_CASES];
    for (size_t i = 0, count = list_cases(cases); i < count; i++) {
        struct arena *arena = arena_new(0);
        check_case(arena, cases[i].name);
        arena_free(arena);
    }
}

Test(golden, there_are_cases)
{
    struct golden_case cases[MOST_CASES];

    cr_assert_geq(list_cases(cases), 8);
}
