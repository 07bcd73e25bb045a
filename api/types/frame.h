/* Messages of our streams: {"type": "<word>", "<member>": {...}}, with the one member that belongs to the
 * type. A stream may have further members that stand beside those of any type: whoever was built before
 * there was such a member does not look at it, where a field more in one that it knows may be refused.
 *
 * Which types there are is the stream's own business: control_frames.h, ledger_frames.h. */
#pragma once

#include "lib/schema/schema.h"

struct arena;
struct buffer;
struct error;

/* The member that belongs to a type: its key, schema and place in the stream's struct. */
struct frame_member {
    const char *key;
    const struct schema *schema;
    size_t offset;
};

/* A stream's struct begins with its type, an enum that counts from 0 in the order of names. */
struct frame_kinds {
    const char *title;        /* "a control frame", for errors */
    const char *const *names; /* NULL-terminated, as members */
    const struct frame_member *members;
    const struct frame_member
        *beside; /* those of any type; one is left out when all of it is as by default */
    size_t beside_count;
    size_t frame_bytes; /* of the struct */
    size_t max_bytes;   /* of a message */
};

/* Reads one message into *out_frame, which is untouched on failure. ERROR_INVALID: too long, no JSON, an
 * unknown type, the type's member missing or wrong, or what stands beside it wrong. */
MUST_CHECK bool frame_parse(struct arena *arena, const struct frame_kinds *kinds, struct text message,
                            void *out_frame, struct error *err);
void frame_print(struct arena *arena, const struct frame_kinds *kinds, const void *frame, struct buffer *out);
