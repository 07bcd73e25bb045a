/* The state folder: made, locked and counted up. Not for manifests: those belong to the user and are only
 * read. */
#include "operator/local/state_folder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/parse.h"

enum { FOLDER_MODE = 0700, FILE_MODE = 0600, COUNTER_BYTES = 4096 };

struct state_folder {
    struct arena *arena;
    const char *path;
    int lock;
    int64_t epoch;
};

static bool make_folders(struct state_folder *folder, struct error *err);
static bool take_lock(struct state_folder *folder, struct error *err);
static bool start_epoch(struct state_folder *folder, struct error *err);
static void state_folder_release(void *owner);
static bool read_number(struct arena *arena, const char *path, int64_t *out_number, struct error *err);

bool
state_folder_open(struct arena *arena, const char *path, struct state_folder **out_folder, struct error *err)
{
    struct state_folder *folder = arena_alloc(arena, sizeof(*folder));
    *folder = (struct state_folder){.arena = arena, .lock = -1};
    if (!file_make_folder(path, FOLDER_MODE, err))
        return error_context(err, "keeping state in %s (choose another place with --state)", path);
    char absolute[PATH_MAX];
    if (!realpath(path, absolute))
        return error_set_errno(err, errno, "finding %s", path);
    folder->path = text_c_string(arena, text_of(absolute));
    arena_defer(arena, state_folder_release, folder);
    if (!take_lock(folder, err) || !make_folders(folder, err) || !start_epoch(folder, err))
        return false;
    *out_folder = folder;
    return true;
}

const char *
state_folder_path(const struct state_folder *folder)
{
    return folder->path;
}

char *
state_folder_file(const struct state_folder *folder, struct arena *arena, const char *name)
{
    return text_c_string(arena, text_format(arena, "%s/%s", folder->path, name));
}

bool
state_folder_socket(const struct state_folder *folder, struct arena *arena, const char *name, char **out_path,
                    struct error *err)
{
    char *path = state_folder_file(folder, arena, name);
    size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
    if (strlen(path) > most)
        return error_set(err, ERROR_INVALID,
                         "the socket %s has a path of %zu bytes, the system allows %zu: choose a shorter "
                         "place with --state",
                         path, strlen(path), most);
    *out_path = path;
    return true;
}

int64_t
state_folder_epoch(const struct state_folder *folder)
{
    return folder->epoch;
}

bool
state_folder_raise_epoch(struct state_folder *folder, int64_t seen, struct error *err)
{
    if (seen < folder->epoch || seen == INT64_MAX)
        return error_set(err, ERROR_INVALID, "no epoch can follow %lld here", (long long)seen);
    struct arena *scratch = arena_new(0);
    struct text line = text_format(scratch, "%lld\n", (long long)seen + 1);
    bool is_right = file_write_atomic(state_folder_file(folder, scratch, "epoch"), line, FILE_MODE, err);
    if (is_right)
        folder->epoch = seen + 1;
    arena_free(scratch);
    return is_right;
}

bool
state_folder_generation(struct state_folder *folder, struct text environment, struct text hash,
                        int64_t *out_generation, struct error *err)
{
    struct arena *scratch = arena_new(0);
    struct text name = text_format(scratch, "generations/%.*s", TEXT_ARG(environment));
    char *path = state_folder_file(folder, scratch, text_c_string(scratch, name));
    struct text kept = {0};
    int64_t generation = 0;
    bool is_right = true;
    if (file_read(scratch, path, COUNTER_BYTES, &kept, NULL)) {
        struct text number = text_cut(&kept, ' ');
        if (!parse_int64(number, &generation))
            generation = 0;
    }
    if (generation == 0 || !text_equals(text_trim(kept), hash)) {
        generation += 1;
        struct text line = text_format(scratch, "%lld %.*s\n", (long long)generation, TEXT_ARG(hash));
        is_right = file_write_atomic(path, line, FILE_MODE, err);
    }
    if (is_right)
        *out_generation = generation;
    arena_free(scratch);
    return is_right;
}

