/* Folder → objects → plan → configs, printed. Reads only. */
#include "operator/local/local_plan.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "api/types/secret.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"
#include "operator/local/store.h"
#include "operator/reconcile/plan.h"

/* The objects while they are gathered. */
struct gathering {
    struct arena *arena;
    struct object_list objects;
    size_t capacity;
    size_t refused_files;
};

static bool gather_folder(struct gathering *gathering, const char *folder, struct error *err);
static bool
gather_path(struct gathering *gathering, struct gathering *replacing, const char *path, struct error *err);
static bool gather_file(struct gathering *replacing, const char *folder, struct text path, struct error *err);
static void tell_problems(struct arena *arena, const struct manifest *manifest);
static struct object *find_same(const struct object_list *objects, const struct object *object);
static void add_object(struct gathering *gathering, const struct object *object);
static void lay_over(struct gathering *gathering, const struct object_list *replacing);
static struct credential_list pretend_credentials(struct arena *arena, const struct object_list *objects);
static bool
print_configs(struct arena *arena, const struct plan *plan, struct text *out_json, struct error *err);

bool
local_plan_print(struct arena *arena, const struct local_plan_options *options, struct text *out_json,
                 struct error *err)
{
    struct gathering gathering = {.arena = arena}, replacing = {.arena = arena};
    if (options->folder && !gather_folder(&gathering, options->folder, err))
        return false;
    for (size_t i = 0; i < options->replacing_count; i++)
        if (!gather_path(&gathering, &replacing, options->replacing[i], err))
            return false;
    size_t refused = gathering.refused_files + replacing.refused_files;
    if (refused > 0)
        return error_set(err, ERROR_INVALID, "%zu file%s wrong: mend what is named above first", refused,
                         refused == 1 ? " is" : "s are");
    lay_over(&gathering, &replacing.objects);
    struct reconcile_view view = {
        .objects = gathering.objects,
        .credentials = pretend_credentials(arena, &gathering.objects),
        .now_unix_ms = clock_unix_ms(),
    };
    return print_configs(arena, reconcile(arena, &view), out_json, err);
}

static bool
gather_folder(struct gathering *gathering, const char *folder, struct error *err)
{
    struct store *store = store_new(gathering->arena, folder);
    struct store_refresh refresh = {0};
    if (!store_refresh(store, gathering->arena, &refresh, err))
        return false;
    struct store_files files = store_files(store);
    for (size_t i = 0; i < files.count; i++)
        if (files.items[i].refused) {
            tell_problems(gathering->arena, files.items[i].refused);
            gathering->refused_files++;
        }
    struct object_list objects = store_objects(store, gathering->arena);
    for (size_t i = 0; i < objects.count; i++)
        add_object(gathering, &objects.items[i]);
    return true;
}

static bool
gather_path(struct gathering *gathering, struct gathering *replacing, const char *path, struct error *err)
{
    struct arena *arena = gathering->arena;
    struct stat status;
    if (stat(path, &status) != 0)
        return error_set_errno(err, errno, "opening %s", path);
    if (!S_ISDIR(status.st_mode)) {
        const char *slash = strrchr(path, '/');
        char *folder = slash ? text_c_string(arena, (struct text){path, (size_t)(slash - path) + 1}) : NULL;
        return gather_file(replacing, folder ? folder : ".", text_of(slash ? slash + 1 : path), err);
    }
    struct folder_listing listing;
    if (!folder_scan(arena, path, &listing, err))
        return false;
    for (size_t i = 0; i < listing.file_count; i++)
        if (!gather_file(replacing, path, listing.files[i].path, err))
            return false;
    return true;
}

static void
release_manifest(void *manifest)
{
    manifest_free(manifest);
}

