/* Any bytes as one object: accepted as the tree's reader accepts them, but for doubled keys; what is kept is
 * the tree filtered by a plain walk; and neither that nor the digest depends on blanks. */
#include <assert.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json.h"
#include "operator/kube/kube_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { MOST_LEVELS = 4 };
enum wanted { NOTHING, A_PART, ALL };

static const char *const some_paths[] = {
    "metadata.labels", "status.phase", "spec.a.b",           "metadata.annotations",
    "metadata.name",   "metadata.uid", "metadata.namespace", NULL}; /* through objects and lists of them */

struct walk {
    const char *const *paths; /* NULL: everything */
    struct text at[MOST_LEVELS];
    size_t depth;
};

static bool
is_at(const struct walk *walk, struct text first, struct text second, struct text third)
{
    struct text names[] = {first, second, third};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        bool is_asked = names[i].length > 0;
        if (is_asked != (i < walk->depth) || (is_asked && !text_equals(walk->at[i], names[i])))
            return false;
    }
    return walk->depth <= COUNT_OF(names);
}

static enum wanted
path_wants(const struct walk *walk, const char *path)
{
    struct text rest = text_of(path);
    for (size_t level = 0; level < walk->depth; level++) {
        if (!rest.bytes)
            return ALL;
        if (!text_equals(text_cut(&rest, '.'), walk->at[level]))
            return NOTHING;
    }
    return rest.bytes ? A_PART : ALL;
}

static enum wanted
wanted(const struct walk *walk)
{
    struct text none = {0};
    if (is_at(walk, TEXT("metadata"), TEXT("managedFields"), none) ||
        is_at(walk, TEXT("metadata"), TEXT("annotations"), TEXT(KUBE_LAST_APPLIED)))
        return NOTHING;
    enum wanted most = walk->paths ? NOTHING : ALL;
    for (const char *const *path = walk->paths; path && *path; path++) {
        enum wanted one = path_wants(walk, *path);
        most = one > most ? one : most;
    }
    bool has_exceptions = is_at(walk, none, none, none) || is_at(walk, TEXT("metadata"), none, none) ||
                          is_at(walk, TEXT("metadata"), TEXT("annotations"), none);
    return most == ALL && has_exceptions ? A_PART : most;
}

static void expect_filtered(struct walk *walk, const struct document *kept, const struct document *original);

/* Objects as if they stood in the list's place, what else is in it whole. */
static void
expect_items_filtered(struct walk *walk, const struct document *kept, const struct document *original)
{
    assert(document_kind(kept) == DOCUMENT_LIST && document_count(kept) == document_count(original));
    for (size_t i = 0; i < document_count(original); i++) {
        const struct document *item = document_at(original, i);
        if (document_kind(item) == DOCUMENT_MAP)
            expect_filtered(walk, document_at(kept, i), item);
        else
            assert(document_equals(document_at(kept, i), item));
    }
}

static void
expect_filtered(struct walk *walk, const struct document *kept, const struct document *original)
{
    enum wanted how = wanted(walk);
    enum document_kind kind = document_kind(original);
    struct text none = {0};
    bool is_read_by_us =
        is_at(walk, TEXT("metadata"), none, none) || is_at(walk, TEXT("metadata"), TEXT("annotations"), none);
    bool is_all = how == ALL || (how == A_PART && kind == DOCUMENT_LIST && is_read_by_us);
    if (how == A_PART && kind == DOCUMENT_LIST && !is_read_by_us) {
        expect_items_filtered(walk, kept, original);
        return;
    }
    if (how == A_PART && kind != DOCUMENT_MAP && kind != DOCUMENT_LIST)
        is_all = walk->paths == NULL || path_wants(walk, "metadata.annotations") == ALL;
    if (is_all) {
        assert(kept && document_equals(kept, original));
        return;
    }
    if (how == NOTHING || kind != DOCUMENT_MAP) {
        assert(!kept);
        return;
    }
    assert(kept && document_kind(kept) == DOCUMENT_MAP && walk->depth < MOST_LEVELS);
    size_t count = 0;
    for (size_t i = 0; i < document_count(original); i++) {
        walk->at[walk->depth++] = document_key_at(original, i);
        const struct document *member = document_find(kept, walk->at[walk->depth - 1]);
        expect_filtered(walk, member, document_value_at(original, i));
        count += member != NULL;
        walk->depth--;
    }
    assert(document_count(kept) == count);
}

/* The same with blanks around every token. */
static struct text
spread(struct arena *arena, struct text json)
{
    struct buffer out;
    buffer_init(&out, arena, json.length * 3);
    bool is_in_string = false, is_escaped = false;
    for (size_t i = 0; i < json.length; i++) {
        char byte = json.bytes[i];
        bool is_mark = !is_in_string && strchr("{}[]:,", byte) && byte;
        buffer_add_string(&out, is_mark ? "\n\t" : "");
        buffer_add_byte(&out, byte);
        buffer_add_string(&out, is_mark ? " \r" : "");
        is_in_string = is_in_string ? byte != '"' || is_escaped : byte == '"';
        is_escaped = is_in_string && byte == '\\' && !is_escaped;
    }
    return buffer_text(&out);
}

static void
expect_same_without_blanks(struct arena *arena, const struct kube_scan_rules *rules, struct text json,
                           const struct kube_object *object)
{
    struct kube_object other;
    bool is_scanned = kube_scan_object(arena, rules, spread(arena, json), &other, NULL);
    assert(is_scanned && other.digest == object->digest && text_equals(other.json, object->json));
    assert(text_equals(other.name, object->name) && text_equals(other.uid, object->uid));
    assert(other.is_deleting == object->is_deleting && other.generation == object->generation);
}

static void
expect_like_tree(struct arena *arena, const struct kube_object *object, const struct document *document,
                 const char *const *paths)
{
    struct document *kept = NULL;
    bool is_parsed = json_parse(arena, object->json, TEXT("kept"), &kept, NULL);
    assert(is_parsed);
    struct walk walk = {.paths = paths};
    expect_filtered(&walk, kept, document);
    const struct document *name = document_get(document, "metadata.name");
    if (document_kind(name) == DOCUMENT_TEXT)
        assert(text_equals(object->name, document_text(name)));
    else
        assert(object->name.length == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const uint8_t key[SIPHASH_KEY_BYTES] = {7};
    if (length == 0)
        return 0;
    struct arena *arena = arena_new(0);
    const char *const *paths = bytes[0] & 1 ? some_paths : NULL;
    struct kube_scan_rules *rules = kube_scan_rules_new(arena, &(struct kube_filter){.paths = paths}, key);
    struct text json = {(const char *)bytes + 1, length - 1};

    struct kube_object object;
    struct document *document = NULL;
    struct error err = {0};
    bool is_scanned = kube_scan_object(arena, rules, json, &object, NULL);
    bool is_parsed = json_parse(arena, json, TEXT("f"), &document, &err);
    bool has_doubles = !is_parsed && strstr(err.message, " is there twice");
    if (!has_doubles)
        assert(is_scanned == (is_parsed && document_kind(document) == DOCUMENT_MAP));
    if (is_scanned)
        expect_same_without_blanks(arena, rules, json, &object);
    if (is_scanned && is_parsed)
        expect_like_tree(arena, &object, document, paths);
    arena_free(arena);
    return 0;
}
