/* Manifests and a view of the cluster → what each Deployment is made of and how it is, as YAML, compared with
 * tests/golden/deployments/<case>/expected.yaml.
 *
 * A case holds manifests.yaml and, if the cluster matters, cluster.yaml: facts, observed, batches, refused,
 * gateways, nowUnixMs. WEIR_UPDATE_GOLDEN=1 writes what is expected instead of comparing. */
#include <criterion/criterion.h>
#include <dirent.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/document/document_build.h"
#include "lib/document/yaml.h"
#include "operator/reconcile/deployment_objects.h"
#include "operator/reconcile/status_deployment.h"

enum { MOST_CASES = 64, NAME_BYTES = 256, FILE_BYTES = 1 << 20 };

#define GOLDEN_FOLDER "tests/golden/deployments"

static struct arena *arena;

static char *
path_of(const char *name, const char *file)
{
    return text_c_string(arena, text_format(arena, GOLDEN_FOLDER "/%s/%s", name, file));
}

static struct document_list
read_documents(const char *name, const char *file)
{
    struct document_list documents = {0};
    struct error err = {0};
    struct text bytes = {0};
    if (!file_read(arena, path_of(name, file), FILE_BYTES, &bytes, &err))
        return documents;
    cr_assert(yaml_parse(arena, bytes, text_of(file), &documents, &err), "%s: %s", name, err.message);
    return documents;
}

static struct text
text_at(const struct document *map, const char *path)
{
    return document_text(document_get(map, path));
}

static int64_t
int_at(const struct document *map, const char *path)
{
    int64_t value = 0;
    return document_int(document_get(map, path), &value) ? value : 0;
}

static struct object_list
decode_all(const char *name)
{
    struct document_list documents = read_documents(name, "manifests.yaml");
    struct problem_list problems;
    problems_init(&problems, arena);
    struct object_list objects = {.items = arena_alloc_array(arena, documents.count, sizeof(*objects.items))};
    for (size_t i = 0; i < documents.count; i++)
        if (object_decode(arena, documents.items[i], &objects.items[objects.count], &problems))
            objects.count++;
    cr_assert_eq(problems.error_count, 0, "%s: %.*s", name,
                 TEXT_ARG(problems.count ? problem_line(arena, &problems.items[0]) : (struct text){0}));
    return objects;
}

static struct observed_objects
observed_of(const struct document *list)
{
    struct observed_objects observed = {
        .items = arena_alloc_array(arena, document_count(list), sizeof(*observed.items))};
    for (size_t i = 0; i < document_count(list); i++) {
        const struct document *one = document_at(list, i);
        observed.items[observed.count++] =
            (struct observed_object){.api_version = text_at(one, "apiVersion"),
                                     .kind = text_at(one, "kind"),
                                     .namespace = text_at(one, "metadata.namespace"),
                                     .name = text_at(one, "metadata.name"),
                                     .document = one};
    }
    return observed;
}

static void
read_lists(const struct document *cluster, struct cluster_view *view)
{
    const struct document *batches = document_get(cluster, "batches"),
                          *refused = document_get(cluster, "refused"),
                          *gateways = document_get(cluster, "gateways");
    view->batches.items = arena_alloc_array(arena, document_count(batches), sizeof(*view->batches.items));
    view->refused.items = arena_alloc_array(arena, document_count(refused), sizeof(*view->refused.items));
    view->gateways.items = arena_alloc_array(arena, document_count(gateways), sizeof(*view->gateways.items));
    for (size_t i = 0; i < document_count(batches); i++) {
        const struct document *one = document_at(batches, i);
        view->batches.items[view->batches.count++] =
            (struct batch_progress){text_at(one, "namespace"), text_at(one, "deployment"),
                                    int_at(one, "total"), int_at(one, "succeeded"), int_at(one, "failed")};
    }
    for (size_t i = 0; i < document_count(refused); i++) {
        const struct document *one = document_at(refused, i);
        view->refused.items[view->refused.count++] =
            (struct refused_object){text_at(one, "kind"), text_at(one, "namespace"), text_at(one, "name"),
                                    text_at(one, "reason"), text_at(one, "message")};
    }
    for (size_t i = 0; i < document_count(gateways); i++) {
        const struct document *one = document_at(gateways, i);
        view->gateways.items[view->gateways.count++] = (struct gateway_report){
            .namespace = text_at(one, "namespace"),
            .revision = text_at(one, "revision"),
            .gateways = int_at(one, "gateways"),
            .acked = int_at(one, "acked"),
        };
    }
}

