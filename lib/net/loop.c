/* The event loop: libev with epoll, and the only file that knows it.
 *
 * Timers are lazy: moving a deadline back or stopping only writes a number, and the libev timer beneath
 * re-arms itself when it fires too early, so a deadline per request costs no heap operation. Watching other
 * events of a descriptor is the only thing that costs a system call. */
#include "lib/net/loop.h"

#include <assert.h>
#include <ev.h>
#include <signal.h>
#include <sys/wait.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/net/loop_task.h"

enum {
    NOT_RUNNING = -1,
    MAX_ROUNDS = 16, /* of tasks that post tasks in one turn, before descriptors get a look in again */
};

struct turn_end {
    struct turn_end *next;
    loop_timer_fn on_turn;
    void *owner;
};

struct signal_watch {
    struct ev_signal watcher;
    loop_signal_fn on_signal;
    void *owner;
};

struct child_watch {
    struct child_watch *next;
    pid_t pid;
    loop_child_fn on_child;
    void *owner;
};

struct loop {
    struct arena *arena;
    struct ev_loop *ev;
    struct ev_prepare before_sleep;
    struct ev_check after_sleep;
    struct ev_timer no_sleep;
    struct loop_task_queue tasks;
    struct turn_end *turn_ends;
    struct child_watch *children;
    struct loop_task *reap;
    int64_t now_ms; /* while running */
    bool is_running;
    bool is_stopped;
};

struct loop_io {
    struct loop *loop;
    struct ev_io watcher;
    loop_io_fn on_event;
    void *owner;
};

struct loop_timer {
    struct loop *loop;
    struct ev_timer watcher;
    int64_t deadline_ms; /* or NOT_RUNNING */
    int64_t armed_ms;    /* when the watcher fires, if it is active; never after the deadline */
    loop_timer_fn on_time;
    void *owner;
};

static void loop_release(void *owner);
static void on_before_sleep(struct ev_loop *ev, struct ev_prepare *watcher, int events);
static void on_after_sleep(struct ev_loop *ev, struct ev_check *watcher, int events);
static void on_nothing(struct ev_loop *ev, struct ev_timer *watcher, int events);
static void end_turn(struct loop *loop);
static void io_release(void *owner);
static void on_io(struct ev_loop *ev, struct ev_io *watcher, int events);
static void timer_release(void *owner);
static void timer_arm(struct loop_timer *timer);
static void on_timer(struct ev_loop *ev, struct ev_timer *watcher, int events);
static void on_signal_event(struct ev_loop *ev, struct ev_signal *watcher, int events);
static void on_child_signal(void *owner, int signal);
static void reap_children(void *owner);

struct loop *
loop_new(struct arena *arena)
{
    struct loop *loop = arena_alloc(arena, sizeof(*loop));
    loop->arena = arena;
    (void)signal(SIGPIPE, SIG_IGN); /* OpenSSL and libwebsockets write without MSG_NOSIGNAL */
    loop->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!loop->ev)
        loop->ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    assert(loop->ev);
    arena_defer(arena, loop_release, loop);

    ev_prepare_init(&loop->before_sleep, on_before_sleep);
    loop->before_sleep.data = loop;
    ev_prepare_start(loop->ev, &loop->before_sleep);
    ev_check_init(&loop->after_sleep, on_after_sleep);
    ev_set_priority(&loop->after_sleep, EV_MAXPRI); /* the clock is read before any callback asks */
    loop->after_sleep.data = loop;
    ev_check_start(loop->ev, &loop->after_sleep);
    ev_timer_init(&loop->no_sleep, on_nothing, 0., 0.);
    return loop;
}

void
loop_run(struct loop *loop)
{
    loop->now_ms = clock_now_ms();
    loop->is_running = true;
    while (!loop->is_stopped)
        ev_run(loop->ev, 0);
    end_turn(loop);
    loop->is_stopped = false;
    loop->is_running = false;
}

void
loop_stop(struct loop *loop)
{
    loop->is_stopped = true;
    ev_break(loop->ev, EVBREAK_ALL);
}

