/* Notices soon that keys of an environment were changed over REST, by this weir-api or by another on the same
 * database. */
#pragma once

#include "lib/base/text.h"

struct arena;
struct key_place;
struct ledger;
struct loop;

#define KEY_WATCH_EVERY_MS 250

struct key_watch_options {
    struct loop *loop;
    struct ledger *ledger;
    /* At least once for each environment that changed, and for all that ever did when it starts. */
    void (*on_changed)(void *owner, const struct key_place *place);
    void *owner;
};

/* Until the arena ends. */
void key_watch_start(struct arena *arena, const struct key_watch_options *options);
