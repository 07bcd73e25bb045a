/* Manifests and a cluster → what an environment is there, compared with tests/golden/environments/<case>/.
 *
 * objects.yaml: objects of ours; one `kind: Cluster` with what the cluster has (`has`), what it refused and
 * what time it is; everything else is what was observed. expected.yaml: the objects, as they can be applied.
 * said.yaml: holds, conditions, what is removed. WEIR_UPDATE_GOLDEN=1 writes both instead of comparing. */
#include <criterion/criterion.h>
#include <dirent.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/parse.h"
#include "lib/document/document_build.h"
#include "lib/document/yaml.h"
#include "operator/reconcile/adoption.h"
#include "operator/reconcile/environment_objects.h"
#include "operator/reconcile/removal.h"
#include "operator/reconcile/workspace_conditions.h"

enum { MOST_CASES = 64, NAME_BYTES = 256, FILE_BYTES = 1 << 20 };

#define FOLDER "tests/golden/environments"

struct environment_case {
    char name[NAME_BYTES];
};

struct given_cluster {
    struct arena *arena;
    struct cluster_facts facts;
    struct cluster_view view;
    const struct workspace *workspace;
};

static char *
path_of(struct arena *arena, const char *name, const char *file)
{
    return text_c_string(arena, text_format(arena, FOLDER "/%s/%s", name, file));
}

static bool
has(const struct document *cluster, const char *what)
{
    const struct document *list = document_get(cluster, "has");
    for (size_t i = 0; i < document_count(list); i++)
        if (text_equals(document_text(document_at(list, i)), text_of(what)))
            return true;
    return false;
}

static struct text
field(const struct document *map, const char *key)
{
    return document_text(document_find(map, text_of(key)));
}

static void
read_cluster(struct given_cluster *given, const struct document *cluster)
{
    given->facts.has_cert_manager = has(cluster, "cert-manager");
    given->facts.has_kueue = has(cluster, "kueue");
    given->facts.has_http_route = has(cluster, "gateway-api");
    given->facts.has_pod_monitor = has(cluster, "pod-monitor");
    if (has(cluster, "ledger"))
        given->facts.ledger_url = TEXT("wss://weir-api.weir-system.svc:8444");
    if (!text_is_empty(field(cluster, "now")))
        cr_assert(parse_time_ms(field(cluster, "now"), &given->view.now_unix_ms));
    const struct document *refused = document_get(cluster, "refused");
    struct refused_object_list *list = &given->view.refused;
    list->items = arena_alloc_array(given->arena, document_count(refused), sizeof(*list->items));
    for (size_t i = 0; i < document_count(refused); i++) {
        const struct document *one = document_at(refused, i);
        list->items[list->count++] = (struct refused_object){.kind = field(one, "kind"),
                                                             .namespace = field(one, "namespace"),
                                                             .name = field(one, "name"),
                                                             .reason = field(one, "reason"),
                                                             .message = field(one, "message")};
    }
}

static void
observe(struct given_cluster *given, const struct document *document)
{
    given->view.observed.items[given->view.observed.count++] = (struct observed_object){
        .api_version = field(document, "apiVersion"),
        .kind = field(document, "kind"),
        .namespace = document_text(document_get(document, "metadata.namespace")),
        .name = document_text(document_get(document, "metadata.name")),
        .document = document,
        .is_deleting = document_get(document, "metadata.deletionTimestamp") != NULL,
    };
}

static void
take(struct given_cluster *given, const struct document *document)
{
    if (text_equals(field(document, "kind"), TEXT("Cluster"))) {
        read_cluster(given, document);
        return;
    }
    struct object object;
    struct problem_list problems;
    problems_init(&problems, given->arena);
    if (!text_starts_with(field(document, "apiVersion"), TEXT("weir.dev/"))) {
        observe(given, document);
        return;
    }
    bool is_right = object_decode(given->arena, document, &object, &problems);
    for (size_t i = 0; i < problems.count && !is_right; i++)
        cr_log_error("%.*s", TEXT_ARG(problem_line(given->arena, &problems.items[i])));
    cr_assert(is_right);
    given->view.base.objects.items[given->view.base.objects.count++] = object;
    if (object.kind->id == KIND_WORKSPACE)
        given->workspace = object.workspace;
}