int64_t
loop_now_ms(const struct loop *loop)
{
    return loop->is_running ? loop->now_ms : clock_now_ms();
}

struct loop_io *
loop_io_new(struct loop *loop, struct arena *arena, loop_io_fn on_event, void *owner)
{
    struct loop_io *io = arena_alloc(arena, sizeof(*io));
    io->loop = loop;
    io->on_event = on_event;
    io->owner = owner;
    ev_io_init(&io->watcher, on_io, -1, 0);
    ev_set_priority(&io->watcher, 1); /* what has arrived counts before a deadline that passed meanwhile */
    io->watcher.data = io;
    arena_defer(arena, io_release, io);
    return io;
}

void
loop_io_watch(struct loop_io *io, int fd, int events)
{
    int wanted = (events & LOOP_READ ? EV_READ : 0) | (events & LOOP_WRITE ? EV_WRITE : 0);
    bool is_active = ev_is_active(&io->watcher);
    if (is_active && io->watcher.fd == fd && (io->watcher.events & (EV_READ | EV_WRITE)) == wanted)
        return;

    ev_io_stop(io->loop->ev, &io->watcher);
    if (wanted == 0)
        return;
    if (is_active && io->watcher.fd == fd)
        ev_io_modify(&io->watcher, wanted);
    else
        ev_io_set(&io->watcher, fd, wanted);
    ev_io_start(io->loop->ev, &io->watcher);
}

void
loop_io_stop(struct loop_io *io)
{
    ev_io_stop(io->loop->ev, &io->watcher);
}

struct loop_timer *
loop_timer_new(struct loop *loop, struct arena *arena, loop_timer_fn on_time, void *owner)
{
    struct loop_timer *timer = arena_alloc(arena, sizeof(*timer));
    timer->loop = loop;
    timer->deadline_ms = NOT_RUNNING;
    timer->on_time = on_time;
    timer->owner = owner;
    ev_timer_init(&timer->watcher, on_timer, 0., 0.);
    timer->watcher.data = timer;
    arena_defer(arena, timer_release, timer);
    return timer;
}

void
loop_timer_start(struct loop_timer *timer, int64_t delay_ms)
{
    timer->deadline_ms = loop_now_ms(timer->loop) + (delay_ms > 0 ? delay_ms : 0);
    if (ev_is_active(&timer->watcher) && timer->armed_ms <= timer->deadline_ms)
        return;
    timer_arm(timer);
}

void
loop_timer_stop(struct loop_timer *timer)
{
    timer->deadline_ms = NOT_RUNNING;
}

bool
loop_timer_is_running(const struct loop_timer *timer)
{
    return timer->deadline_ms != NOT_RUNNING;
}

struct loop_task *
loop_task_new(struct loop *loop, struct arena *arena, loop_timer_fn on_run, void *owner)
{
    return loop_task_make(&loop->tasks, arena, on_run, owner);
}

void
loop_on_turn_end(struct loop *loop, loop_timer_fn on_turn, void *owner)
{
    struct turn_end *turn_end = arena_alloc(loop->arena, sizeof(*turn_end));
    *turn_end = (struct turn_end){.on_turn = on_turn, .owner = owner};
    struct turn_end **last = &loop->turn_ends;
    while (*last)
        last = &(*last)->next;
    *last = turn_end;
}

void
loop_on_signal(struct loop *loop, int signal, loop_signal_fn on_signal, void *owner)
{
    struct signal_watch *watch = arena_alloc(loop->arena, sizeof(*watch));
    watch->on_signal = on_signal;
    watch->owner = owner;
    ev_signal_init(&watch->watcher, on_signal_event, signal);
    watch->watcher.data = watch;
    ev_signal_start(loop->ev, &watch->watcher);
}

void
loop_on_child(struct loop *loop, pid_t pid, loop_child_fn on_child, void *owner)
{
    if (!loop->reap) {
        loop->reap = loop_task_new(loop, loop->arena, reap_children, loop);
        loop_on_signal(loop, SIGCHLD, on_child_signal, loop);
    }
    struct child_watch *watch = arena_alloc(loop->arena, sizeof(*watch));
    *watch = (struct child_watch){.next = loop->children, .pid = pid, .on_child = on_child, .owner = owner};
    loop->children = watch;
    loop_task_post(loop->reap); /* it may have ended already */
}

