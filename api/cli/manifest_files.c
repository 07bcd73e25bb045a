/* The walk, bounded in depth and in files. */
#include "api/cli/manifest_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

#define MAX_FOLDER_DEPTH 16

struct walk {
    struct arena *arena;
    struct text_list paths;
    size_t capacity;
};

static bool add_path(struct walk *walk, struct text path, int depth, struct error *err);

static bool
is_manifest_name(struct text name)
{
    return text_ends_with(name, TEXT(".yaml")) || text_ends_with(name, TEXT(".yml")) ||
           text_ends_with(name, TEXT(".json"));
}

static int
skip_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool
add_folder(struct walk *walk, struct text folder, int depth, struct error *err)
{
    struct dirent **entries = NULL;
    int count = depth > MAX_FOLDER_DEPTH
                    ? -1
                    : scandir(text_c_string(walk->arena, folder), &entries, skip_hidden, alphasort);
    if (count < 0)
        return error_set_errno(err, depth > MAX_FOLDER_DEPTH ? ELOOP : errno, "%.*s", TEXT_ARG(folder));
    bool good = true;
    for (int i = 0; i < count; i++) {
        struct text path = text_format(walk->arena, "%.*s/%s", TEXT_ARG(folder), entries[i]->d_name);
        bool is_folder = entries[i]->d_type == DT_DIR;
        if (good && (is_folder || is_manifest_name(path)))
            good = add_path(walk, path, depth + 1, err);
        free(entries[i]);
    }
    free(entries);
    return good;
}

static bool
add_path(struct walk *walk, struct text path, int depth, struct error *err)
{
    if (walk->paths.count >= MANIFEST_FILES_MAX)
        return error_set(err, ERROR_INVALID, "more than %d files", MANIFEST_FILES_MAX);
    struct stat status;
    if (!text_equals(path, TEXT("-"))) {
        if (stat(text_c_string(walk->arena, path), &status) != 0)
            return error_set_errno(err, errno, "%.*s", TEXT_ARG(path));
        if (S_ISDIR(status.st_mode)) {
            if (path.length > 1 && text_ends_with(path, TEXT("/")))
                path = text_slice(path, 0, path.length - 1);
            return add_folder(walk, path, depth, err);
        }
    }
    struct text_list *paths = &walk->paths;
    paths->items =
        arena_grow(walk->arena, paths->items, paths->count, &walk->capacity, sizeof(*paths->items));
    paths->items[paths->count++] = path;
    return true;
}

bool
manifest_files_find(struct arena *arena, const struct text_list *named, struct text_list *out_paths,
                    struct error *err)
{
    struct walk walk = {.arena = arena};
    for (size_t i = 0; i < named->count; i++)
        if (!add_path(&walk, named->items[i], 0, err))
            return false;
    *out_paths = walk.paths;
    return true;
}
