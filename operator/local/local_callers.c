/* One local caller for each environment. Hashes live in .weir/callers/<namespace>, one a line, newest first.
 */
#include "operator/local/local_callers.h"

#include "api/types/caller_key.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "operator/local/state_folder.h"

enum { MOST_HASHES = 8, HASHES_BYTES = 4096, FILE_MODE = 0600 };

struct local_key {
    struct text namespace, key;
};

struct local_callers {
    struct arena *arena;
    struct state_folder *state;
    struct extra_caller *callers;
    struct local_key *keys; /* at the same index */
    size_t count, caller_capacity, key_capacity;
};

static bool
ensure_one(struct local_callers *callers, struct text namespace, struct text environment, struct error *err);
static char *file_of(const struct local_callers *callers, struct arena *arena, struct text namespace);
static struct text_list read_hashes(struct arena *arena, const char *path, struct text newest);
static bool write_hashes(const char *path, const struct text_list *hashes, struct error *err);

struct local_callers *
local_callers_new(struct arena *arena, struct state_folder *state)
{
    struct local_callers *callers = arena_alloc(arena, sizeof(*callers));
    *callers = (struct local_callers){.arena = arena, .state = state};
    return callers;
}

bool
local_callers_ensure(struct local_callers *callers, const struct object_list *objects,
                     struct extra_caller_list *out_callers, struct error *err)
{
    struct arena *scratch = arena_new(0);
    bool is_right = true;
    for (size_t i = 0; i < objects->count && is_right; i++) {
        if (objects->items[i].kind->id != KIND_WORKSPACE)
            continue;
        const struct workspace *workspace = objects->items[i].workspace;
        for (size_t j = 0; j < workspace->spec.environments.count && is_right; j++) {
            const struct workspace_environment *environment = &workspace->spec.environments.items[j];
            struct text namespace = workspace_environment_namespace(scratch, workspace, environment);
            is_right = ensure_one(callers, namespace, environment->name, err);
        }
    }
    arena_free(scratch);
    *out_callers = (struct extra_caller_list){.items = callers->callers, .count = callers->count};
    return is_right;
}

struct text
local_callers_key(const struct local_callers *callers, struct text namespace)
{
    for (size_t i = 0; i < callers->count; i++)
        if (text_equals(callers->keys[i].namespace, namespace))
            return callers->keys[i].key;
    return (struct text){0};
}

void
local_callers_forget(struct local_callers *callers)
{
    struct arena *scratch = arena_new(0);
    for (size_t i = 0; i < callers->count; i++)
        unlink(file_of(callers, scratch, callers->keys[i].namespace));
    arena_free(scratch);
}

static bool
ensure_one(struct local_callers *callers, struct text namespace, struct text environment, struct error *err)
{
    if (local_callers_key(callers, namespace).length > 0)
        return true;
    struct arena *arena = callers->arena;
    struct local_key key = {.namespace = text_copy(arena, namespace),
                            .key = caller_key_new(arena, environment)};
    char *path = file_of(callers, arena, namespace);
    struct extra_caller caller = {.namespace = key.namespace};
    caller.caller = (struct gateway_caller){
        .name = TEXT(LOCAL_CALLER_NAME), .team = TEXT(LOCAL_CALLER_NAME), .expires = FIELD_UNSET};
    caller.caller.key_hashes = read_hashes(arena, path, caller_key_hash(arena, key.key));
    if (!write_hashes(path, &caller.caller.key_hashes, err))
        return false;
    callers->callers =
        arena_grow(arena, callers->callers, callers->count, &callers->caller_capacity, sizeof(caller));
    callers->keys = arena_grow(arena, callers->keys, callers->count, &callers->key_capacity, sizeof(key));
    callers->callers[callers->count] = caller;
    callers->keys[callers->count++] = key;
    return true;
}

static char *
file_of(const struct local_callers *callers, struct arena *arena, struct text namespace)
{
    struct text name = text_format(arena, "callers/%.*s", TEXT_ARG(namespace));
    return state_folder_file(callers->state, arena, text_c_string(arena, name));
}

static struct text_list
read_hashes(struct arena *arena, const char *path, struct text newest)
{
    struct text_list hashes = {.items = arena_alloc_array(arena, MOST_HASHES, sizeof(struct text)),
                               .count = 1};
    hashes.items[0] = newest;
    struct text rest;
    if (!file_read(arena, path, HASHES_BYTES, &rest, NULL))
        return hashes;
    while (rest.bytes && hashes.count < MOST_HASHES) {
        struct text line = text_trim(text_cut(&rest, '\n'));
        if (text_format_sha256.accepts(line))
            hashes.items[hashes.count++] = line;
    }
    return hashes;
}

static bool
write_hashes(const char *path, const struct text_list *hashes, struct error *err)
{
    struct arena *scratch = arena_new(0);
    struct text lines = text_join(scratch, hashes, TEXT("\n"));
    bool is_right = file_write_atomic(path, text_format(scratch, "%.*s\n", TEXT_ARG(lines)), FILE_MODE, err);
    arena_free(scratch);
    return is_right;
}
