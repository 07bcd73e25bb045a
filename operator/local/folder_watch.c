/* inotify made quiet: events of all sub-folders become one call once they settled.
 *
 * What changed is not told: the owner scans and compares stamps, so that a lost event (a queue overflow, a
 * folder made between scan and watch) can only delay, never lose. */
#include "operator/local/folder_watch.h"

#include <errno.h>
#include <sys/inotify.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/net/loop.h"
#include "operator/local/folder_scan.h"

enum {
    EVENTS = IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE |
             IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR | IN_EXCL_UNLINK,
};

struct watched_folder {
    int id; /* inotify's */
    struct text path;
};

struct folder_watch {
    struct loop *loop;
    const char *folder;
    void (*on_change)(void *owner);
    void *owner;
    int fd;
    struct loop_io *io;
    struct loop_timer *settle;
    int64_t first_event_ms; /* of those waiting; 0: none */
    int64_t told_event_ms;  /* of those that on_change was last called for */
    struct arena *arena;    /* of the two below: renewed with each set of folders */
    struct watched_folder *watched;
    size_t watched_count;
    struct map *writing; /* path -> int64_t: since when */
};

static void on_inotify(void *owner, int events);
static void on_settled(void *owner);
static void note_event(struct folder_watch *watch, const struct inotify_event *event);
static void note_change(struct folder_watch *watch);
static void note_writer(struct folder_watch *watch, struct text path, uint32_t mask);
static struct text
path_of(const struct folder_watch *watch, const struct inotify_event *event, struct arena *arena);
static int64_t *longest_writing(struct folder_watch *watch);
static const struct watched_folder *find_watched(const struct folder_watch *watch, struct text path);
static bool watch_one(struct folder_watch *watch, struct text path, struct watched_folder *out_watched,
                      struct error *err);
static void folder_watch_release(void *owner);

bool
folder_watch_start(struct arena *arena, const struct folder_watch_options *options,
                   struct folder_watch **out_watch, struct error *err)
{
    struct folder_watch *watch = arena_alloc(arena, sizeof(*watch));
    *watch = (struct folder_watch){
        .loop = options->loop, .on_change = options->on_change, .owner = options->owner};
    watch->folder = text_c_string(arena, text_of(options->folder));
    watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->fd < 0)
        return error_set_errno(err, errno, "watching %s (fs.inotify.max_user_instances may be too low)",
                               watch->folder);
    watch->arena = arena_new(0);
    watch->writing = map_new(watch->arena);
    arena_defer(arena, folder_watch_release, watch);
    watch->io = loop_io_new(options->loop, arena, on_inotify, watch);
    watch->settle = loop_timer_new(options->loop, arena, on_settled, watch);
    loop_io_watch(watch->io, watch->fd, LOOP_READ);
    *out_watch = watch;
    return true;
}

bool
folder_watch_set_folders(struct folder_watch *watch, const struct text_list *folders, struct error *err)
{
    struct arena *arena = arena_new(0);
    struct watched_folder *watched = arena_alloc_array(arena, folders->count, sizeof(*watched));
    bool is_right = true;
    size_t count = 0;
    for (size_t i = 0; i < folders->count && is_right; i++) {
        is_right = watch_one(watch, text_copy(arena, folders->items[i]), &watched[count], err);
        count += is_right;
    }
    struct map *writing = map_new(arena);
    struct text path;
    void *since;
    for (size_t at = 0; map_next(watch->writing, &at, &path, &since);)
        map_set(writing, path, arena_copy(arena, since, sizeof(int64_t)));
    arena_free(watch->arena);
    watch->arena = arena;
    watch->watched = watched;
    watch->watched_count = count;
    watch->writing = writing;
    return is_right;
}

bool
folder_watch_is_being_written(const struct folder_watch *watch, struct text path)
{
    const int64_t *since = map_find(watch->writing, path);
    return since && loop_now_ms(watch->loop) - *since < FOLDER_WRITE_MOST_MS;
}

int64_t
folder_watch_event_ms(const struct folder_watch *watch)
{
    return watch->told_event_ms;
}

void
folder_watch_look_again(struct folder_watch *watch, int64_t delay_ms)
{
    if (!loop_timer_is_running(watch->settle))
        loop_timer_start(watch->settle, delay_ms);
}

