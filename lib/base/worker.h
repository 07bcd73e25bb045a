/* A thread for what would hold up the caller's: it takes messages through one pipe, and each comes back
 * through another as its answer. A message belongs to who has it; nothing else is shared, so there is nothing
 * to lock. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/compiler.h"

struct arena;
struct error;
struct worker;

enum { WORKER_MAX_MESSAGE_BYTES = 64 };

struct worker_options {
    /* On the worker's thread, one after the other: the message is turned into its answer where it stands. May
     * use its owner, the allocator, the clock and what the message brings along, and no other state of the
     * process. */
    void (*answer)(void *owner, void *message);
    void *owner;
    size_t message_bytes; /* all have so many */
    const char *what;     /* errors say what the worker is for: "syncing the journal" */
};

/* The thread ends with the arena, after the messages that it was sent. It takes no signals. */
MUST_CHECK bool worker_start(struct arena *arena, const struct worker_options *options,
                             struct worker **out_worker, struct error *err);
/* Readable when an answer is there. */
int worker_fd(const struct worker *worker);
/* False when the pipe does not take it; it does take some hundreds that are not answered. */
MUST_CHECK bool worker_send(struct worker *worker, const void *message);
/* The next answer, waited for if need be: there must be a message that is not answered. */
MUST_CHECK bool worker_take(struct worker *worker, void *out_message);