static void
give_identities(struct given_cluster *given)
{
    const struct workspace_environment_list *environments = &given->workspace->spec.environments;
    struct gateway_identity_list *list = &given->view.identities;
    list->items = arena_alloc_array(given->arena, environments->count, sizeof(*list->items));
    for (size_t i = 0; i < environments->count; i++)
        list->items[list->count++] =
            (struct gateway_identity){.namespace = workspace_environment_namespace(
                                          given->arena, given->workspace, &environments->items[i]),
                                      .certificate = TEXT("certificate"),
                                      .key = TEXT("key"),
                                      .authority = TEXT("authority")};
}

static void
read_case(struct given_cluster *given, const char *name)
{
    struct error err = {0};
    struct text yaml;
    struct document_list documents;
    char *path = path_of(given->arena, name, "objects.yaml");
    cr_assert(file_read(given->arena, path, FILE_BYTES, &yaml, &err), "%s", err.message);
    cr_assert(yaml_parse(given->arena, yaml, text_of(path), &documents, &err), "%s", err.message);
    given->facts = (struct cluster_facts){
        .operator_namespace = TEXT("weir-system"),
        .gateway_image = TEXT("weir-gateway:0.1.0"),
        .tools_image = TEXT("weir-tools:0.1.0"),
        .control_url = TEXT("wss://weir-operator-control.weir-system.svc:8443"),
    };
    given->view.facts = &given->facts;
    given->view.base.objects.items =
        arena_alloc_array(given->arena, documents.count, sizeof(*given->view.base.objects.items));
    given->view.observed.items =
        arena_alloc_array(given->arena, documents.count, sizeof(*given->view.observed.items));
    for (size_t i = 0; i < documents.count; i++)
        take(given, documents.items[i]);
    cr_assert(given->workspace, "%s names no Workspace", path);
    give_identities(given);
}

static void
print_objects(const struct desired_objects *objects, struct buffer *out)
{
    for (size_t i = 0; i < objects->count; i++) {
        buffer_print(out, "---\n");
        yaml_print(objects->items[i].document, out);
    }
}

static const struct document *
conditions_document(struct arena *arena, const struct condition_list *conditions)
{
    struct document *map = document_new_map(arena);
    for (size_t i = 0; i < conditions->count; i++) {
        const struct condition *one = &conditions->items[i];
        struct text status = schema_enum_name(condition_status_names, (int)one->status);
        document_set(map, one->type,
                     document_new_text(arena, text_format(arena, "%.*s %.*s: %.*s", TEXT_ARG(status),
                                                          TEXT_ARG(one->reason), TEXT_ARG(one->message))));
    }
    return map;
}

static const struct document *
environments_document(struct arena *arena, const struct workspace_status *status)
{
    struct document *map = document_new_map(arena);
    for (size_t i = 0; i < status->environments.count; i++) {
        const struct environment_status *one = &status->environments.items[i];
        struct text words = text_format(arena, "%s%.*s: %.*s", one->ready ? "ready " : "",
                                        TEXT_ARG(one->reason), TEXT_ARG(one->message));
        if (one->queue.provider == QUEUE_PROVIDER_KUEUE)
            words = text_format(arena, "%.*s; queue %.*s of %.*s", TEXT_ARG(words),
                                TEXT_ARG(one->queue.local_queue), TEXT_ARG(one->queue.cluster_queue));
        document_set(map, one->name, document_new_text(arena, words));
    }
    return map;
}

