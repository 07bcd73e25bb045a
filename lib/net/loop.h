/* One event loop a process: sockets, timers, signals, children. The only file that knows libev is loop.c.
 *
 * Callbacks come from loop_run, never from inside the call that asked for them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct loop;
struct loop_io;
struct loop_timer;
struct loop_task;
struct arena;

enum loop_events { LOOP_READ = 1, LOOP_WRITE = 2 };

typedef void (*loop_io_fn)(void *owner, int events);
typedef void (*loop_timer_fn)(void *owner);
typedef void (*loop_signal_fn)(void *owner, int signal);
typedef void (*loop_child_fn)(void *owner, pid_t pid, int wait_status);

/* Also ignores SIGPIPE, for the whole process. */
struct loop *loop_new(struct arena *arena);
/* Runs until loop_stop; the clock of loop_now_ms is read once a turn. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
int64_t loop_now_ms(const struct loop *loop); /* monotonic, as of this turn */

/* Watches a descriptor. The loop_io lives in the arena of the caller; loop_io_stop before its descriptor is
 * closed. */
struct loop_io *loop_io_new(struct loop *loop, struct arena *arena, loop_io_fn on_event, void *owner);
void loop_io_watch(struct loop_io *io, int fd, int events); /* 0 events: watch nothing for now */
void loop_io_stop(struct loop_io *io);

/* Fires once after delay_ms (0: in the next turn) unless stopped or started again. Cheap to restart. */
struct loop_timer *loop_timer_new(struct loop *loop, struct arena *arena, loop_timer_fn on_time, void *owner);
void loop_timer_start(struct loop_timer *timer, int64_t delay_ms);
void loop_timer_stop(struct loop_timer *timer);
bool loop_timer_is_running(const struct loop_timer *timer);

/* Runs once, after this turn's callbacks and before the loop sleeps; posted again before that it still runs
 * once. What a callback must not do in place (free itself, call its caller back) it posts. */
struct loop_task *loop_task_new(struct loop *loop, struct arena *arena, loop_timer_fn on_run, void *owner);
void loop_task_post(struct loop_task *task);
void loop_task_cancel(struct loop_task *task);

/* on_turn runs after every turn's callbacks, before the loop sleeps: for batching (journal writes). Tasks
 * that it posts run before the loop sleeps, and it again after them. Log lines are flushed by the loop
 * itself. */
void loop_on_turn_end(struct loop *loop, loop_timer_fn on_turn, void *owner);
void loop_on_signal(struct loop *loop, int signal, loop_signal_fn on_signal, void *owner);
void loop_on_child(struct loop *loop, pid_t pid, loop_child_fn on_child, void *owner);
/* The libev loop itself, for libwebsockets' foreign-loop attachment only. */
void *loop_native(struct loop *loop);
