/* The members of an object that mean something to us: metadata's, what a filter's paths lead to, and what is
 * left out. Everything below them is copied or passed over by kube_scan_walk.c. */
#include "operator/kube/kube_scan.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json_scan.h"
#include "operator/kube/kube_scan_walk.h"

enum place { AT_DEEPER, AT_TOP, AT_METADATA, AT_ANNOTATIONS };

/* Paths of a filter, cut at their dots. */
struct kube_scan_rules {
    uint8_t digest_key[SIPHASH_KEY_BYTES];
    unsigned sinks;
    bool is_whole; /* no paths: everything is kept */
    size_t count;
    struct text_list paths[KUBE_FILTER_MOST_PATHS + 3];
};

struct scan {
    struct kube_walk walk;
    const struct kube_scan_rules *rules;
    struct arena *scratch;
    struct kube_object object;
};

/* One object that is being walked, or a value that may become one. */
struct scope {
    enum place place;
    unsigned depth;   /* of containers around its members */
    unsigned level;   /* of its members on a path: lists on the way have none */
    unsigned sinks;   /* where it is written */
    unsigned started; /* sinks that have a member of it already */
    bool is_whole;    /* all its members are kept */
    uint32_t paths;   /* else those that these paths lead on to */
};

/* Members that are treated in a way of their own. */
static const struct special {
    enum place place;
    struct text key;
    unsigned left_out_of; /* sinks */
    enum place leads_to;
} specials[] = {
    {AT_TOP, TEXT("metadata"), 0, AT_METADATA},
    {AT_TOP, TEXT("status"), KUBE_SINK_DIGEST, AT_DEEPER},
    {AT_TOP, TEXT("apiVersion"), KUBE_SINK_DIGEST, AT_DEEPER},
    {AT_TOP, TEXT("kind"), KUBE_SINK_DIGEST, AT_DEEPER},
    {AT_METADATA, TEXT("managedFields"), KUBE_SINK_DIGEST | KUBE_SINK_KEEP, AT_DEEPER},
    {AT_METADATA, TEXT("resourceVersion"), KUBE_SINK_DIGEST, AT_DEEPER},
    {AT_METADATA, TEXT("generation"), KUBE_SINK_DIGEST, AT_DEEPER},
    {AT_METADATA, TEXT("annotations"), 0, AT_ANNOTATIONS},
    {AT_ANNOTATIONS, TEXT(KUBE_LAST_APPLIED), KUBE_SINK_KEEP, AT_DEEPER},
};

static void add_path(struct arena *arena, struct kube_scan_rules *rules, const char *path);
static bool scan_top(struct scan *scan);
static bool walk_object(struct scan *scan, struct scope *scope);
static bool walk_list(struct scan *scan, const struct scope *list);
static struct scope scope_below(const struct scan *scan, const struct scope *scope, struct text key);
static void note_metadata(struct scan *scan, struct text key, struct text raw);

struct kube_scan_rules *
kube_scan_rules_new(struct arena *arena, const struct kube_filter *filter,
                    const uint8_t digest_key[SIPHASH_KEY_BYTES])
{
    struct kube_scan_rules *rules = arena_alloc(arena, sizeof(*rules));
    memcpy(rules->digest_key, digest_key, SIPHASH_KEY_BYTES);
    rules->sinks = filter->is_metadata_only ? KUBE_SINK_DIGEST : KUBE_SINK_DIGEST | KUBE_SINK_KEEP;
    rules->is_whole = filter->paths == NULL;
    if (rules->is_whole)
        return rules;

    add_path(arena, rules, "metadata.name");
    add_path(arena, rules, "metadata.namespace");
    add_path(arena, rules, "metadata.uid");
    for (const char *const *path = filter->paths; *path; path++)
        add_path(arena, rules, *path);
    return rules;
}

static void
add_path(struct arena *arena, struct kube_scan_rules *rules, const char *path)
{
    assert(rules->count < COUNT_OF(rules->paths));
    struct text_list *list = &rules->paths[rules->count++];
    size_t capacity = 0;
    for (struct text rest = text_of(path); rest.bytes;) {
        list->items = arena_grow(arena, list->items, list->count, &capacity, sizeof(*list->items));
        list->items[list->count++] = text_cut(&rest, '.');
    }
}

