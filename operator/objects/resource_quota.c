/* How much an environment may use, and what a container gets that does not say what it needs: a quota refuses
 * pods without requests. */
#include "lib/base/parse.h"
#include "operator/objects/environment.h"
#include "operator/objects/names.h"
#include "operator/objects/quantity.h"

static const struct text default_cpu_request = TEXT("100m");
static const struct text default_memory_request = TEXT("128Mi");
static const struct text default_cpu_limit = TEXT("1");
static const struct text default_memory_limit = TEXT("512Mi");

static void put_amount(struct document *hard, struct text key, struct text amount);
static void put_count(struct document *hard, const char *key, int64_t count);
static bool bounds(const struct environment_site *site, const char *key);
static struct text ceiling_of(const struct environment_site *site, const struct text_pair *own);

struct document *
environment_resource_quota(const struct environment_site *site)
{
    const struct environment_settings *settings = &site->settings;
    struct document *quota = environment_object(site, "v1", "ResourceQuota", QUOTA_NAME);
    struct document *hard = object_at(quota, "spec.hard");
    for (size_t i = 0; i < settings->quota.count; i++)
        put_amount(hard, settings->quota.items[i].key, ceiling_of(site, &settings->quota.items[i]));
    put_count(hard, "count/deployments.weir.dev", settings->most_deployments);
    put_count(hard, "count/jobs.batch", settings->most_jobs);
    return document_count(hard) > 0 ? quota : NULL;
}

struct document *
environment_limit_range(const struct environment_site *site)
{
    struct document *range = environment_object(site, "v1", "LimitRange", LIMIT_RANGE_NAME);
    struct document *container = object_append(range, "spec.limits");
    document_set_text(container, "type", TEXT("Container"));
    if (bounds(site, "limits.cpu"))
        object_put_text(container, "default.cpu", default_cpu_limit);
    if (bounds(site, "limits.memory"))
        object_put_text(container, "default.memory", default_memory_limit);
    object_put_text(container, "defaultRequest.cpu", default_cpu_request);
    object_put_text(container, "defaultRequest.memory", default_memory_request);
    return range;
}

static void
put_amount(struct document *hard, struct text key, struct text amount)
{
    if (!text_is_empty(amount))
        document_set(hard, key, document_new_text(document_arena(hard), amount));
}

static void
put_count(struct document *hard, const char *key, int64_t count)
{
    if (count == FIELD_UNSET)
        return;
    struct arena *arena = document_arena(hard);
    struct text written = text_format(arena, "%lld", (long long)count);
    document_set_text(hard, key, quantity_canonical(arena, written));
}

static bool
bounds(const struct environment_site *site, const char *key)
{
    return !text_is_empty(text_pair_list_find(&site->settings.quota, text_of(key)));
}

/* What is borrowed comes on top of one's own; without a limit to that, the queue alone decides: empty. */
static struct text
ceiling_of(const struct environment_site *site, const struct text_pair *own)
{
    static const struct text prefix = TEXT("requests.");
    if (!site->has_queue || !text_starts_with(own->key, prefix))
        return own->value;
    struct text resource = text_slice(own->key, prefix.length, own->key.length);
    struct text limit = text_pair_list_find(&site->settings.borrowing->borrowing_limit, resource);
    int64_t share, borrowed, sum;
    if (!parse_quantity_milli(own->value, &share) || !parse_quantity_milli(limit, &borrowed) ||
        __builtin_add_overflow(share, borrowed, &sum))
        return (struct text){0};
    return quantity_like(site->arena, sum, own->value);
}
