/* Objects come in no order, so their numbers are added up; each is a keyed hash of its own. */
#include "operator/runtime/declared_key.h"

#include "lib/base/siphash.h"
#include "operator/kube/kube_cache.h"
#include "operator/reconcile/plan.h"

/* Numbers of one process, made of digests whose key nobody outside knows: this one need not be secret. */
static const uint8_t hash_key[SIPHASH_KEY_BYTES] = {'d', 'e', 'c', 'l', 'a', 'r', 'e', 'd'};

static uint64_t objects_key(const struct declared_parts *parts, const struct kube_table *table);
static uint64_t object_key(const struct kube_object *object);
static uint64_t environment_key(const struct planned_environment *planned);
static void add_text(struct siphash *hash, struct text text);

uint64_t
declared_key(const struct declared_parts *parts)
{
    const uint64_t facts[] = {parts->broken_count, hold_is_set(&parts->plan->hold)};
    uint64_t key = siphash(hash_key, facts, sizeof(facts));
    if (parts->workspace)
        key += object_key(parts->workspace);
    key += objects_key(parts, parts->policies) + objects_key(parts, parts->deployments);
    for (size_t i = 0; i < parts->plan->environment_count; i++)
        key += environment_key(&parts->plan->environments[i]);
    return key == 0 ? 1 : key;
}

static uint64_t
objects_key(const struct declared_parts *parts, const struct kube_table *table)
{
    const struct kube_object *object;
    uint64_t key = 0;
    for (size_t i = 0; i < parts->namespaces.count; i++)
        for (size_t at = 0; (object = kube_table_next(table, parts->namespaces.items[i], &at));)
            key += object_key(object);
    return key;
}

/* A uid is one object's, whatever its kind and name. */
static uint64_t
object_key(const struct kube_object *object)
{
    struct siphash hash;
    siphash_start(&hash, hash_key);
    siphash_add(&hash, &object->digest, sizeof(object->digest));
    add_text(&hash, object->uid);
    return siphash_end(&hash);
}

static uint64_t
environment_key(const struct planned_environment *planned)
{
    struct siphash hash;
    bool is_held = hold_is_set(&planned->hold);
    siphash_start(&hash, hash_key);
    siphash_add(&hash, &is_held, sizeof(is_held));
    add_text(&hash, planned->namespace);
    add_text(&hash, planned->environment->name);
    if (planned->config)
        add_text(&hash, planned->config->hash);
    return siphash_end(&hash);
}

static void
add_text(struct siphash *hash, struct text text)
{
    siphash_add(hash, &text.length, sizeof(text.length));
    siphash_add(hash, text.bytes, text.length);
}
