/* The loop's promises: what runs when, what a stopped or moved timer does, children. */
#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "lib/base/arena.h"
#include "lib/net/loop.h"

static struct arena *arena;
static struct loop *loop;
static char order[64]; /* what ran, a letter each */

struct letter {
    char name;
    struct loop_task *posts;
    struct loop_timer *stops;
    int times;
    bool ends;
};

static void
set_up(void)
{
    arena = arena_new(0);
    loop = loop_new(arena);
}

static void
tear_down(void)
{
    arena_free(arena);
}

TestSuite(loop, .init = set_up, .fini = tear_down, .timeout = 60);

static void
note(char name)
{
    size_t length = strlen(order);
    if (length + 1 < sizeof(order))
        order[length] = name;
}

static void
on_letter(void *owner)
{
    struct letter *letter = owner;
    letter->times++;
    note(letter->name);
    if (letter->posts)
        loop_task_post(letter->posts);
    if (letter->stops)
        loop_timer_stop(letter->stops);
    if (letter->ends)
        loop_stop(loop);
}

static struct loop_timer *
timer_of(struct letter *letter)
{
    return loop_timer_new(loop, arena, on_letter, letter);
}

Test(loop, timers_fire_once_and_in_the_order_of_their_deadlines)
{
    struct letter a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c', .ends = true};
    loop_timer_start(timer_of(&c), 30);
    loop_timer_start(timer_of(&a), 1);
    loop_timer_start(timer_of(&b), 15);

    loop_run(loop);

    cr_assert_str_eq(order, "abc");
}

Test(loop, a_timer_that_was_moved_back_does_not_fire_at_its_first_deadline)
{
    struct letter a = {.name = 'a'}, b = {.name = 'b', .ends = true};
    struct loop_timer *moved = timer_of(&a);
    loop_timer_start(moved, 5);
    loop_timer_start(moved, 3600 * 1000);
    loop_timer_start(timer_of(&b), 30);

    loop_run(loop);

    cr_assert_str_eq(order, "b");
    cr_assert(loop_timer_is_running(moved));
}

Test(loop, a_timer_may_be_moved_forward)
{
    struct letter a = {.name = 'a'}, b = {.name = 'b', .ends = true};
    struct loop_timer *moved = timer_of(&a);
    loop_timer_start(moved, 10000);
    loop_timer_start(moved, 1);
    loop_timer_start(timer_of(&b), 20);

    loop_run(loop);

    cr_assert_str_eq(order, "ab");
}

Test(loop, a_stopped_timer_does_not_fire_and_may_be_started_again)
{
    struct letter a = {.name = 'a'}, b = {.name = 'b', .ends = true};
    struct loop_timer *stopped = timer_of(&a);
    struct loop_timer *last = timer_of(&b);
    loop_timer_start(stopped, 1);
    cr_assert(loop_timer_is_running(stopped));
    loop_timer_stop(stopped);
    cr_assert_not(loop_timer_is_running(stopped));
    loop_timer_start(last, 20);
    loop_run(loop);
    cr_assert_str_eq(order, "b");

    loop_timer_start(stopped, 1);
    loop_timer_start(last, 20);
    loop_run(loop);
    cr_assert_str_eq(order, "bab");
}

Test(loop, a_timer_may_be_stopped_by_another_that_fires_in_the_same_turn)
{
    struct letter victim = {.name = 'v'}, a = {.name = 'a'}, end = {.name = 'e', .ends = true};
    struct loop_timer *stopped = timer_of(&victim);
    a.stops = stopped;
    loop_timer_start(timer_of(&a), 0);
    loop_timer_start(stopped, 10);
    loop_timer_start(timer_of(&end), 30);

    loop_run(loop);

    cr_assert_str_eq(order, "ae");
}

Test(loop, a_timer_ends_with_its_arena)
{
    struct letter a = {.name = 'a'}, b = {.name = 'b', .ends = true};
    struct arena *shorter = arena_new(0);
    loop_timer_start(loop_timer_new(loop, shorter, on_letter, &a), 1);
    loop_task_post(loop_task_new(loop, shorter, on_letter, &a));
    loop_timer_start(timer_of(&b), 20);
    arena_free(shorter);

    loop_run(loop);

    cr_assert_str_eq(order, "b");
}

Test(loop, tasks_run_once_in_the_order_of_posting_before_the_turn_ends)
{
    struct letter a = {.name = 'a'}, b = {.name = 'b'}, turn = {.name = '.'},
                  end = {.name = 'e', .ends = true};
    struct loop_task *first = loop_task_new(loop, arena, on_letter, &a);
    struct loop_task *second = loop_task_new(loop, arena, on_letter, &b);
    loop_on_turn_end(loop, on_letter, &turn);
    loop_timer_start(timer_of(&end), 0);
    loop_task_post(first);
    loop_task_post(second);
    loop_task_post(first);

    loop_run(loop);

    cr_assert_eq(strncmp(order, "ab.", 3), 0, "%s", order);
    cr_assert_eq(a.times, 1);
}