static bool
gather_file(struct gathering *replacing, const char *folder, struct text path, struct error *err)
{
    struct manifest *manifest = manifest_read(folder, path);
    if (!manifest)
        return error_set(err, ERROR_NOT_FOUND, "%s/%.*s is not there", folder, TEXT_ARG(path));
    arena_defer(replacing->arena, release_manifest, manifest);
    if (!manifest_is_good(manifest)) {
        tell_problems(replacing->arena, manifest);
        replacing->refused_files++;
        return true;
    }
    for (size_t i = 0; i < manifest->objects.count; i++) {
        const struct object *object = &manifest->objects.items[i];
        if (find_same(&replacing->objects, object))
            return error_set(err, ERROR_INVALID, "%.*s stands twice in what is to be replaced, again in %.*s",
                             TEXT_ARG(object_title(replacing->arena, object)), TEXT_ARG(path));
        add_object(replacing, object);
    }
    return true;
}

static void
tell_problems(struct arena *arena, const struct manifest *manifest)
{
    struct buffer out;
    buffer_init(&out, arena, 1024);
    manifest_print_problems(manifest, false, &out);
    fwrite(out.bytes, 1, out.length, stderr);
}

static struct object *
find_same(const struct object_list *objects, const struct object *object)
{
    for (size_t i = 0; i < objects->count; i++) {
        const struct object *other = &objects->items[i];
        if (other->kind == object->kind &&
            text_equals(other->metadata->namespace, object->metadata->namespace) &&
            text_equals(other->metadata->name, object->metadata->name))
            return &objects->items[i];
    }
    return NULL;
}

static void
add_object(struct gathering *gathering, const struct object *object)
{
    struct object_list *list = &gathering->objects;
    list->items =
        arena_grow(gathering->arena, list->items, list->count, &gathering->capacity, sizeof(*list->items));
    list->items[list->count++] = *object;
}

static void
lay_over(struct gathering *gathering, const struct object_list *replacing)
{
    for (size_t i = 0; i < replacing->count; i++) {
        struct object *same = find_same(&gathering->objects, &replacing->items[i]);
        if (same)
            *same = replacing->items[i];
        else
            add_object(gathering, &replacing->items[i]);
    }
}

/* Whether a key is set on this machine says nothing about a policy. */
static struct credential_list
pretend_credentials(struct arena *arena, const struct object_list *objects)
{
    struct credential_list list = {0};
    size_t capacity = 0;
    for (size_t i = 0; i < objects->count; i++) {
        struct problem_list problems; /* told when the file was read */
        struct secret_source_list sources = {0};
        problems_init(&problems, arena);
        if (objects->items[i].kind->id != KIND_SECRET ||
            !secret_sources(arena, objects->items[i].secret, &sources, &problems))
            continue;
        for (size_t j = 0; j < sources.count; j++) {
            list.items = arena_grow(arena, list.items, list.count, &capacity, sizeof(*list.items));
            list.items[list.count++] = (struct credential){.namespace = objects->items[i].metadata->namespace,
                                                           .secret = objects->items[i].metadata->name,
                                                           .key = sources.items[j].key,
                                                           .file = TEXT("-")};
        }
    }
    return list;
}

static bool
print_configs(struct arena *arena, const struct plan *plan, struct text *out_json, struct error *err)
{
    if (hold_is_set(&plan->hold))
        return error_set(err, ERROR_INVALID, "%.*s", TEXT_ARG(plan->hold.message));
    struct document *root = document_new_map(arena);
    struct document *configs = document_list_in(root, TEXT("configs"));
    for (size_t i = 0; i < plan->environment_count; i++) {
        const struct planned_environment *planned = &plan->environments[i];
        if (hold_is_set(&planned->hold))
            return error_set(err, ERROR_INVALID, "%.*s: %.*s", TEXT_ARG(planned->namespace),
                             TEXT_ARG(planned->hold.message));
        document_append(configs, planned->config->document);
    }
    struct buffer out;
    buffer_init(&out, arena, 65536);
    json_print(root, &out);
    buffer_add_byte(&out, '\n');
    *out_json = buffer_text(&out);
    return true;
}
