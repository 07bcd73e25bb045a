/* One record for each Secret that is wanted, its values in an arena that is wiped before it ends. */
#include "operator/runtime/secret_values.h"

#include "lib/base/arena.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/net/digest.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_cache.h"
#include "operator/kube/kube_client.h"
#include "operator/kube/kube_owned.h"
#include "operator/objects/names.h"
#include "operator/runtime/secret_body.h"

enum { RETRY_MS = 5000, LONGEST_FILE_NAME = 200 };

struct held_secret {
    struct secret_values *values;
    struct text namespace, name;
    struct arena *arena;   /* its names */
    struct arena *request; /* of the GET under way; NULL: none */
    struct secret_body body;
    uint64_t owned;      /* kube_owned_seen: what of it we applied */
    struct text version; /* resourceVersion that these are of */
    struct arena *version_arena;
    struct text asked_version; /* in request */
    struct text trouble;       /* why it cannot be had, in version_arena */
    struct loop_timer *retry;
    bool is_wanted, is_answered;
};

struct secret_values {
    struct secret_values_options options;
    struct arena *arena;
    struct map *held;
    uint8_t key[SIPHASH_KEY_BYTES]; /* of owned */
};

static struct held_secret *
find_held(const struct secret_values *values, struct text namespace, struct text name);
static struct held_secret *add_held(struct secret_values *values, struct text namespace, struct text name);
static void ask(struct held_secret *held, const struct kube_object *object);
static void on_answer(void *owner, const struct kube_answer *answer);
static void on_retry(void *owner);
static void take_body(struct held_secret *held, struct text version, struct text json, struct text trouble);
static uint64_t find_owned(const struct secret_values *values, struct text json);
static void drop(struct held_secret *held);
static void release_all(void *owner);

struct secret_values *
secret_values_new(struct arena *arena, const struct secret_values_options *options)
{
    struct secret_values *values = arena_alloc(arena, sizeof(*values));
    *values = (struct secret_values){.options = *options, .arena = arena, .held = map_new(arena)};
    id_random_bytes(values->key, sizeof(values->key));
    arena_defer(arena, release_all, values);
    return values;
}

void
secret_values_begin(struct secret_values *values, struct text namespace)
{
    struct text key;
    void *found;
    for (size_t at = 0; map_next(values->held, &at, &key, &found);) {
        struct held_secret *held = found;
        if (text_equals(held->namespace, namespace))
            held->is_wanted = false;
    }
}

bool
secret_values_want(struct secret_values *values, struct text namespace, struct text name)
{
    const struct kube_object *object = kube_table_find(values->options.table, namespace, name);
    struct held_secret *held = find_held(values, namespace, name);
    if (!held)
        held = add_held(values, namespace, name);
    held->is_wanted = true;
    if (!object) {
        take_body(held, (struct text){0}, (struct text){0}, (struct text){0});
        return true;
    }
    if (!text_equals(held->version, object->resource_version) && !held->request &&
        !loop_timer_is_running(held->retry))
        ask(held, object);
    return held->is_answered;
}

void
secret_values_end(struct secret_values *values, struct text namespace)
{
    struct text key;
    void *found;
    for (size_t at = 0; map_next(values->held, &at, &key, &found);) {
        struct held_secret *held = found;
        if (held->is_wanted || !text_equals(held->namespace, namespace))
            continue;
        map_remove(values->held, key);
        drop(held);
        at = 0; /* the map changed: walk again */
    }
}

struct credential
secret_values_credential(struct arena *arena, const struct secret_values *values, struct text namespace,
                         const struct secret_ref *ref, struct text *out_value)
{
    struct credential credential = {
        .namespace = namespace, .secret = ref->name, .key = ref->key, .missing = TEXT("being read")};
    const struct held_secret *held = find_held(values, namespace, ref->name);
    *out_value = held ? secret_body_find(&held->body, ref->key) : (struct text){0};
    if (out_value->length > 0) {
        credential.missing = (struct text){0};
        credential.file = secret_values_file(arena, ref);
        credential.digest = digest_sha256_hex(arena, *out_value);
    } else if (held && held->trouble.length > 0) {
        credential.missing = text_copy(arena, held->trouble);
    } else if (held && held->is_answered && held->version.length == 0) {
        credential.missing =
            text_format(arena, "create the Secret %.*s with the key %.*s in the namespace %.*s to enable",
                        TEXT_ARG(ref->name), TEXT_ARG(ref->key), TEXT_ARG(namespace));
    } else if (held && held->is_answered) {
        credential.missing =
            text_format(arena, "give the Secret %.*s/%.*s a value under the key %.*s to enable",
                        TEXT_ARG(namespace), TEXT_ARG(ref->name), TEXT_ARG(ref->key));
    }
    return credential;
}

struct text
secret_values_find(const struct secret_values *values, struct text namespace, struct text name,
                   struct text key)
{
    const struct held_secret *held = find_held(values, namespace, name);
    return held ? secret_body_find(&held->body, key) : (struct text){0};
}

