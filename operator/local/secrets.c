/* Secret values from manifests, variables and files into .weir/secrets/<namespace>/<secret>/<key>. */
#include "operator/local/secrets.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>

#include "api/types/secret.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/map.h"
#include "lib/net/digest.h"
#include "operator/local/state_folder.h"

enum { FOLDER_MODE = 0700, FILE_MODE = 0600, OPEN_FOLDERS = 16, DEEPEST_FILE = 3 };

struct secrets {
    const char *folder;
    const char *manifests;
};

/* One run of secrets_resolve. */
struct resolve {
    const struct secrets *secrets;
    struct arena *arena;
    struct credential_list *credentials;
    size_t capacity;
    struct map *kept; /* paths that belong to somebody */
};

static bool resolve_secret(struct resolve *run, const struct object *object, struct error *err);
static bool resolve_value(struct resolve *run, const struct object *object,
                          const struct secret_source *source, struct error *err);
static bool find_value(struct resolve *run, const struct object *object, const struct secret_source *source,
                       struct text *out_value, struct text *out_missing);
static bool
write_value(struct resolve *run, struct credential *credential, struct text value, struct error *err);
static void keep(struct resolve *run, struct text path);
static bool is_file_name(struct text name);
static bool prune(const struct resolve *run, const char *path, int depth, struct error *err);
static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place);

struct secrets *
secrets_new(struct arena *arena, const struct state_folder *state, const char *manifests)
{
    struct secrets *secrets = arena_alloc(arena, sizeof(*secrets));
    secrets->folder = state_folder_file(state, arena, "secrets");
    secrets->manifests = text_c_string(arena, text_of(manifests));
    return secrets;
}

bool
secrets_resolve(struct secrets *secrets, struct arena *arena, const struct object_list *objects,
                struct credential_list *out_credentials, struct error *err)
{
    *out_credentials = (struct credential_list){0};
    struct resolve run = {
        .secrets = secrets, .arena = arena, .credentials = out_credentials, .kept = map_new(arena)};
    if (!file_make_folder(secrets->folder, FOLDER_MODE, err))
        return false;
    for (size_t i = 0; i < objects->count; i++)
        if (objects->items[i].kind->id == KIND_SECRET && !resolve_secret(&run, &objects->items[i], err))
            return error_context(err, "writing the values of %.*s",
                                 TEXT_ARG(object_title(arena, &objects->items[i])));
    return prune(&run, secrets->folder, 1, err);
}

