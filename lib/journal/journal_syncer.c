/* One worker that waits for the disk, so that the loop does not. It knows descriptors and error numbers only.
 */
#include "lib/journal/journal_syncer.h"

#include <errno.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/worker.h"
#include "lib/journal/journal.h"

struct journal_syncer {
    struct worker *worker;
    bool is_syncing;
    size_t closing_count;
};

struct job {
    int fd;
    bool is_sync;
    int failure; /* errno's value */
};

static void
sync_or_close(void *owner, void *message)
{
    (void)owner;
    struct job *job = message;
    if (job->is_sync && fdatasync(job->fd) < 0)
        job->failure = errno;
    close(job->fd);
}

bool
journal_syncer_start(struct arena *arena, struct journal_syncer **out_syncer, struct error *err)
{
    const struct worker_options options = {
        .answer = sync_or_close, .message_bytes = sizeof(struct job), .what = "syncing the journal"};
    struct journal_syncer *syncer = arena_alloc(arena, sizeof(*syncer));
    if (!worker_start(arena, &options, &syncer->worker, err))
        return false;
    *out_syncer = syncer;
    return true;
}

int
journal_syncer_fd(const struct journal_syncer *syncer)
{
    return worker_fd(syncer->worker);
}

bool
journal_syncer_begin(struct journal_syncer *syncer, struct journal *journal)
{
    if (syncer->is_syncing)
        return false;
    int fd = journal_take_unsynced(journal);
    if (fd < 0)
        return false;
    syncer->is_syncing = worker_send(syncer->worker, &(struct job){.fd = fd, .is_sync = true});
    return syncer->is_syncing;
}

void
journal_syncer_close(struct journal_syncer *syncer, int fd)
{
    if (worker_send(syncer->worker, &(struct job){.fd = fd}))
        syncer->closing_count++;
    else
        close(fd);
}

bool
journal_syncer_end(struct journal_syncer *syncer, bool *out_is_sync, struct error *err)
{
    struct job job = {0};
    *out_is_sync = false;
    if ((!syncer->is_syncing && syncer->closing_count == 0) || !worker_take(syncer->worker, &job))
        return error_set(err, ERROR_INTERNAL, "no sync of the journal had ended");
    *out_is_sync = job.is_sync;
    if (job.is_sync)
        syncer->is_syncing = false;
    else
        syncer->closing_count--;
    return job.failure == 0 || error_set_errno(err, job.failure, "syncing the journal");
}
