/* Walks managedFields (FieldsV1: "f:" a member, "k:" the item of a list with these keys, "v:" the item that
 * is this value, "." the thing itself) beside the object. The order of members does not count, that of items
 * does. */
#include "operator/kube/kube_owned.h"

#include "lib/base/arena.h"
#include "lib/document/document.h"
#include "lib/document/json.h"

/* A walk; once it is lost its number means nothing. */
struct owned_walk {
    struct arena *arena;
    const uint8_t *key;
    bool is_lost;
};

static const struct document *find_fields(const struct document *object, struct text manager);
static uint64_t
hash_part(struct owned_walk *walk, const struct document *fields, const struct document *there);
static uint64_t
hash_members(struct owned_walk *walk, const struct document *fields, const struct document *map);
static uint64_t
hash_items(struct owned_walk *walk, const struct document *fields, const struct document *list);
static ptrdiff_t find_item(struct owned_walk *walk, struct text step, const struct document *list);
static bool has_keys(const struct document *item, const struct document *keys);
static uint64_t hash_value(const struct owned_walk *walk, const struct document *value);
static uint64_t hash_member(const struct owned_walk *walk, struct text name, uint64_t value);
static uint64_t hash_words(const struct owned_walk *walk, uint64_t kind, uint64_t first, uint64_t second);
static uint64_t hash_applied_metadata(const struct owned_walk *walk, const struct document *metadata);

uint64_t
kube_owned_seen(struct arena *scratch, struct text json, struct text manager,
                const uint8_t key[SIPHASH_KEY_BYTES])
{
    struct document *object = NULL;
    struct text quoted = text_format(scratch, "\"%.*s\"", TEXT_ARG(manager));
    if (text_find(json, quoted) < 0 || !json_parse(scratch, json, (struct text){0}, &object, NULL))
        return 0; /* of most objects it owns nothing: seen without a tree */
    const struct document *fields = find_fields(object, manager);
    if (!fields)
        return 0;
    struct owned_walk walk = {.arena = scratch, .key = key};
    uint64_t hash = hash_part(&walk, fields, object);
    return walk.is_lost ? 0 : hash | 1;
}

uint64_t
kube_owned_applied(const struct document *object, const uint8_t key[SIPHASH_KEY_BYTES])
{
    const struct owned_walk walk = {.key = key};
    uint64_t sum = 0, count = 0;
    for (size_t i = 0; i < document_count(object); i++) {
        struct text name = document_key_at(object, i);
        const struct document *value = document_value_at(object, i);
        bool is_metadata = text_equals(name, TEXT("metadata"));
        if (text_equals(name, TEXT("apiVersion")) || text_equals(name, TEXT("kind")))
            continue; /* nobody's */
        uint64_t hash = is_metadata ? hash_applied_metadata(&walk, value) : hash_value(&walk, value);
        if (is_metadata && hash == 0)
            continue;
        sum += hash_member(&walk, name, hash);
        count++;
    }
    return hash_words(&walk, DOCUMENT_MAP, count, sum) | 1;
}

/* NULL when there is none, or more than one: then it applied in several versions. */
static const struct document *
find_fields(const struct document *object, struct text manager)
{
    const struct document *entries = document_get(object, "metadata.managedFields"), *found = NULL;
    for (size_t i = 0; i < document_count(entries); i++) {
        const struct document *entry = document_at(entries, i);
        if (!text_equals(document_text(document_find(entry, TEXT("manager"))), manager) ||
            !text_equals(document_text(document_find(entry, TEXT("operation"))), TEXT("Apply")) ||
            !text_is_empty(document_text(document_find(entry, TEXT("subresource")))))
            continue;
        if (found || !text_equals(document_text(document_find(entry, TEXT("fieldsType"))), TEXT("FieldsV1")))
            return NULL;
        found = document_find(entry, TEXT("fieldsV1"));
    }
    return document_count(found) > 0 ? found : NULL;
}

/* What has no fields below it is owned whole. */
static uint64_t
hash_part(struct owned_walk *walk, const struct document *fields, const struct document *there)
{
    if (document_count(fields) == 0)
        return hash_value(walk, there);
    if (document_kind(there) == DOCUMENT_MAP)
        return hash_members(walk, fields, there);
    if (document_kind(there) == DOCUMENT_LIST)
        return hash_items(walk, fields, there);
    walk->is_lost = true;
    return 0;
}