static const struct document *
outcome_of(const struct cluster_view *view, const struct planned_environment *planned,
           const struct deployment *deployment)
{
    struct document *outcome = document_new_map(arena), *objects = document_new_list(arena);
    struct desired_objects desired = {.arena = arena};
    struct hold hold = deployment_objects_add(view, planned, deployment, &desired);
    document_set_text(outcome, "deployment", deployment->metadata.name);
    if (hold_is_set(&hold)) {
        document_set_text(outcome, "hold", hold.reason);
        document_set_text(outcome, "because", hold.message);
    }
    for (size_t i = 0; i < desired.count; i++)
        document_append(objects, desired.items[i].document);
    document_set(outcome, TEXT("objects"), objects);
    struct deployment_status status =
        status_of_deployment(arena, view, planned, deployment, &(struct planned_children){hold, desired});
    for (size_t i = 0; i < status.conditions.count; i++)
        status.conditions.items[i].last_transition_time = 0;
    document_set(outcome, TEXT("status"),
                 schema_encode(arena, &deployment_status_schema, &status, SCHEMA_ENCODE_PLAIN));
    int64_t wake = deployment_wake_unix_ms(arena, view, planned, deployment);
    if (wake > 0)
        document_set_int(outcome, "wakeUnixMs", wake);
    return outcome;
}

static struct text
outcomes_text(const struct cluster_view *view)
{
    struct plan *plan = reconcile(arena, &view->base);
    struct buffer out;
    buffer_init(&out, arena, 4096);
    for (size_t i = 0; i < view->base.objects.count; i++) {
        const struct object *object = &view->base.objects.items[i];
        if (object->kind->id != KIND_DEPLOYMENT)
            continue;
        const struct planned_environment *planned = plan_find_namespace(plan, object->metadata->namespace);
        cr_assert(planned);
        buffer_add_string(&out, "---\n");
        yaml_print(outcome_of(view, planned, object->deployment), &out);
    }
    return buffer_text(&out);
}

static void
check_case(const char *name)
{
    struct document_list files = read_documents(name, "cluster.yaml");
    const struct document *cluster = files.count > 0 ? files.items[0] : NULL;
    struct cluster_facts facts = {
        .operator_namespace = TEXT("weir-system"),
        .gateway_image = TEXT("weir-gateway:1"),
        .tools_image = TEXT("weir-tools:1"),
        .has_kueue = document_bool(document_get(cluster, "facts.kueue")),
        .has_job_set = document_bool(document_get(cluster, "facts.jobSet")),
        .has_inference_pool = document_bool(document_get(cluster, "facts.inferencePool")),
    };
    struct cluster_view view = {.facts = &facts, .now_unix_ms = int_at(cluster, "nowUnixMs")};
    view.base.objects = decode_all(name);
    view.observed = observed_of(document_get(cluster, "observed"));
    read_lists(cluster, &view);

    struct text outcome = outcomes_text(&view);

    struct error err = {0};
    struct text written = {0};
    char *expected = path_of(name, "expected.yaml");
    if (getenv("WEIR_UPDATE_GOLDEN"))
        cr_assert(file_write_atomic(expected, outcome, 0644, &err), "%s", err.message);
    cr_expect(file_read(arena, expected, FILE_BYTES, &written, &err), "%s", err.message);
    cr_expect(text_equals(written, outcome), "%s differs from what is now (WEIR_UPDATE_GOLDEN=1):\n%.*s",
              expected, TEXT_ARG(outcome));
}

Test(golden_deployments, a_deployment_becomes_what_is_written_down)
{
    char names[MOST_CASES][NAME_BYTES];
    size_t count = 0;
    DIR *folder = opendir(GOLDEN_FOLDER);
    cr_assert(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] != '.' && count < MOST_CASES)
            snprintf(names[count++], NAME_BYTES, "%s", entry->d_name);
    closedir(folder);
    cr_assert_geq(count, 8);
    for (size_t i = 0; i < count; i++) {
        arena = arena_new(0);
        check_case(names[i]);
        arena_free(arena);
    }
}
