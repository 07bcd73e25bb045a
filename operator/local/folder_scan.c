/* Walks a folder of manifests. Each regular file is listed once, also when a link inside the folder names it
 * again, as in a mounted ConfigMap (..data). */
#include "operator/local/folder_scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/map.h"

struct scan {
    struct arena *arena;
    const char *root; /* resolved */
    struct map *seen; /* device:inode of listed files */
    struct folder_listing listing;
    struct error failure; /* a sub-folder could not be read: what it holds is not known */
    size_t file_capacity, folder_capacity, left_out_capacity;
};

static void walk(struct scan *scan, struct text folder, int depth);
static void look_at(struct scan *scan, struct text path, int depth);
static void add_file(struct scan *scan, struct text path, const struct stat *status);
static void leave_out(struct scan *scan, struct text sentence);
static bool is_inside(const struct scan *scan, const char *path);
static int compare_files(const void *a, const void *b);

bool
folder_scan(struct arena *arena, const char *folder, struct folder_listing *out_listing, struct error *err)
{
    char root[PATH_MAX];
    struct stat status;
    if (!realpath(folder, root) || stat(root, &status) != 0)
        return error_set_errno(err, errno, "reading the folder %s", folder);
    if (!S_ISDIR(status.st_mode))
        return error_set(err, ERROR_INVALID, "%s is not a folder: name the folder that holds your manifests",
                         folder);
    if (access(root, R_OK | X_OK) != 0)
        return error_set_errno(err, errno, "reading the folder %s", folder);

    struct scan scan = {.arena = arena, .root = root, .seen = map_new(arena)};
    walk(&scan, (struct text){0}, 0);
    if (scan.failure.kind != ERROR_NONE)
        return error_set(err, scan.failure.kind, "%s", scan.failure.message);
    if (scan.listing.file_count > 0)
        qsort(scan.listing.files, scan.listing.file_count, sizeof(*scan.listing.files), compare_files);
    *out_listing = scan.listing;
    return true;
}

bool
file_stamp_equals(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->bytes == b->bytes &&
           a->changed_ns == b->changed_ns;
}

bool
folder_is_manifest_name(struct text name)
{
    if (name.length == 0 || name.bytes[0] == '.')
        return false;
    return text_ends_with(name, TEXT(".yaml")) || text_ends_with(name, TEXT(".yml")) ||
           text_ends_with(name, TEXT(".json"));
}

bool
folder_would_scan(const char *folder, const char *path)
{
    size_t length = strlen(folder);
    if (strncmp(path, folder, length) != 0 || (path[length] != '/' && path[length] != '\0'))
        return false;
    return strstr(path + length, "/.") == NULL;
}

static void
walk(struct scan *scan, struct text folder, int depth)
{
    struct text full = folder.length == 0 ? text_of(scan->root)
                                          : text_format(scan->arena, "%s/%.*s", scan->root, TEXT_ARG(folder));
    DIR *opened = opendir(text_c_string(scan->arena, full));
    if (!opened) {
        if (errno != ENOENT)
            error_set_errno(&scan->failure, errno, "reading the folder %.*s", TEXT_ARG(full));
        return;
    }
    struct text_list *folders = &scan->listing.folders;
    folders->items =
        arena_grow(scan->arena, folders->items, folders->count, &scan->folder_capacity, sizeof(folder));
    folders->items[folders->count++] = folder;
    for (struct dirent *entry; (entry = readdir(opened));) {
        if (entry->d_name[0] == '.')
            continue;
        struct text path = folder.length == 0
                               ? text_format(scan->arena, "%s", entry->d_name)
                               : text_format(scan->arena, "%.*s/%s", TEXT_ARG(folder), entry->d_name);
        look_at(scan, path, depth);
    }
    closedir(opened);
}

static void
look_at(struct scan *scan, struct text path, int depth)
{
    char *full = text_c_string(scan->arena, text_format(scan->arena, "%s/%.*s", scan->root, TEXT_ARG(path)));
    struct stat status;
    if (lstat(full, &status) != 0)
        return; /* gone since it was listed: the watch will tell */
    if (S_ISDIR(status.st_mode)) {
        if (depth + 1 < FOLDER_MAX_DEPTH)
            walk(scan, path, depth + 1);
        else
            leave_out(scan, text_format(scan->arena, "%.*s is nested deeper than %d folders: not read",
                                        TEXT_ARG(path), FOLDER_MAX_DEPTH));
        return;
    }
    if (!folder_is_manifest_name(path))
        return;
    if (S_ISLNK(status.st_mode) && !is_inside(scan, full)) {
        leave_out(scan,
                  text_format(scan->arena, "%.*s is a link out of the folder: not read", TEXT_ARG(path)));
        return;
    }
    if (stat(full, &status) == 0 && S_ISREG(status.st_mode))
        add_file(scan, path, &status);
}

static void
add_file(struct scan *scan, struct text path, const struct stat *status)
{
    struct folder_listing *listing = &scan->listing;
    struct text inode = text_format(scan->arena, "%llu:%llu", (unsigned long long)status->st_dev,
                                    (unsigned long long)status->st_ino);
    if (map_find(scan->seen, inode))
        return;
    if (listing->file_count == FOLDER_MAX_FILES) {
        leave_out(scan, text_format(scan->arena, "%.*s is one file too many: at most %d are read",
                                    TEXT_ARG(path), FOLDER_MAX_FILES));
        return;
    }
    map_set(scan->seen, inode, scan);
    listing->files = arena_grow(scan->arena, listing->files, listing->file_count, &scan->file_capacity,
                                sizeof(*listing->files));
    listing->files[listing->file_count++] = (struct folder_file){
        .path = path,
        .stamp = {.device = status->st_dev,
                  .inode = status->st_ino,
                  .bytes = status->st_size,
                  .changed_ns = (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec},
    };
}

static void
leave_out(struct scan *scan, struct text sentence)
{
    struct text_list *left_out = &scan->listing.left_out;
    if (left_out->count >= 100)
        return;
    left_out->items =
        arena_grow(scan->arena, left_out->items, left_out->count, &scan->left_out_capacity, sizeof(sentence));
    left_out->items[left_out->count++] = sentence;
}

static bool
is_inside(const struct scan *scan, const char *path)
{
    char resolved[PATH_MAX];
    if (!realpath(path, resolved))
        return false;
    size_t length = strlen(scan->root);
    return strncmp(resolved, scan->root, length) == 0 && resolved[length] == '/';
}

static int
compare_files(const void *a, const void *b)
{
    const struct folder_file *first = a, *second = b;
    return text_compare(first->path, second->path);
}
