/* The effective object of demo-prod is what the last pass made of it, as an API server would give it back. */
#include "tests/unit/operator/reconcile/loosening_cluster.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"
#include "operator/reconcile/effective_object.h"
#include "tests/unit/operator/reconcile/given.h"

static void
given_annotation(struct buffer *out, const char *approval)
{
    struct text json = buffer_text(out), key = TEXT("\"metadata\":{");
    size_t at = (size_t)text_find(json, key) + key.length;
    struct text whole =
        text_format(test_arena, "%.*s\"annotations\":{\"weir.dev/approve-loosening\":\"%s\"},%.*s", (int)at,
                    json.bytes, approval, (int)(json.length - at), json.bytes + at);
    buffer_init(out, test_arena, whole.length);
    buffer_add_text(out, whole);
}

/* The effective object as the API server would give it back after this pass. */
static const char *
effective_after(struct loosening_cluster *cluster)
{
    struct desired_objects objects = {.arena = test_arena};
    effective_object_add(&objects, &cluster->view, given_planned(cluster->plan, "prod"));
    struct document *whole = document_new_map(test_arena);
    const struct document *document = objects.items[0].document;
    for (size_t i = 0; i < document_count(document); i++)
        document_set(whole, document_key_at(document, i), document_value_at(document, i));
    if (objects.items[0].status)
        document_set(whole, TEXT("status"), objects.items[0].status);
    struct buffer out;
    buffer_init(&out, test_arena, 1024);
    buffer_add_string(&out, "---\n");
    json_print(whole, &out);
    if (cluster->approval)
        given_annotation(&out, cluster->approval);
    buffer_add_string(&out, "\n");
    return text_c_string(test_arena, buffer_text(&out));
}

const struct planned_environment *
cluster_pass(struct loosening_cluster *cluster, const char *policies)
{
    const char *workspace = cluster->workspace ? cluster->workspace : given_workspace;
    cluster->view = given_view(given_all(workspace, policies, cluster->effective ? cluster->effective : ""));
    cluster->view.now_unix_ms = cluster->now_ms;
    cluster->plan = reconcile(test_arena, &cluster->view);
    cluster->effective = effective_after(cluster);
    return given_planned(cluster->plan, "prod");
}

void
cluster_approve(struct loosening_cluster *cluster, struct text hash)
{
    cluster->approval = text_c_string(test_arena, hash);
    cluster->effective = effective_after(cluster);
}