bool
state_folder_announce(const char *manifests, struct error *err)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    struct arena *scratch = arena_new(0);
    struct text place = text_format(scratch, "%s/weir-%u", runtime && *runtime ? runtime : "/tmp", getuid());
    char *folder = text_c_string(scratch, place);
    char *file = text_c_string(scratch, text_format(scratch, "%s/current", folder));
    struct stat status;
    bool is_right = file_make_folder(folder, FOLDER_MODE, err);
    /* /tmp is everybody's: a folder somebody else made there is not ours to write to. */
    if (is_right && (stat(folder, &status) != 0 || status.st_uid != getuid()))
        is_right = error_set(err, ERROR_DENIED, "%s belongs to somebody else", folder);
    is_right = is_right && file_write_atomic(file, text_format(scratch, "%s\n", manifests), FILE_MODE, err);
    arena_free(scratch);
    return is_right;
}

static bool
make_folders(struct state_folder *folder, struct error *err)
{
    static const char *const names[] = {"log", "secrets", "generations", "processes", "callers", "gateway"};
    struct arena *scratch = arena_new(0);
    bool is_right =
        file_write_atomic(state_folder_file(folder, scratch, ".gitignore"), TEXT("*\n"), 0644, err);
    for (size_t i = 0; i < COUNT_OF(names) && is_right; i++)
        is_right = file_make_folder(state_folder_file(folder, scratch, names[i]), FOLDER_MODE, err);
    arena_free(scratch);
    return is_right;
}

/* flock ends with the process, whatever ends it, so a stale lock cannot exist; the pid inside is only for
 * people. */
static bool
take_lock(struct state_folder *folder, struct error *err)
{
    struct arena *scratch = arena_new(0);
    char *path = state_folder_file(folder, scratch, "lock");
    folder->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    bool is_right = folder->lock >= 0;
    if (!is_right) {
        error_set_errno(err, errno, "opening %s", path);
    } else if (flock(folder->lock, LOCK_EX | LOCK_NB) != 0) {
        struct text pid = {0};
        bool is_known = file_read(scratch, path, COUNTER_BYTES, &pid, NULL);
        error_set(err, ERROR_CONFLICT,
                  "another weir runs on this folder (pid %.*s): stop it, or use --state for a second one",
                  TEXT_ARG(is_known ? text_trim(pid) : TEXT("unknown")));
        is_right = false;
    } else {
        struct text pid = text_format(scratch, "%d\n", (int)getpid());
        is_right = ftruncate(folder->lock, 0) == 0 && pwrite(folder->lock, pid.bytes, pid.length, 0) > 0;
        if (!is_right)
            error_set_errno(err, errno, "writing %s", path);
    }
    arena_free(scratch);
    return is_right;
}

static bool
start_epoch(struct state_folder *folder, struct error *err)
{
    struct arena *scratch = arena_new(0);
    int64_t last = 0;
    bool is_right = read_number(scratch, state_folder_file(folder, scratch, "epoch"), &last, err) &&
                    state_folder_raise_epoch(folder, last, err);
    arena_free(scratch);
    return is_right;
}

static void
state_folder_release(void *owner)
{
    struct state_folder *folder = owner;
    if (folder->lock >= 0)
        close(folder->lock);
}

/* 0 when the file is not there. A damaged one is an error: starting again at 1 would make gateways refuse us.
 */
static bool
read_number(struct arena *arena, const char *path, int64_t *out_number, struct error *err)
{
    struct text bytes;
    struct error failure = {0};
    if (!file_read(arena, path, COUNTER_BYTES, &bytes, &failure)) {
        *out_number = 0;
        return failure.kind == ERROR_NOT_FOUND || error_set(err, failure.kind, "%s", failure.message);
    }
    if (!parse_int64(text_trim(bytes), out_number) || *out_number < 0 || *out_number == INT64_MAX)
        return error_set(err, ERROR_INVALID,
                         "%s is damaged: it should hold one number; remove the state folder to start anew",
                         path);
    return true;
}