void
secrets_wipe(struct secrets *secrets)
{
    nftw(secrets->folder, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static bool
resolve_secret(struct resolve *run, const struct object *object, struct error *err)
{
    struct problem_list problems; /* reported when the manifest was checked */
    problems_init(&problems, run->arena);
    struct secret_source_list sources = {0};
    if (!secret_sources(run->arena, object->secret, &sources, &problems))
        return true;
    for (size_t i = 0; i < sources.count; i++)
        if (!resolve_value(run, object, &sources.items[i], err))
            return false;
    return true;
}

static bool
resolve_value(struct resolve *run, const struct object *object, const struct secret_source *source,
              struct error *err)
{
    struct credential_list *list = run->credentials;
    list->items = arena_grow(run->arena, list->items, list->count, &run->capacity, sizeof(*list->items));
    struct credential *credential = &list->items[list->count++];
    *credential = (struct credential){
        .namespace = object->metadata->namespace, .secret = object->metadata->name, .key = source->key};
    struct text value;
    if (!find_value(run, object, source, &value, &credential->missing))
        return true;
    return write_value(run, credential, value, err);
}

static bool
find_value(struct resolve *run, const struct object *object, const struct secret_source *source,
           struct text *out_value, struct text *out_missing)
{
    struct arena *arena = run->arena;
    if (source->kind == SECRET_FROM_MANIFEST) {
        *out_value = source->value;
        if (source->value.length == 0)
            *out_missing = text_format(arena, "give the key %.*s of %.*s a value to enable",
                                       TEXT_ARG(source->key), TEXT_ARG(object_title(arena, object)));
        return source->value.length > 0;
    }
    if (source->kind == SECRET_FROM_ENV) {
        *out_value = text_of(getenv(text_c_string(arena, source->value)));
        if (out_value->length == 0)
            *out_missing = text_format(arena, "set %.*s to enable", TEXT_ARG(source->value));
        return out_value->length > 0;
    }
    /* from-file: relative to the manifest's own folder. */
    struct text manifest = document_place(object->document).file;
    size_t folder = manifest.length;
    while (folder > 0 && manifest.bytes[folder - 1] != '/')
        folder--;
    struct text path = source->value.bytes[0] == '/'
                           ? source->value
                           : text_format(arena, "%s/%.*s%.*s", run->secrets->manifests, (int)folder,
                                         manifest.bytes, TEXT_ARG(source->value));
    struct error failure = {0};
    bool is_read = file_read(arena, text_c_string(arena, path), SECRET_MAX_VALUE_BYTES, out_value, &failure);
    *out_value = is_read ? text_trim(*out_value) : (struct text){0}; /* editors end files with a line end */
    if (out_value->length == 0)
        *out_missing =
            is_read
                ? text_format(arena, "put the key into %.*s to enable (it is empty)", TEXT_ARG(source->value))
                : text_format(arena, "put the key into %.*s to enable", TEXT_ARG(source->value));
    return out_value->length > 0;
}

/* Not written again when the file holds the value already: a gateway may be reading it. */
static bool
write_value(struct resolve *run, struct credential *credential, struct text value, struct error *err)
{
    if (!is_file_name(credential->namespace) || !is_file_name(credential->secret) ||
        !is_file_name(credential->key)) {
        credential->missing =
            text_format(run->arena, "rename the key %.*s: letters, digits, '.', '_' and '-' only",
                        TEXT_ARG(credential->key));
        return true;
    }
    const struct text names[DEEPEST_FILE] = {credential->namespace, credential->secret, credential->key};
    struct text path = text_of(run->secrets->folder);
    for (size_t i = 0; i < DEEPEST_FILE; i++) {
        path = text_format(run->arena, "%.*s/%.*s", TEXT_ARG(path), TEXT_ARG(names[i]));
        keep(run, path);
        if (i + 1 < DEEPEST_FILE && !file_make_folder(text_c_string(run->arena, path), FOLDER_MODE, err))
            return false;
    }
    credential->file = path;
    credential->digest = digest_sha256_hex(run->arena, value);
    char *file = text_c_string(run->arena, path);
    struct text there;
    if (file_read(run->arena, file, SECRET_MAX_VALUE_BYTES, &there, NULL) && text_equals(there, value))
        return true;
    return file_write_atomic(file, value, FILE_MODE, err);
}

static void
keep(struct resolve *run, struct text path)
{
    map_set(run->kept, path, run);
}

/* Kubernetes' rule for the keys of a Secret; without "..", which would lead out of the folder. */
static bool
is_file_name(struct text name)
{
    for (size_t i = 0; i < name.length; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", name.bytes[i]) ||
            name.bytes[i] == '\0')
            return false;
    return name.length > 0 && name.length <= 253 && name.bytes[0] != '.';
}

/* Removes what no Secret of this run wrote: three levels of folders, the deepest holds the values. */
static bool
prune(const struct resolve *run, const char *path, int depth, struct error *err)
{
    DIR *folder = opendir(path);
    if (!folder)
        return error_set_errno(err, errno, "reading %s", path);
    bool is_right = true;
    for (struct dirent *entry; is_right && (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        struct text inner = text_format(run->arena, "%s/%s", path, entry->d_name);
        char *inner_path = text_c_string(run->arena, inner);
        if (!map_find(run->kept, inner))
            nftw(inner_path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
        else if (depth < DEEPEST_FILE)
            is_right = prune(run, inner_path, depth + 1, err);
    }
    closedir(folder);
    return is_right;
}

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    remove(path);
    return 0;
}