Test(loop, a_cancelled_task_does_not_run)
{
    struct letter a = {.name = 'a'}, end = {.name = 'e', .ends = true};
    struct loop_task *task = loop_task_new(loop, arena, on_letter, &a);
    loop_task_post(task);
    loop_task_cancel(task);
    loop_timer_start(timer_of(&end), 0);

    loop_run(loop);

    cr_assert_eq(a.times, 0);
}

Test(loop, what_the_end_of_a_turn_posts_runs_before_the_loop_sleeps_and_the_turn_ends_again)
{
    struct letter task = {.name = 't'}, turn = {.name = '.'}, end = {.name = 'e', .ends = true};
    struct letter poster = {.name = 'p', .posts = loop_task_new(loop, arena, on_letter, &task)};
    struct loop_timer *start = timer_of(&poster);
    turn.posts = NULL;
    loop_on_turn_end(loop, on_letter, &turn);
    loop_timer_start(start, 0);
    loop_timer_start(timer_of(&end), 20);

    loop_run(loop);

    cr_assert_not_null(strstr(order, "pt."), "%s", order);
}

Test(loop, a_task_that_posts_itself_for_ever_does_not_starve_timers)
{
    struct letter restless = {.name = 'r'}, end = {.name = 'e', .ends = true};
    restless.posts = loop_task_new(loop, arena, on_letter, &restless);
    loop_task_post(restless.posts);
    loop_timer_start(timer_of(&end), 5);

    loop_run(loop);

    cr_assert_eq(end.times, 1);
}

Test(loop, stopping_before_running_ends_the_run_at_once)
{
    loop_stop(loop);
    loop_run(loop);
}

struct io_seen {
    int fds[2];
    struct loop_io *io;
    int reads, writes;
};

static void
on_io(void *owner, int events)
{
    struct io_seen *seen = owner;
    char byte = 0;
    if (events & LOOP_WRITE) {
        seen->writes++;
        loop_io_watch(seen->io, seen->fds[0], LOOP_READ);
        cr_assert_eq(write(seen->fds[1], "x", 1), 1);
    }
    if (events & LOOP_READ) {
        seen->reads++;
        note('i');
        cr_assert_eq(read(seen->fds[0], &byte, 1), 1);
        loop_stop(loop);
    }
}

Test(loop, a_descriptor_is_watched_for_what_was_asked_last)
{
    struct io_seen seen = {0};
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, seen.fds), 0);
    seen.io = loop_io_new(loop, arena, on_io, &seen);
    loop_io_watch(seen.io, seen.fds[0], LOOP_READ);
    loop_io_watch(seen.io, seen.fds[0], LOOP_READ | LOOP_WRITE);

    loop_run(loop);

    cr_assert_eq(seen.writes, 1);
    cr_assert_eq(seen.reads, 1);
    loop_io_stop(seen.io);
    close(seen.fds[0]);
    close(seen.fds[1]);
}

Test(loop, what_has_arrived_counts_before_a_deadline_that_passed)
{
    struct io_seen seen = {0};
    struct letter late = {.name = 'l'};
    struct pollfd never = {.fd = -1};
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, seen.fds), 0);
    seen.io = loop_io_new(loop, arena, on_io, &seen);
    loop_io_watch(seen.io, seen.fds[0], LOOP_READ);
    loop_timer_start(timer_of(&late), 1);
    cr_assert_eq(write(seen.fds[1], "x", 1), 1);
    (void)poll(&never, 1, 5); /* the loop is late: both wait when it looks */

    loop_run(loop);

    cr_assert_eq(order[0], 'i', "%s", order);
    loop_io_stop(seen.io);
    close(seen.fds[0]);
    close(seen.fds[1]);
}

static int child_status;
static pid_t child_pid;

static void
on_child(void *owner, pid_t pid, int wait_status)
{
    (void)owner;
    child_pid = pid;
    child_status = wait_status;
    loop_stop(loop);
}

static pid_t
start_child(int code)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(code);
    return pid;
}

Test(loop, tells_how_a_child_ended)
{
    pid_t pid = start_child(7);
    loop_on_child(loop, pid, on_child, NULL);

    loop_run(loop);

    cr_assert_eq(child_pid, pid);
    cr_assert(WIFEXITED(child_status));
    cr_assert_eq(WEXITSTATUS(child_status), 7);
}

Test(loop, tells_of_a_child_that_ended_before_it_was_asked)
{
    siginfo_t ended;
    pid_t pid = start_child(3);
    cr_assert_eq(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
    loop_on_child(loop, pid, on_child, NULL);

    loop_run(loop);

    cr_assert_eq(WEXITSTATUS(child_status), 3);
}

static void
on_signal(void *owner, int signal)
{
    (void)owner;
    note(signal == SIGTERM ? 't' : 'o');
    loop_stop(loop);
}

Test(loop, hears_signals)
{
    loop_on_signal(loop, SIGTERM, on_signal, NULL);
    raise(SIGTERM);

    loop_run(loop);

    cr_assert_str_eq(order, "t");
}
