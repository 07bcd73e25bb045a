/* Samples of pods on their way to the ledger. Sends nothing.
 *
 * Each is kept until it was heard that it is committed. What was not sent yet grows: a pod's next sample that
 * goes on where the last one ended becomes one with it, hour by hour, so that a ledger may be away for long.
 * What was sent once is said again as it was: who has committed it knows it by its time. */
#pragma once

#include "api/types/runtime_frames.h"

struct arena;
struct sample_queue;

#define SAMPLE_QUEUE_MOST 20000 /* beyond, the oldest are forgotten */

struct sample_queue *sample_queue_new(struct arena *arena);
/* Copied. What is of several hours is cut at each, its amounts in the parts that their time is; what has no
 * span is no sample. */
void sample_queue_add(struct sample_queue *queue, const struct runtime_sample *sample);
/* The oldest, at most LEDGER_MAX_SAMPLES, as one message; until it is heard of, the same again. False: there
 * are none. Lives until the next call. */
bool sample_queue_next(struct sample_queue *queue, struct ledger_samples *out_samples);
/* The ledger has the message of this number: false when it is not the one that sample_queue_next gave last.
 */
bool sample_queue_hear(struct sample_queue *queue, int64_t number);
size_t sample_queue_count(const struct sample_queue *queue);
/* How many were forgotten unheard. */
int64_t sample_queue_lost(const struct sample_queue *queue);
