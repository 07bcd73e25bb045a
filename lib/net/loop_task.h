/* The queue of posted tasks beneath loop_task_post: first in, first out. For loop.c only; knows no event
 * library. */
#pragma once

#include "lib/net/loop.h"

struct loop_task_queue {
    struct loop_task *first, *last;
    size_t count;
};

struct loop_task *
loop_task_make(struct loop_task_queue *queue, struct arena *arena, loop_timer_fn on_run, void *owner);
/* Runs those that are posted now, not those that they post. */
void loop_task_queue_run(struct loop_task_queue *queue);
