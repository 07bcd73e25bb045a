/* Gathers what gateways may call, namespace by namespace. */
#include "operator/reconcile/cluster_base.h"

#include "api/types/deployment.h"
#include "lib/base/arena.h"
#include "operator/reconcile/model_servers.h"

static void add_servers_of(struct arena *arena, const struct cluster_view *view,
                           const struct workspace *workspace, struct self_hosted_model_list *served);

const struct reconcile_view *
cluster_base_view(struct arena *arena, const struct cluster_view *view)
{
    struct reconcile_view *base = arena_alloc(arena, sizeof(*base));
    *base = view->base;
    base->is_cluster = true;
    base->is_without_ledger = text_is_empty(view->facts->ledger_url);
    base->now_unix_ms = view->now_unix_ms;
    base->served.items = arena_alloc_array(arena, view->base.objects.count, sizeof(*base->served.items));
    base->served.count = 0;
    for (size_t i = 0; i < view->base.objects.count; i++)
        if (view->base.objects.items[i].kind->id == KIND_WORKSPACE)
            add_servers_of(arena, view, view->base.objects.items[i].workspace, &base->served);
    return base;
}

/* Two environments that claim one namespace are held; its servers count once. */
static void
add_servers_of(struct arena *arena, const struct cluster_view *view, const struct workspace *workspace,
               struct self_hosted_model_list *served)
{
    size_t most = view->base.objects.count;
    for (size_t i = 0; i < workspace->spec.environments.count; i++) {
        struct text namespace =
            workspace_environment_namespace(arena, workspace, &workspace->spec.environments.items[i]);
        struct model_server_list servers = model_servers_ready(arena, view, namespace);
        for (size_t j = 0; j < servers.count && served->count < most; j++) {
            const struct model_server *server = &servers.items[j];
            served->items[served->count++] = (struct self_hosted_model){
                .namespace = namespace,
                .deployment = server->deployment->metadata.name,
                .model = server->model,
                .aliases = server->aliases,
                .base_url = server->base_url,
                .is_ready = server->is_ready,
            };
        }
    }
}
