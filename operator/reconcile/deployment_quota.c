/* Why pods are not made: the environment's quota is used up, and by whom. */
#include "lib/base/arena.h"
#include "lib/base/parse.h"
#include "operator/objects/names.h"
#include "operator/reconcile/deployment_state.h"

/* One resource that does not suffice, as a ResourceQuota calls it ("requests.nvidia.com/gpu"). */
struct shortage {
    struct text resource, asked, used, hard;
};

static bool read_server_words(struct text words, struct shortage *out_shortage);
static struct text part_after(struct text words, struct text word);
static struct text amount_of(struct text parts, struct text resource);
static bool compute(const struct deployment_state *state, struct shortage *out_shortage);
static struct text asked_for(const struct deployment *deployment, struct text resource);
static struct text users_of(const struct deployment_state *state, struct text resource);
static struct verdict say(const struct deployment_state *state, const struct shortage *shortage);

struct verdict
quota_find_shortage(const struct deployment_state *state, struct text server_words)
{
    struct shortage shortage = {0};
    bool is_known =
        text_is_empty(server_words) ? compute(state, &shortage) : read_server_words(server_words, &shortage);
    if (is_known)
        return say(state, &shortage);
    if (text_is_empty(server_words))
        return (struct verdict){0};
    return verdict_working(TEXT("QuotaExceeded"), server_words);
}

/* "... exceeded quota: weir-quota, requested: a=4,b=1, used: a=2,b=3, limited: a=2,b=8" (apiserver,
 * admission/plugin/resourcequota). All three lists name the resources that do not suffice. */
static bool
read_server_words(struct text words, struct shortage *out_shortage)
{
    struct text requested = part_after(words, TEXT("requested: "));
    struct text rest = requested;
    struct text resource = text_cut(&rest, '=');
    *out_shortage = (struct shortage){
        .resource = resource,
        .asked = amount_of(requested, resource),
        .used = amount_of(part_after(words, TEXT("used: ")), resource),
        .hard = amount_of(part_after(words, TEXT("limited: ")), resource),
    };
    return resource.length > 0 && out_shortage->asked.length > 0 && out_shortage->used.length > 0 &&
           out_shortage->hard.length > 0;
}

/* Up to ", " or the end. */
static struct text
part_after(struct text words, struct text word)
{
    ptrdiff_t at = text_find(words, word);
    if (at < 0)
        return (struct text){0};
    struct text part = text_slice(words, (size_t)at + word.length, words.length);
    ptrdiff_t end = text_find(part, TEXT(", "));
    return end < 0 ? part : text_slice(part, 0, (size_t)end);
}

static struct text
amount_of(struct text parts, struct text resource)
{
    while (parts.bytes) {
        struct text amount = text_cut(&parts, ','), name = text_cut(&amount, '=');
        if (text_equals(name, resource))
            return text_trim(amount);
    }
    return (struct text){0};
}

static bool
compute(const struct deployment_state *state, struct shortage *out_shortage)
{
    const struct observed_object *quota = observed_find(&state->view->observed, TEXT("ResourceQuota"),
                                                        state->planned->namespace, TEXT(QUOTA_NAME));
    const struct document *hard = quota ? document_get(quota->document, "status.hard") : NULL;
    const struct document *used = quota ? document_get(quota->document, "status.used") : NULL;
    for (size_t i = 0; i < document_count(hard); i++) {
        struct text resource = document_key_at(hard, i);
        int64_t asked = 0, in_use = 0, most = 0;
        struct shortage shortage = {.resource = resource,
                                    .asked = asked_for(state->deployment, resource),
                                    .used = document_text(document_find(used, resource)),
                                    .hard = document_text(document_value_at(hard, i))};
        if (!parse_quantity_milli(shortage.asked, &asked) || !parse_quantity_milli(shortage.used, &in_use) ||
            !parse_quantity_milli(shortage.hard, &most) || asked <= most - in_use)
            continue;
        *out_shortage = shortage;
        return true;
    }
    return false;
}

/* Of one pod, as the spec says it; a request that is not given is the limit. Empty: it does not say. */
static struct text
asked_for(const struct deployment *deployment, struct text resource)
{
    const struct deployment_resources *resources = &deployment->spec.resources;
    if (text_starts_with(resource, TEXT("limits.")))
        return text_pair_list_find(&resources->limits, text_slice(resource, 7, resource.length));
    if (text_starts_with(resource, TEXT("requests.")))
        resource = text_slice(resource, 9, resource.length);
    struct text request = text_pair_list_find(&resources->requests, resource);
    return text_is_empty(request) ? text_pair_list_find(&resources->limits, resource) : request;
}

/* " (by namespace/name, namespace/other)", or empty. */
static struct text
users_of(const struct deployment_state *state, struct text resource)
{
    const struct object_list *objects = &state->view->base.objects;
    struct text_list users = {.items = arena_alloc_array(state->arena, objects->count, sizeof(struct text))};
    for (size_t i = 0; i < objects->count; i++) {
        if (objects->items[i].kind->id != KIND_DEPLOYMENT ||
            !text_equals(objects->items[i].metadata->namespace, state->planned->namespace))
            continue;
        const struct deployment *other = objects->items[i].deployment;
        struct deployment_state pods = *state;
        pods.deployment = other;
        if (text_is_empty(asked_for(other, resource)) || pods_count(&pods) == 0)
            continue;
        users.items[users.count++] = text_format(
            state->arena, "%.*s/%.*s", TEXT_ARG(state->planned->namespace), TEXT_ARG(other->metadata.name));
    }
    if (users.count == 0)
        return (struct text){0};
    return text_format(state->arena, " (by %.*s)", TEXT_ARG(text_join(state->arena, &users, TEXT(", "))));
}

static struct verdict
say(const struct deployment_state *state, const struct shortage *shortage)
{
    struct text name = shortage->resource, users = users_of(state, shortage->resource);
    if (text_starts_with(name, TEXT("requests.")))
        name = text_slice(name, 9, name.length);
    return verdict_working(
        TEXT("QuotaExceeded"),
        text_format(state->arena,
                    "asks for %.*s %.*s, the environment has %.*s of %.*s in use%.*s. Free some, or raise "
                    "Workspace %.*s spec.environments[%.*s].quotas. %s",
                    TEXT_ARG(shortage->asked), TEXT_ARG(name), TEXT_ARG(shortage->used),
                    TEXT_ARG(shortage->hard), TEXT_ARG(users),
                    TEXT_ARG(state->planned->workspace->metadata.name),
                    TEXT_ARG(state->planned->environment->name),
                    pods_count(state) == 0 ? "No pod was created." : "The pods it has go on."));
}