bool
kube_scan_object(struct arena *scratch, const struct kube_scan_rules *rules, struct text json,
                 struct kube_object *out_object, struct error *err)
{
    if (json.length == 0)
        return error_set(err, ERROR_INVALID, "offset 0: there is nothing");
    struct scan scan = {.rules = rules, .scratch = scratch};
    scan.walk.lex = json_lex_over(json);
    siphash_start(&scan.walk.digest, rules->digest_key);
    if (rules->sinks & KUBE_SINK_KEEP)
        scan.walk.kept = arena_alloc_raw(scratch, json.length); /* what is kept is never longer */
    if (!scan_top(&scan))
        return error_set(err, ERROR_INVALID, "offset %zu: %s",
                         (size_t)(scan.walk.lex.at - scan.walk.lex.start), scan.walk.lex.reason);

    scan.object.digest = siphash_end(&scan.walk.digest);
    scan.object.json = (struct text){scan.walk.kept, scan.walk.kept_length};
    *out_object = scan.object;
    return true;
}

static bool
scan_top(struct scan *scan)
{
    struct json_lex *lex = &scan->walk.lex;
    json_lex_blanks(lex);
    if (lex->at == lex->end || *lex->at != '{')
        return json_lex_fail(lex, "an object must stand here: {");
    struct scope top = {.place = AT_TOP,
                        .depth = 1,
                        .sinks = scan->rules->sinks,
                        .is_whole = scan->rules->is_whole,
                        .paths = (uint32_t)((1u << scan->rules->count) - 1)};
    if (!walk_object(scan, &top))
        return false;
    json_lex_blanks(lex);
    return lex->at == lex->end || json_lex_fail(lex, "something follows after the end of the object");
}

/* Values that have to be looked into are; others are copied or passed over as they are. */
static bool
walk_value(struct scan *scan, struct scope *scope)
{
    const struct json_lex *lex = &scan->walk.lex;
    char first = lex->at < lex->end ? *lex->at : 0;
    bool is_filtered = (scope->sinks & KUBE_SINK_KEEP) && !scope->is_whole;
    if (first == '{' && (is_filtered || scope->place != AT_DEEPER))
        return walk_object(scan, scope);
    if (first == '[' && is_filtered && scope->place == AT_DEEPER)
        return walk_list(scan, scope);
    return kube_walk_value(&scan->walk, scope->sinks, scope->depth - 1);
}

static bool
walk_member(struct scan *scan, struct scope *scope)
{
    struct kube_walk *walk = &scan->walk;
    struct text key;
    if (!kube_walk_key(&walk->lex, &key))
        return false;
    const char *value_at = walk->lex.at;
    struct scope below = scope_below(scan, scope, key);

    kube_walk_emit(walk, below.sinks & scope->started, TEXT(","));
    kube_walk_emit(walk, below.sinks, key);
    kube_walk_emit(walk, below.sinks, TEXT(":"));
    scope->started |= below.sinks;
    bool is_walked = walk_value(scan, &below);
    if (is_walked && scope->place == AT_METADATA)
        note_metadata(scan, key, (struct text){value_at, (size_t)(walk->lex.at - value_at)});
    return is_walked;
}

/* Stands at '{'. */
static bool
walk_object(struct scan *scan, struct scope *scope)
{
    struct json_lex *lex = &scan->walk.lex;
    kube_walk_emit(&scan->walk, scope->sinks, TEXT("{"));
    lex->at++;
    json_lex_blanks(lex);
    bool is_empty = lex->at < lex->end && *lex->at == '}';
    while (!is_empty) {
        if (!walk_member(scan, scope))
            return false;
        json_lex_blanks(lex);
        if (lex->at == lex->end || *lex->at != ',')
            break;
        lex->at++;
        json_lex_blanks(lex);
    }
    if (lex->at == lex->end || *lex->at != '}')
        return json_lex_fail(lex, "',' or '}' is expected here");
    lex->at++;
    kube_walk_emit(&scan->walk, scope->sinks, TEXT("}"));
    return true;
}

