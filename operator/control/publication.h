/* One environment's current snapshot as the message that is sent, and what tells it from another. For
 * control_server.c only. */
#pragma once

#include "api/types/control_frames.h"
#include "lib/net/digest.h"

struct publication {
    struct arena *arena; /* its own */
    struct text key, revision;
    struct text message;                  /* a block */
    uint8_t secrets[DIGEST_SHA256_BYTES]; /* of what went beside the config */
};

struct publication *publication_new(struct text key, const struct control_snapshot *snapshot, int64_t epoch);
/* Same revision, same secrets. */
bool publication_says(const struct publication *publication, const struct control_snapshot *snapshot);
/* The same under another epoch. */
void publication_set_epoch(struct publication *publication, int64_t epoch);
/* Wipes what held secrets. NULL is fine. */
void publication_free(struct publication *publication);
