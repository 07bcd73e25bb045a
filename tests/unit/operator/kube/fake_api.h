/* An API server of one resource, without a network: a history of changes, and the answers that a real one
 * would give to a watch's questions. Objects have one-letter names and a number as their spec. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/text.h"

#define FAKE_NAMES 8 /* 'a' to 'h' */

struct fake_change {
    char name;
    int value; /* 0: deleted */
    int born;  /* the version it was created at */
};

struct fake_api {
    struct arena *arena;
    struct fake_change history[400]; /* of version first + index */
    int first, count;
    int compacted; /* a watch from a version below gets 410 */
    int page_items;
    bool lacks_watch_list, says_gone_by_status, has_bookmarks;
    size_t requests, lists; /* lists: first pages and WatchLists */
};

struct fake_answer {
    int status;
    struct text body;
};

/* The first change gets version `first`. */
struct fake_api fake_api_new(struct arena *arena, int first);
void fake_api_set(struct fake_api *api, char name, int value); /* 0 deletes */
int fake_api_version(const struct fake_api *api);
/* What is there at a version: values by name, 0 absent. */
void fake_api_state(const struct fake_api *api, int version, int out_values[FAKE_NAMES]);
struct fake_answer fake_api_answer(struct fake_api *api, struct text path);
/* "{"type":"ADDED","object":{...}}\n" */
struct text
fake_event(const struct fake_api *api, const char *type, const struct fake_change *change, int version);