/* Stands at '['. Its items are kept as the list would be, were it one of them; those that are no objects
 * whole. */
static bool
walk_list(struct scan *scan, const struct scope *list)
{
    struct json_lex *lex = &scan->walk.lex;
    kube_walk_emit(&scan->walk, list->sinks, TEXT("["));
    lex->at++;
    json_lex_blanks(lex);
    bool is_empty = lex->at < lex->end && *lex->at == ']';
    while (!is_empty) {
        struct scope item = *list;
        item.depth++;
        bool is_object = lex->at < lex->end && *lex->at == '{';
        if (!(is_object ? walk_object(scan, &item) : kube_walk_value(&scan->walk, list->sinks, list->depth)))
            return false;
        json_lex_blanks(lex);
        if (lex->at == lex->end || *lex->at != ',')
            break;
        kube_walk_emit(&scan->walk, list->sinks, TEXT(","));
        lex->at++;
        json_lex_blanks(lex);
    }
    if (lex->at == lex->end || *lex->at != ']')
        return json_lex_fail(lex, "',' or ']' is expected here");
    lex->at++;
    kube_walk_emit(&scan->walk, list->sinks, TEXT("]"));
    return true;
}

/* written is a key with its quotes. */
static bool
key_is(struct text written, struct text wanted)
{
    struct text inside = text_slice(written, 1, written.length - 1);
    if (text_find_byte(inside, '\\') < 0)
        return text_equals(inside, wanted);
    const char *at = inside.bytes, *end = at + inside.length;
    while (at < end) {
        char bytes[4];
        struct text next = {bytes, json_lex_unescape(&at, bytes)};
        if (!text_starts_with(wanted, next))
            return false;
        wanted = text_slice(wanted, next.length, wanted.length);
    }
    return wanted.length == 0;
}

/* Which of the filter's paths lead to this member, and whether one ends there. */
static void
choose_kept(const struct scan *scan, const struct scope *scope, struct text key, struct scope *below)
{
    size_t level = scope->level;
    for (uint32_t left = scope->paths; left; left &= left - 1) {
        const struct text_list *path = &scan->rules->paths[__builtin_ctz(left)];
        if (!key_is(key, path->items[level]))
            continue;
        below->is_whole |= path->count == level + 1;
        if (path->count > level + 1)
            below->paths |= 1u << __builtin_ctz(left);
    }
    const struct json_lex *lex = &scan->walk.lex;
    char first = lex->at < lex->end ? *lex->at : 0;
    if (!below->is_whole && (!below->paths || (first != '{' && first != '[')))
        below->sinks &= ~(unsigned)KUBE_SINK_KEEP;
}

static struct scope
scope_below(const struct scan *scan, const struct scope *scope, struct text key)
{
    struct scope below = {.depth = scope->depth + 1,
                          .level = scope->level + 1,
                          .sinks = scope->sinks,
                          .is_whole = scope->is_whole};
    if (!below.is_whole)
        choose_kept(scan, scope, key, &below);
    for (size_t i = 0; scope->place != AT_DEEPER && i < COUNT_OF(specials); i++) {
        if (specials[i].place != scope->place || !key_is(key, specials[i].key))
            continue;
        below.sinks &= ~specials[i].left_out_of;
        below.place = specials[i].leads_to;
    }
    return below;
}

static void
note_metadata(struct scan *scan, struct text key, struct text raw)
{
    struct kube_object *object = &scan->object;
    if (key_is(key, TEXT("name")))
        object->name = json_scan_string(scan->scratch, raw);
    else if (key_is(key, TEXT("namespace")))
        object->namespace = json_scan_string(scan->scratch, raw);
    else if (key_is(key, TEXT("uid")))
        object->uid = json_scan_string(scan->scratch, raw);
    else if (key_is(key, TEXT("resourceVersion")))
        object->resource_version = json_scan_string(scan->scratch, raw);
    else if (key_is(key, TEXT("deletionTimestamp")))
        object->is_deleting = json_scan_kind(raw) == JSON_STRING;
    else if (key_is(key, TEXT("generation")) && !json_scan_int(raw, &object->generation))
        object->generation = 0;
}