bool
secret_values_is_applied(const struct secret_values *values, struct text namespace, struct text name,
                         const struct document *wanted)
{
    const struct kube_object *object = kube_table_find(values->options.table, namespace, name);
    const struct held_secret *held = find_held(values, namespace, name);
    return object && held && held->owned != 0 && text_equals(held->version, object->resource_version) &&
           held->owned == kube_owned_applied(wanted, values->key);
}

struct text
secret_values_file(struct arena *arena, const struct secret_ref *ref)
{
    /* No Secret's name has a '_', so two of them never share a file. */
    struct text file = text_format(arena, "%.*s_%.*s", TEXT_ARG(ref->name), TEXT_ARG(ref->key));
    return file.length <= LONGEST_FILE_NAME ? file : digest_sha256_hex(arena, file);
}

static struct held_secret *
find_held(const struct secret_values *values, struct text namespace, struct text name)
{
    struct arena *scratch = arena_new(512);
    struct held_secret *held =
        map_find(values->held, text_format(scratch, "%.*s/%.*s", TEXT_ARG(namespace), TEXT_ARG(name)));
    arena_free(scratch);
    return held;
}

static struct held_secret *
add_held(struct secret_values *values, struct text namespace, struct text name)
{
    struct arena *arena = arena_new(1024);
    struct held_secret *held = arena_alloc(arena, sizeof(*held));
    *held = (struct held_secret){.values = values,
                                 .arena = arena,
                                 .namespace = text_copy(arena, namespace),
                                 .name = text_copy(arena, name)};
    held->retry = loop_timer_new(values->options.loop, arena, on_retry, held);
    map_set(values->held, text_format(arena, "%.*s/%.*s", TEXT_ARG(namespace), TEXT_ARG(name)), held);
    return held;
}

static void
ask(struct held_secret *held, const struct kube_object *object)
{
    static const struct kube_resource secrets = {
        .api_version = TEXT("v1"), .kind = TEXT("Secret"), .plural = TEXT("secrets"), .is_namespaced = true};
    held->request = arena_new(0);
    held->asked_version = text_copy(held->request, object->resource_version);
    const struct kube_target target = {&secrets, held->namespace, held->name};
    kube_get(held->request, held->values->options.client, &target, on_answer, held);
}

static void
on_answer(void *owner, const struct kube_answer *answer)
{
    struct held_secret *held = owner;
    struct arena *request = held->request;
    held->request = NULL;
    if (answer->error.kind == ERROR_NONE || answer->error.kind == ERROR_NOT_FOUND) {
        take_body(held, held->asked_version, answer->body, (struct text){0});
    } else {
        log_warn("secret_not_read", LOG_TEXT("namespace", held->namespace), LOG_TEXT("secret", held->name),
                 LOG_STRING("reason", answer->error.message));
        if (answer->error.kind == ERROR_DENIED)
            take_body(held, (struct text){0}, (struct text){0},
                      text_format(request, "let the operator read the Secret %.*s/%.*s (%s)",
                                  TEXT_ARG(held->namespace), TEXT_ARG(held->name), answer->error.message));
        loop_timer_start(held->retry, RETRY_MS);
    }
    digest_forget((void *)(uintptr_t)answer->body.bytes, answer->body.length);
    struct arena *scratch = arena_new(512);
    struct text namespace = text_copy(scratch, held->namespace); /* the listener may drop us */
    held->values->options.on_change(held->values->options.owner, namespace);
    arena_free(scratch);
    arena_free(request);
}

static void
on_retry(void *owner)
{
    struct held_secret *held = owner;
    held->values->options.on_change(held->values->options.owner, held->namespace);
}

/* version empty: there is none of that name. */
static void
take_body(struct held_secret *held, struct text version, struct text json, struct text trouble)
{
    struct arena *arena = arena_new(256);
    version = text_copy(arena, version);
    held->trouble = text_copy(arena, trouble);
    arena_free(held->version_arena);
    held->version_arena = arena;
    held->version = version;
    held->is_answered = true;
    secret_body_close(&held->body);
    secret_body_read(&held->body, json);
    held->owned = find_owned(held->values, json);
}

static uint64_t
find_owned(const struct secret_values *values, struct text json)
{
    struct arena *scratch = arena_new(0);
    uint64_t owned = kube_owned_seen(scratch, json, TEXT(FIELD_MANAGER), values->key);
    arena_wipe(scratch);
    arena_free(scratch);
    return owned;
}

static void
drop(struct held_secret *held)
{
    loop_timer_stop(held->retry);
    secret_body_close(&held->body);
    arena_free(held->request);
    arena_free(held->version_arena);
    arena_free(held->arena);
}

static void
release_all(void *owner)
{
    struct secret_values *values = owner;
    struct text key;
    void *found;
    for (size_t at = 0; map_next(values->held, &at, &key, &found);)
        drop(found);
}
