/* Two pipes and a thread between them. */
#include "lib/base/worker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

struct worker {
    struct worker_options options;
    pthread_t thread;
    int ask_fd, answer_fd; /* the caller's ends */
    int thread_ask_fd, thread_answer_fd;
};

static int start_thread(struct worker *worker);
static void *answer_until_closed(void *owner);
static void stop(void *owner);
static bool read_whole(int fd, void *message, size_t bytes);
static bool write_whole(int fd, const void *message, size_t bytes);
static void close_both(const int ends[2]);

bool
worker_start(struct arena *arena, const struct worker_options *options, struct worker **out_worker,
             struct error *err)
{
    int ask[2], answer[2];
    assert(options->message_bytes > 0 && options->message_bytes <= WORKER_MAX_MESSAGE_BYTES);
    if (pipe2(ask, O_CLOEXEC) < 0)
        return error_set_errno(err, errno, "a pipe for %s", options->what);
    if (pipe2(answer, O_CLOEXEC) < 0) {
        int failure = errno;
        close_both(ask);
        return error_set_errno(err, failure, "a pipe for %s", options->what);
    }
    struct worker *worker = arena_alloc(arena, sizeof(*worker));
    *worker = (struct worker){.options = *options,
                              .ask_fd = ask[1],
                              .answer_fd = answer[0],
                              .thread_ask_fd = ask[0],
                              .thread_answer_fd = answer[1]};
    int failure = start_thread(worker);
    if (failure != 0) {
        close_both(ask);
        close_both(answer);
        return error_set_errno(err, failure, "a thread for %s", options->what);
    }
    arena_defer(arena, stop, worker);
    *out_worker = worker;
    return true;
}

int
worker_fd(const struct worker *worker)
{
    return worker->answer_fd;
}

bool
worker_send(struct worker *worker, const void *message)
{
    return write_whole(worker->ask_fd, message, worker->options.message_bytes);
}

bool
worker_take(struct worker *worker, void *out_message)
{
    return read_whole(worker->answer_fd, out_message, worker->options.message_bytes);
}

/* Signals are for the loop's thread. */
static int
start_thread(struct worker *worker)
{
    sigset_t all, before;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&worker->thread, NULL, answer_until_closed, worker);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

static void *
answer_until_closed(void *owner)
{
    const struct worker *worker = owner;
    const struct worker_options *options = &worker->options;
    char message[WORKER_MAX_MESSAGE_BYTES] __attribute__((aligned(16)));
    while (read_whole(worker->thread_ask_fd, message, options->message_bytes)) {
        options->answer(options->owner, message);
        if (!write_whole(worker->thread_answer_fd, message, options->message_bytes))
            break;
    }
    return NULL;
}

static void
stop(void *owner)
{
    struct worker *worker = owner;
    close(worker->ask_fd);
    (void)pthread_join(worker->thread, NULL);
    close(worker->answer_fd);
    close(worker->thread_ask_fd);
    close(worker->thread_answer_fd);
}

/* Pipes carry messages whole: they are far below PIPE_BUF. */
static bool
read_whole(int fd, void *message, size_t bytes)
{
    ssize_t got;
    do
        got = read(fd, message, bytes);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)bytes;
}

static bool
write_whole(int fd, const void *message, size_t bytes)
{
    ssize_t sent;
    do
        sent = write(fd, message, bytes);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)bytes;
}

static void
close_both(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}