static void
on_inotify(void *owner, int events)
{
    (void)events;
    struct folder_watch *watch = owner;
    char bytes[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
    for (;;) {
        ssize_t length = read(watch->fd, bytes, sizeof(bytes));
        if (length <= 0)
            return;
        for (char *at = bytes; at < bytes + length;) {
            const struct inotify_event *event = (const void *)at;
            note_event(watch, event);
            at += sizeof(*event) + event->len;
        }
    }
}

static void
on_settled(void *owner)
{
    struct folder_watch *watch = owner;
    watch->told_event_ms = watch->first_event_ms > 0 ? watch->first_event_ms : loop_now_ms(watch->loop);
    watch->first_event_ms = 0;
    watch->on_change(watch->owner);
    int64_t *since = longest_writing(watch);
    if (since && !loop_timer_is_running(watch->settle))
        loop_timer_start(watch->settle, *since + FOLDER_WRITE_MOST_MS - loop_now_ms(watch->loop));
}

static void
note_event(struct folder_watch *watch, const struct inotify_event *event)
{
    if (event->mask & IN_IGNORED)
        return;
    if (event->len > 0 && event->name[0] == '.')
        return;
    if (event->len > 0 && !(event->mask & IN_ISDIR) && folder_is_manifest_name(text_of(event->name))) {
        struct arena *scratch = arena_new(0);
        note_writer(watch, path_of(watch, event, scratch), event->mask);
        arena_free(scratch);
    }
    note_change(watch); /* also for other files: a Secret may take its value from one */
}

static void
note_change(struct folder_watch *watch)
{
    int64_t now_ms = loop_now_ms(watch->loop);
    if (watch->first_event_ms == 0)
        watch->first_event_ms = now_ms;
    int64_t most_ms = watch->first_event_ms + FOLDER_SETTLE_MOST_MS - now_ms;
    loop_timer_start(watch->settle, most_ms < FOLDER_SETTLE_MS ? most_ms : FOLDER_SETTLE_MS);
}

/* A truncated file that its writer has not closed would read as "everything in it was deleted". */
static void
note_writer(struct folder_watch *watch, struct text path, uint32_t mask)
{
    if (!(mask & IN_MODIFY)) {
        if (mask & (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE))
            map_remove(watch->writing, path);
        return;
    }
    if (map_find(watch->writing, path))
        return;
    int64_t now_ms = loop_now_ms(watch->loop);
    map_set(watch->writing, path, arena_copy(watch->arena, &now_ms, sizeof(now_ms)));
}

static struct text
path_of(const struct folder_watch *watch, const struct inotify_event *event, struct arena *arena)
{
    for (size_t i = 0; i < watch->watched_count; i++) {
        if (watch->watched[i].id != event->wd)
            continue;
        struct text folder = watch->watched[i].path;
        return folder.length == 0 ? text_format(arena, "%s", event->name)
                                  : text_format(arena, "%.*s/%s", TEXT_ARG(folder), event->name);
    }
    return text_format(arena, "%s", event->name);
}

/* Forgets those whose time is over and returns the oldest of the others. */
static int64_t *
longest_writing(struct folder_watch *watch)
{
    int64_t *oldest = NULL;
    struct text path;
    void *since;
    int64_t over_ms = loop_now_ms(watch->loop) - FOLDER_WRITE_MOST_MS;
    for (size_t at = 0; map_next(watch->writing, &at, &path, &since);) {
        int64_t *candidate = since;
        if (*candidate <= over_ms) {
            map_remove(watch->writing, path);
            at = 0;
            oldest = NULL;
        } else if (!oldest || *candidate < *oldest) {
            oldest = candidate;
        }
    }
    return oldest;
}

/* Watching a folder again gives the same id, so this costs nothing for those that stayed. */
static bool
watch_one(struct folder_watch *watch, struct text path, struct watched_folder *out_watched, struct error *err)
{
    struct arena *scratch = arena_new(0);
    char *full = text_c_string(scratch, text_format(scratch, "%s/%.*s", watch->folder, TEXT_ARG(path)));
    int id = inotify_add_watch(watch->fd, full, EVENTS);
    bool is_right = true;
    bool is_gone = id < 0 && (errno == ENOENT || errno == ENOTDIR);
    if (is_gone || (id >= 0 && !find_watched(watch, path)))
        folder_watch_look_again(
            watch, FOLDER_SETTLE_MS); /* it changed between the scan and the watch, or may have */
    else if (id < 0 && errno == ENOSPC)
        is_right =
            error_set(err, ERROR_UNAVAILABLE,
                      "watching %s: the system's limit is reached (raise fs.inotify.max_user_watches)", full);
    else if (id < 0)
        is_right = error_set_errno(err, errno, "watching %s", full);
    *out_watched = (struct watched_folder){.id = id, .path = path};
    arena_free(scratch);
    return is_right;
}

static const struct watched_folder *
find_watched(const struct folder_watch *watch, struct text path)
{
    for (size_t i = 0; i < watch->watched_count; i++)
        if (text_equals(watch->watched[i].path, path) && watch->watched[i].id >= 0)
            return &watch->watched[i];
    return NULL;
}

static void
folder_watch_release(void *owner)
{
    struct folder_watch *watch = owner;
    close(watch->fd);
    arena_free(watch->arena);
}
