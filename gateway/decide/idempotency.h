/* Which calls run, and which answers are kept, under a key that their caller chose: who asks the same again
 * is told so, or given the same answer, and nothing is bought twice.
 *
 * Pure but for memory, which is bounded: in entries and bytes, of all callers and of each; what ended longest
 * ago goes first, what runs never does. Of one gateway, and gone with it; other gateways may look into it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/text.h"

struct arena;
struct idempotency;
struct idempotency_entry;

#define IDEMPOTENCY_DIGEST_BYTES 32

struct idempotency_limits {
    size_t entries, caller_entries;           /* running and kept */
    size_t bytes, caller_bytes, answer_bytes; /* of answers kept; an answer that is longer is not */
    int64_t keep_ms;                          /* after its call ended */
};
extern const struct idempotency_limits idempotency_limits; /* what a gateway has */

struct idempotency_ask {
    struct text caller, key;
    const uint8_t *digest; /* of all that makes it the same question */
    int64_t now_ms;
};

enum idempotency_verdict {
    IDEMPOTENCY_NEW,       /* go on, and say how it ended */
    IDEMPOTENCY_RUNNING,   /* the same is being asked now */
    IDEMPOTENCY_ANSWERED,  /* here is the answer */
    IDEMPOTENCY_DIFFERENT, /* the key stands for another question */
};

/* Of a finished call: texts are good until the table is asked again. */
struct idempotency_answer {
    struct text call; /* its id */
    struct text content_type, body;
    int64_t left_ms; /* so long it is kept yet; 0 of a call that ends now: as long as answers are */
};

/* What is in it goes with the arena. */
struct idempotency *idempotency_new(struct arena *arena, const struct idempotency_limits *limits);
/* IDEMPOTENCY_NEW: *out_entry is to be given to idempotency_end exactly once; NULL when there is no room for
 * another that runs, and the call goes on unnoticed. IDEMPOTENCY_ANSWERED: *out_answer is set. */
enum idempotency_verdict
idempotency_begin(struct idempotency *table, const struct idempotency_ask *ask,
                  struct idempotency_entry **out_entry, struct idempotency_answer *out_answer);
/* answer: to be given again; NULL: the key is free again. */
void idempotency_end(struct idempotency *table, struct idempotency_entry *entry,
                     const struct idempotency_answer *answer, int64_t now_ms);
/* Others do not see it until it is shown: whether one of them knows it is being asked, and who asks at once
 * is not to be told of who asks at once. */
void idempotency_hide(struct idempotency_entry *entry);
void idempotency_show(struct idempotency_entry *entry);
/* What another gateway's call is told that asks so: as idempotency_begin, but nothing begins. */
enum idempotency_verdict idempotency_look(struct idempotency *table, const struct idempotency_ask *ask,
                                          struct idempotency_answer *out_answer);
size_t idempotency_count(const struct idempotency *table);