void *
loop_native(struct loop *loop)
{
    return loop->ev;
}

/* ---- the turn ---- */

static void
loop_release(void *owner)
{
    struct loop *loop = owner;
    ev_loop_destroy(loop->ev);
}

static void
on_before_sleep(struct ev_loop *ev, struct ev_prepare *watcher, int events)
{
    (void)ev;
    (void)events;
    end_turn(watcher->data);
}

static void
on_after_sleep(struct ev_loop *ev, struct ev_check *watcher, int events)
{
    (void)ev;
    (void)events;
    struct loop *loop = watcher->data;
    loop->now_ms = clock_now_ms();
}

static void
on_nothing(struct ev_loop *ev, struct ev_timer *watcher, int events)
{
    (void)ev;
    (void)watcher;
    (void)events;
}

static void
end_turn(struct loop *loop)
{
    for (int round = 0; round < MAX_ROUNDS && (round == 0 || loop->tasks.first); round++) {
        loop_task_queue_run(&loop->tasks);
        for (struct turn_end *turn_end = loop->turn_ends; turn_end; turn_end = turn_end->next)
            turn_end->on_turn(turn_end->owner);
    }
    log_flush();
    if (loop->tasks.first)
        ev_timer_start(loop->ev, &loop->no_sleep);
}

/* ---- descriptors and timers ---- */

static void
io_release(void *owner)
{
    loop_io_stop(owner);
}

static void
on_io(struct ev_loop *ev, struct ev_io *watcher, int events)
{
    (void)ev;
    struct loop_io *io = watcher->data;
    io->on_event(io->owner, (events & EV_READ ? LOOP_READ : 0) | (events & EV_WRITE ? LOOP_WRITE : 0));
}

static void
timer_release(void *owner)
{
    struct loop_timer *timer = owner;
    ev_timer_stop(timer->loop->ev, &timer->watcher);
}

static void
timer_arm(struct loop_timer *timer)
{
    int64_t delay_ms = timer->deadline_ms - loop_now_ms(timer->loop);
    ev_timer_stop(timer->loop->ev, &timer->watcher);
    ev_timer_set(&timer->watcher, (double)(delay_ms > 0 ? delay_ms : 0) / 1000., 0.);
    ev_timer_start(timer->loop->ev, &timer->watcher);
    timer->armed_ms = timer->deadline_ms;
}

static void
on_timer(struct ev_loop *ev, struct ev_timer *watcher, int events)
{
    (void)ev;
    (void)events;
    struct loop_timer *timer = watcher->data;
    if (timer->deadline_ms == NOT_RUNNING)
        return;
    if (timer->deadline_ms > loop_now_ms(timer->loop)) {
        timer_arm(timer);
        return;
    }
    timer->deadline_ms = NOT_RUNNING;
    timer->on_time(timer->owner);
}

/* ---- signals and children ---- */

static void
on_signal_event(struct ev_loop *ev, struct ev_signal *watcher, int events)
{
    (void)ev;
    (void)events;
    struct signal_watch *watch = watcher->data;
    watch->on_signal(watch->owner, watcher->signum);
}

static void
on_child_signal(void *owner, int signal)
{
    (void)signal;
    struct loop *loop = owner;
    loop_task_post(loop->reap);
}

/* Only children that were asked for are waited for: others belong to somebody else. */
static void
reap_children(void *owner)
{
    struct loop *loop = owner;
    for (struct child_watch **at = &loop->children; *at;) {
        struct child_watch *watch = *at;
        int wait_status = 0;
        if (waitpid(watch->pid, &wait_status, WNOHANG) != watch->pid) {
            at = &watch->next;
            continue;
        }
        *at = watch->next;
        watch->on_child(watch->owner, watch->pid, wait_status);
        at = &loop->children; /* the list may have changed meanwhile */
    }
}
