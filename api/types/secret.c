/* The Secret kind as the folder store reads it, and where each of its values comes from. */
#include "api/types/secret.h"

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/net/digest.h"

DEFINE_SCHEMA(secret, SECRET_FIELDS, "Values that must not be seen, as Kubernetes keeps them.");

/* What the four collectors below share. */
struct collector {
    struct arena *arena;
    struct problem_list *problems;
    struct map *seen;
    struct secret_source *items;
    size_t count, capacity;
};

static bool
is_key_byte(char byte)
{
    bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    return is_letter || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.';
}

/* Kubernetes' rule for keys of a Secret; a key is also the name of a file, so never "." or "..". */
static bool
is_key(struct text key)
{
    for (size_t i = 0; i < key.length; i++)
        if (!is_key_byte(key.bytes[i]))
            return false;
    return key.length > 0 && key.length <= 253 && !text_starts_with(key, TEXT("."));
}

static void
collect(struct collector *collector, const struct secret_source *source, const struct document *at,
        struct text path)
{
    if (!is_key(source->key)) {
        problems_add(collector->problems, at, path,
                     "\"%.*s\" is not a key: letters, digits, - _ . and no dot at the start",
                     TEXT_ARG(source->key));
        return;
    }
    if (map_find(collector->seen, source->key)) {
        problems_add(collector->problems, at, path, "key %.*s is given twice", TEXT_ARG(source->key));
        return;
    }
    if (collector->count == SECRET_MAX_KEYS) {
        problems_add(collector->problems, at, path, "has more than %d keys", SECRET_MAX_KEYS);
        return;
    }
    collector->items = arena_grow(collector->arena, collector->items, collector->count, &collector->capacity,
                                  sizeof(*collector->items));
    collector->items[collector->count++] = *source;
    map_set(collector->seen, source->key, collector);
}

static void
collect_values(struct collector *collector, const struct secret *secret)
{
    const struct document *written = document_find(secret->source, TEXT("data"));
    for (size_t i = 0; i < secret->values.count; i++) {
        struct secret_source source = {.key = secret->values.items[i].key, .kind = SECRET_FROM_MANIFEST};
        const struct document *at = document_find(written, source.key);
        struct text path = text_format(collector->arena, "data.%.*s", TEXT_ARG(source.key));
        if (!digest_base64_decode(collector->arena, secret->values.items[i].value, &source.value))
            problems_add(collector->problems, at, path, "is not base64; stringData takes values as they are");
        else
            collect(collector, &source, at, path);
    }
}

static void
collect_string_values(struct collector *collector, const struct secret *secret)
{
    const struct document *written = document_find(secret->source, TEXT("stringData"));
    for (size_t i = 0; i < secret->string_values.count; i++) {
        struct text_pair pair = secret->string_values.items[i];
        struct secret_source source = {.key = pair.key, .kind = SECRET_FROM_MANIFEST, .value = pair.value};
        struct text path = text_format(collector->arena, "stringData.%.*s", TEXT_ARG(pair.key));
        collect(collector, &source, document_find(written, pair.key), path);
    }
}

static bool
is_env_name(struct text name)
{
    for (size_t i = 0; i < name.length; i++)
        if (!is_key_byte(name.bytes[i]) || name.bytes[i] == '-' || name.bytes[i] == '.')
            return false;
    return name.length > 0 && !(name.bytes[0] >= '0' && name.bytes[0] <= '9');
}

static void
collect_annotation(struct collector *collector, const struct secret *secret, enum secret_source_kind kind)
{
    const char *name = kind == SECRET_FROM_ENV ? SECRET_FROM_ENV_ANNOTATION : SECRET_FROM_FILE_ANNOTATION;
    const struct object_meta *metadata = &secret->metadata;
    const struct document *at =
        document_find(document_find(metadata->source, TEXT("annotations")), text_of(name));
    struct text path = text_format(collector->arena, "metadata.annotations[%s]", name);
    struct text rest = text_pair_list_find(&metadata->annotations, text_of(name));
    while (rest.bytes) {
        struct text value = text_cut(&rest, ',');
        struct text key = text_cut(&value, '=');
        struct secret_source source = {.key = text_trim(key), .kind = kind, .value = text_trim(value)};
        bool is_right = kind == SECRET_FROM_ENV ? is_env_name(source.value) : !text_is_empty(source.value);
        if (is_right)
            collect(collector, &source, at, path);
        else
            problems_add(collector->problems, at, path,
                         "must be KEY=%s, separated by commas; \"%.*s\" has no %s",
                         kind == SECRET_FROM_ENV ? "VARIABLE" : "PATH", TEXT_ARG(source.key),
                         kind == SECRET_FROM_ENV ? "variable's name" : "path");
    }
}

bool
secret_sources(struct arena *arena, const struct secret *secret, struct secret_source_list *out_sources,
               struct problem_list *problems)
{
    size_t errors_before = problems->error_count;
    struct collector collector = {.arena = arena, .problems = problems, .seen = map_new(arena)};
    collect_values(&collector, secret);
    collect_string_values(&collector, secret);
    collect_annotation(&collector, secret, SECRET_FROM_ENV);
    collect_annotation(&collector, secret, SECRET_FROM_FILE);
    if (problems->error_count != errors_before)
        return false;
    *out_sources = (struct secret_source_list){collector.items, collector.count};
    return true;
}
