#include "lib/base/worker.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

TestSuite(worker);

struct letter {
    int number;
    pthread_t reader;
    bool takes_signals;
};

static void
read_letter(void *owner, void *message)
{
    struct letter *letter = message;
    sigset_t blocked;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    letter->number += *(const int *)owner;
    letter->reader = pthread_self();
    letter->takes_signals = sigismember(&blocked, SIGTERM) == 0;
}

Test(worker, answers_in_order_on_a_thread_of_its_own_that_takes_no_signals)
{
    scoped_arena struct arena *arena = arena_new(0);
    int added = 100;
    const struct worker_options options = {
        .answer = read_letter, .owner = &added, .message_bytes = sizeof(struct letter), .what = "letters"};
    struct worker *worker = NULL;
    struct letter letter = {0};
    cr_assert(worker_start(arena, &options, &worker, NULL));
    struct pollfd answers = {.fd = worker_fd(worker), .events = POLLIN};
    cr_assert_eq(poll(&answers, 1, 0), 0, "nothing was asked");
    for (int i = 0; i < 20; i++)
        cr_assert(worker_send(worker, &(struct letter){.number = i}));
    for (int i = 0; i < 20; i++) {
        cr_assert_eq(poll(&answers, 1, -1), 1);
        cr_assert(worker_take(worker, &letter));
        cr_assert_eq(letter.number, 100 + i);
        cr_assert_not(pthread_equal(letter.reader, pthread_self()));
        cr_assert_not(letter.takes_signals);
    }
}

static void
count_letter(void *owner, void *message)
{
    (void)message;
    ++*(int *)owner;
}

Test(worker, ends_with_its_arena_after_what_it_was_sent)
{
    struct arena *arena = arena_new(0);
    int count = 0;
    const struct worker_options options = {
        .answer = count_letter, .owner = &count, .message_bytes = 1, .what = "counting"};
    struct worker *worker = NULL;
    cr_assert(worker_start(arena, &options, &worker, NULL));
    for (int i = 0; i < 50; i++)
        cr_assert(worker_send(worker, "x"));
    arena_free(arena);
    cr_assert_eq(count, 50);
}
