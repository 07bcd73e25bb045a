/* Posted tasks: a doubly linked queue, so that a task can be taken back when the arena it lives in ends. */
#include "lib/net/loop_task.h"

#include "lib/base/arena.h"

struct loop_task {
    struct loop_task_queue *queue;
    struct loop_task *previous, *next;
    loop_timer_fn on_run;
    void *owner;
    bool is_posted;
};

static void
task_release(void *owner)
{
    loop_task_cancel(owner);
}

struct loop_task *
loop_task_make(struct loop_task_queue *queue, struct arena *arena, loop_timer_fn on_run, void *owner)
{
    struct loop_task *task = arena_alloc(arena, sizeof(*task));
    *task = (struct loop_task){.queue = queue, .on_run = on_run, .owner = owner};
    arena_defer(arena, task_release, task);
    return task;
}

void
loop_task_post(struct loop_task *task)
{
    struct loop_task_queue *queue = task->queue;
    if (task->is_posted)
        return;
    task->is_posted = true;
    task->next = NULL;
    task->previous = queue->last;
    *(queue->last ? &queue->last->next : &queue->first) = task;
    queue->last = task;
    queue->count++;
}

void
loop_task_cancel(struct loop_task *task)
{
    struct loop_task_queue *queue = task->queue;
    if (!task->is_posted)
        return;
    task->is_posted = false;
    *(task->previous ? &task->previous->next : &queue->first) = task->next;
    *(task->next ? &task->next->previous : &queue->last) = task->previous;
    queue->count--;
}

void
loop_task_queue_run(struct loop_task_queue *queue)
{
    for (size_t left = queue->count; left > 0 && queue->first; left--) {
        struct loop_task *task = queue->first;
        loop_task_cancel(task);
        task->on_run(task->owner); /* may end the arena the task lives in */
    }
}
