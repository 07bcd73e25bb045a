/* Says when a folder of manifests has settled after a change, by inotify: nothing happens while nothing
 * changes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct loop;
struct folder_watch;

/* Quiet for so long before on_change; never put off for longer than the second, however busy the folder is.
 */
#define FOLDER_SETTLE_MS 50
#define FOLDER_SETTLE_MOST_MS 250
/* A file somebody is still writing to is waited for so long, then read as it is. */
#define FOLDER_WRITE_MOST_MS 1000

struct folder_watch_options {
    struct loop *loop;
    const char *folder;
    void (*on_change)(void *owner); /* comes from the loop */
    void *owner;
};

/* The watch ends with the arena. Watches nothing before folder_watch_set_folders. */
MUST_CHECK bool folder_watch_start(struct arena *arena, const struct folder_watch_options *options,
                                   struct folder_watch **out_watch, struct error *err);
/* Which sub-folders (relative, "" for the folder itself) are watched from now on. False when the kernel would
 * not watch one of them: the message says which limit to raise. */
MUST_CHECK bool
folder_watch_set_folders(struct folder_watch *watch, const struct text_list *folders, struct error *err);
/* True while a writer that changed the file has not closed it, for at most FOLDER_WRITE_MOST_MS; on_change
 * comes again when it is over. */
bool folder_watch_is_being_written(const struct folder_watch *watch, struct text path);
/* When (monotonic ms) the first event of the burst came that on_change was last called for. */
int64_t folder_watch_event_ms(const struct folder_watch *watch);
/* on_change comes after delay_ms even if nothing changes. */
void folder_watch_look_again(struct folder_watch *watch, int64_t delay_ms);