static const struct document *
removal_document(struct arena *arena, const struct removal *removal)
{
    struct document *map = document_new_map(arena);
    document_set_bool(map, "done", removal->is_done);
    document_set_text(map, "waitingFor", removal->waiting_for);
    struct document *removed = document_list_in(map, TEXT("remove"));
    for (size_t i = 0; i < removal->remove_count; i++) {
        const struct object_ref *ref = &removal->remove[i];
        document_append(removed,
                        document_new_text(arena, text_format(arena, "%.*s %.*s %.*s/%.*s",
                                                             TEXT_ARG(ref->api_version), TEXT_ARG(ref->kind),
                                                             TEXT_ARG(ref->namespace), TEXT_ARG(ref->name))));
    }
    struct document *released = document_list_in(map, TEXT("release"));
    for (size_t i = 0; i < removal->release.count; i++)
        document_append(released, removal->release.items[i].document);
    return map;
}

static const struct document *
said_document(const struct given_cluster *given, const struct plan *plan)
{
    struct arena *arena = given->arena;
    struct document *map = document_new_map(arena);
    document_set_bool(map, "needsFinalizer", removal_needs_finalizer(given->workspace));
    if (removal_is_wanted(given->workspace)) {
        struct removal removal = removal_of_workspace(arena, &given->view, given->workspace);
        struct condition_list conditions =
            removal_conditions(arena, &removal, given->workspace, given->view.now_unix_ms);
        document_set(map, TEXT("removal"), removal_document(arena, &removal));
        document_set(map, TEXT("conditions"), conditions_document(arena, &conditions));
        return map;
    }
    const struct status_view view = {.plan = plan};
    struct workspace_status status = status_of_workspace(arena, &view, given->workspace, 1);
    workspace_status_amend(arena, &given->view, plan, given->workspace, &status);
    struct removal dropped = removal_of_dropped(arena, &given->view, plan, given->workspace);
    document_set(map, TEXT("conditions"), conditions_document(arena, &status.conditions));
    document_set(map, TEXT("environments"), environments_document(arena, &status));
    if (!dropped.is_done)
        document_set(map, TEXT("dropped"), removal_document(arena, &dropped));
    return map;
}

static void
compare(struct arena *arena, const char *path, struct text now)
{
    struct error err = {0};
    struct text written = {0};
    if (getenv("WEIR_UPDATE_GOLDEN"))
        cr_assert(file_write_atomic(path, now, 0644, &err), "%s", err.message);
    bool is_there = file_read(arena, path, FILE_BYTES, &written, &err);
    cr_expect(is_there && text_equals(written, now),
              "%s differs from what is now (WEIR_UPDATE_GOLDEN=1):\n%.*s", path, TEXT_ARG(now));
}

static void
check_case(struct arena *arena, const char *name)
{
    struct given_cluster given = {.arena = arena};
    read_case(&given, name);

    struct plan *plan = reconcile(arena, &given.view.base);
    adoption_apply(arena, &given.view, plan);
    struct desired_objects objects = {.arena = arena};
    for (size_t i = 0; i < plan->environment_count; i++)
        environment_objects_add(arena, &given.view, &plan->environments[i], &objects);

    struct buffer expected, said;
    buffer_init(&expected, arena, 0);
    buffer_init(&said, arena, 0);
    print_objects(&objects, &expected);
    yaml_print(said_document(&given, plan), &said);
    compare(arena, path_of(arena, name, "expected.yaml"), buffer_text(&expected));
    compare(arena, path_of(arena, name, "said.yaml"), buffer_text(&said));
}

static size_t
list_cases(struct environment_case cases[MOST_CASES])
{
    size_t count = 0;
    DIR *folder = opendir(FOLDER);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.' && count < MOST_CASES)
            snprintf(cases[count++].name, NAME_BYTES, "%s", entry->d_name);
    if (folder)
        closedir(folder);
    return count;
}

/* Not a ParameterizedTest: link-time optimisation drops those without a word. */
Test(golden_environments, an_environment_in_a_cluster_is_what_is_written_down)
{
    struct environment_case cases[MOST_CASES];
    for (size_t i = 0, count = list_cases(cases); i < count; i++) {
        struct arena *arena = arena_new(0);
        check_case(arena, cases[i].name);
        arena_free(arena);
    }
}

Test(golden_environments, there_are_cases)
{
    struct environment_case cases[MOST_CASES];

    cr_assert_geq(list_cases(cases), 15);
}
