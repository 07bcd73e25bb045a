/* Kueue: an environment's share is its ClusterQueue; the cohort is who it lends to and borrows from. Only
 * what jobs request can be queued, so of the quota its `requests.` amounts are taken. */
#include "operator/objects/environment.h"
#include "operator/objects/names.h"
#include "operator/objects/quantity.h"

#define KUEUE_VERSION "kueue.x-k8s.io/v1beta1"

static const struct text request_prefix = TEXT("requests.");

static void put_resource(const struct environment_site *site, struct document *group, struct document *flavor,
                         const struct text_pair *share);

struct document *
queue_flavor(struct arena *arena)
{
    struct document *flavor =
        object_new(arena, KUEUE_VERSION, "ResourceFlavor", (struct text){0}, TEXT(QUEUE_FLAVOR_NAME));
    object_set_owner(flavor, &(struct object_owner){0});
    return flavor;
}

struct document *
queue_cluster_queue(const struct environment_site *site)
{
    const struct environment_settings *settings = &site->settings;
    struct document *queue =
        object_new(site->arena, KUEUE_VERSION, "ClusterQueue", (struct text){0}, site->namespace);
    object_set_owner(queue, &site->owner);
    object_put_text(queue, "spec.cohort", settings->borrowing->cohort);
    document_set_text(object_at(queue, "spec.namespaceSelector.matchLabels"), NAMESPACE_NAME_LABEL,
                      site->namespace);
    struct document *group = object_append(queue, "spec.resourceGroups");
    document_list_in(group, TEXT("coveredResources"));
    struct document *flavor = object_append_named(group, "flavors", TEXT(QUEUE_FLAVOR_NAME));
    for (size_t i = 0; i < settings->quota.count; i++)
        if (text_starts_with(settings->quota.items[i].key, request_prefix))
            put_resource(site, group, flavor, &settings->quota.items[i]);
    return queue;
}

struct document *
queue_local_queue(const struct environment_site *site)
{
    struct document *queue = environment_object(site, KUEUE_VERSION, "LocalQueue", LOCAL_QUEUE_NAME);
    object_put_text(queue, "spec.clusterQueue", site->namespace);
    return queue;
}

static void
put_resource(const struct environment_site *site, struct document *group, struct document *flavor,
             const struct text_pair *share)
{
    struct text name = text_slice(share->key, request_prefix.length, share->key.length);
    object_put_one_text(group, "coveredResources", name);
    struct document *resource = object_append_named(flavor, "resources", name);
    document_set_text(resource, "nominalQuota", share->value);
    struct text limit = text_pair_list_find(&site->settings.borrowing->borrowing_limit, name);
    if (!text_is_empty(limit))
        document_set_text(resource, "borrowingLimit", quantity_canonical(site->arena, limit));
    if (!site->settings.lends)
        document_set_text(resource, "lendingLimit", TEXT("0"));
}
