/* One thread that waits for the disk, so that the loop does not. It knows descriptors and error numbers only.
 */
#include "lib/journal/journal_syncer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/journal/journal.h"

struct journal_syncer {
    pthread_t thread;
    int ask_fd;    /* the writer's end: descriptors to sync */
    int answer_fd; /* the writer's end: errno values */
    int thread_ask_fd, thread_answer_fd;
    bool is_busy;
};

/* Pipes carry ints whole: they are far below PIPE_BUF. */
static bool
read_int(int fd, int *out_value)
{
    ssize_t got;
    do
        got = read(fd, out_value, sizeof(*out_value));
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof(*out_value);
}

static void *
sync_until_closed(void *owner)
{
    const struct journal_syncer *syncer = owner;
    int fd;
    while (read_int(syncer->thread_ask_fd, &fd)) {
        int failure = fdatasync(fd) < 0 ? errno : 0;
        close(fd);
        if (write(syncer->thread_answer_fd, &failure, sizeof(failure)) < 0)
            break;
    }
    return NULL;
}

static void
stop(void *owner)
{
    struct journal_syncer *syncer = owner;
    close(syncer->ask_fd);
    (void)pthread_join(syncer->thread, NULL);
    close(syncer->answer_fd);
    close(syncer->thread_ask_fd);
    close(syncer->thread_answer_fd);
}

/* Signals are for the loop's thread. */
static int
start_thread(struct journal_syncer *syncer)
{
    sigset_t all, before;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&syncer->thread, NULL, sync_until_closed, syncer);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

static void
close_both(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

bool
journal_syncer_start(struct arena *arena, struct journal_syncer **out_syncer, struct error *err)
{
    int ask[2], answer[2];
    if (pipe2(ask, O_CLOEXEC) < 0)
        return error_set_errno(err, errno, "a pipe for syncing the journal");
    if (pipe2(answer, O_CLOEXEC) < 0) {
        int failure = errno;
        close_both(ask);
        return error_set_errno(err, failure, "a pipe for syncing the journal");
    }
    struct journal_syncer *syncer = arena_alloc(arena, sizeof(*syncer));
    *syncer = (struct journal_syncer){
        .ask_fd = ask[1], .answer_fd = answer[0], .thread_ask_fd = ask[0], .thread_answer_fd = answer[1]};
    int failure = start_thread(syncer);
    if (failure != 0) {
        close_both(ask);
        close_both(answer);
        return error_set_errno(err, failure, "a thread for syncing the journal");
    }
    arena_defer(arena, stop, syncer);
    *out_syncer = syncer;
    return true;
}

int
journal_syncer_fd(const struct journal_syncer *syncer)
{
    return syncer->answer_fd;
}

bool
journal_syncer_begin(struct journal_syncer *syncer, struct journal *journal)
{
    if (syncer->is_busy)
        return false;
    int fd = journal_take_unsynced(journal);
    if (fd < 0)
        return false;
    syncer->is_busy = write(syncer->ask_fd, &fd, sizeof(fd)) == (ssize_t)sizeof(fd);
    return syncer->is_busy;
}

bool
journal_syncer_end(struct journal_syncer *syncer, struct error *err)
{
    int failure = 0;
    if (!syncer->is_busy || !read_int(syncer->answer_fd, &failure))
        return error_set(err, ERROR_INTERNAL, "no sync of the journal had ended");
    syncer->is_busy = false;
    return failure == 0 || error_set_errno(err, failure, "syncing the journal");
}
