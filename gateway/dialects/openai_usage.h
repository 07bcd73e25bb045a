/* OpenAI's `usage` object in our disjoint classes, and the finder that meets it in a reply cut anywhere.
 *
 * A reply is not parsed, only watched: what the client gets are the provider's bytes. */
#pragma once

#include <stdbool.h>

#include "gateway/chat/call_usage.h"
#include "lib/base/buffer.h"

/* False when raw is no object with counts. Cached and audio are parts of prompt, reasoning and audio
 * of completion: they are taken out. */
bool openai_usage_read(struct text raw, struct call_usage *out_usage);

#define OPENAI_USAGE_MAX_BYTES 8192

enum openai_usage_place {
    OPENAI_USAGE_OUTSIDE, /* between the strings of any level */
    OPENAI_USAGE_STRING,
    OPENAI_USAGE_ESCAPE, /* after the backslash in one */
};

/* Finds the member "usage" of the outermost object. Zeroed but for `value`, which openai_usage_finder_init
 * sets. */
struct openai_usage_finder {
    struct buffer value; /* of the member found last */
    enum openai_usage_place place;
    int depth;
    int key_matched;    /* bytes of "usage" that this key began with; -1: another key */
    bool is_key;        /* the next string of level one is a key */
    bool is_value;      /* inside the member's value */
    bool key_was_usage; /* the last key of level one was "usage" */
};

void openai_usage_finder_init(struct openai_usage_finder *finder, struct arena *arena);
void openai_usage_finder_feed(struct openai_usage_finder *finder, struct text bytes);
bool openai_usage_finder_read(const struct openai_usage_finder *finder, struct call_usage *out_usage);

/* As the finder over a whole reply, from its end: that is where the member stands, and the rest need not be
 * looked at. */
bool openai_usage_find(struct arena *arena, struct text reply, struct call_usage *out_usage);