static uint64_t
hash_members(struct owned_walk *walk, const struct document *fields, const struct document *map)
{
    uint64_t sum = 0, count = 0;
    for (size_t i = 0; i < document_count(fields) && !walk->is_lost; i++) {
        struct text step = document_key_at(fields, i);
        struct text name = text_slice(step, 2, step.length);
        const struct document *member = document_find(map, name);
        if (text_equals(step, TEXT(".")))
            continue;
        walk->is_lost |= !text_starts_with(step, TEXT("f:")) || !member;
        if (walk->is_lost)
            return 0;
        sum += hash_member(walk, name, hash_part(walk, document_value_at(fields, i), member));
        count++;
    }
    return hash_words(walk, DOCUMENT_MAP, count, sum);
}

/* In the order in which they stand there. */
static uint64_t
hash_items(struct owned_walk *walk, const struct document *fields, const struct document *list)
{
    size_t length = document_count(list), count = 0;
    const struct document **owned =
        arena_alloc_array(walk->arena, length, sizeof(*owned)); /* fields by item */
    for (size_t i = 0; i < document_count(fields); i++) {
        struct text step = document_key_at(fields, i);
        if (text_equals(step, TEXT(".")))
            continue;
        ptrdiff_t at = find_item(walk, step, list);
        walk->is_lost |= at < 0 || owned[at];
        if (walk->is_lost)
            return 0;
        owned[at] = document_value_at(fields, i);
        count++;
    }
    uint64_t hash = hash_words(walk, DOCUMENT_LIST, count, 0);
    for (size_t i = 0; i < length && !walk->is_lost; i++)
        if (owned[i])
            hash = hash_words(walk, DOCUMENT_LIST, hash, hash_part(walk, owned[i], document_at(list, i)));
    return hash;
}

/* -1: there is none, or the step leads elsewhere. */
static ptrdiff_t
find_item(struct owned_walk *walk, struct text step, const struct document *list)
{
    struct document *wanted = NULL;
    bool is_by_keys = text_starts_with(step, TEXT("k:"));
    if ((!is_by_keys && !text_starts_with(step, TEXT("v:"))) ||
        !json_parse(walk->arena, text_slice(step, 2, step.length), (struct text){0}, &wanted, NULL))
        return -1;
    for (size_t i = 0; i < document_count(list); i++) {
        const struct document *item = document_at(list, i);
        if (is_by_keys ? has_keys(item, wanted) : document_equals(item, wanted))
            return (ptrdiff_t)i;
    }
    return -1;
}

static bool
has_keys(const struct document *item, const struct document *keys)
{
    for (size_t i = 0; i < document_count(keys); i++)
        if (!document_equals(document_find(item, document_key_at(keys, i)), document_value_at(keys, i)))
            return false;
    return document_count(keys) > 0;
}

static uint64_t
hash_value(const struct owned_walk *walk, const struct document *value)
{
    enum document_kind kind = document_kind(value);
    struct text text = document_text(value);
    uint64_t hash = 0;
    switch (kind) {
    case DOCUMENT_NULL:
    case DOCUMENT_BOOL:
        return hash_words(walk, kind, document_bool(value), 0);
    case DOCUMENT_NUMBER:
    case DOCUMENT_TEXT:
        return hash_words(walk, kind, text.length, siphash(walk->key, text.bytes, text.length));
    case DOCUMENT_LIST:
        hash = hash_words(walk, kind, document_count(value), 0);
        for (size_t i = 0; i < document_count(value); i++)
            hash = hash_words(walk, kind, hash, hash_value(walk, document_at(value, i)));
        return hash;
    case DOCUMENT_MAP:
        for (size_t i = 0; i < document_count(value); i++)
            hash +=
                hash_member(walk, document_key_at(value, i), hash_value(walk, document_value_at(value, i)));
        return hash_words(walk, kind, document_count(value), hash);
    }
    return 0;
}

/* Added up, so that order does not count; under a secret key nobody can make two sums meet. */
static uint64_t
hash_member(const struct owned_walk *walk, struct text name, uint64_t value)
{
    return hash_words(walk, name.length, siphash(walk->key, name.bytes, name.length), value);
}

static uint64_t
hash_words(const struct owned_walk *walk, uint64_t kind, uint64_t first, uint64_t second)
{
    const uint64_t words[] = {kind, first, second};
    return siphash(walk->key, words, sizeof(words));
}

/* Its name and namespace are nobody's. 0: it says nothing else. */
static uint64_t
hash_applied_metadata(const struct owned_walk *walk, const struct document *metadata)
{
    uint64_t sum = 0, count = 0;
    for (size_t i = 0; i < document_count(metadata); i++) {
        struct text name = document_key_at(metadata, i);
        if (text_equals(name, TEXT("name")) || text_equals(name, TEXT("namespace")))
            continue;
        sum += hash_member(walk, name, hash_value(walk, document_value_at(metadata, i)));
        count++;
    }
    return count > 0 ? hash_words(walk, DOCUMENT_MAP, count, sum) : 0;
}
