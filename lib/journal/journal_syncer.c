/* One worker that waits for the disk, so that the loop does not. It knows descriptors and error numbers only.
 */
#include "lib/journal/journal_syncer.h"

#include <errno.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/worker.h"
#include "lib/journal/journal.h"

struct journal_syncer {
    struct worker *worker; /* asked with a descriptor, answers with errno's value */
    bool is_busy;
};

static void
sync_and_close(void *owner, void *message)
{
    (void)owner;
    int *fd = message;
    int failure = fdatasync(*fd) < 0 ? errno : 0;
    close(*fd);
    *fd = failure;
}

bool
journal_syncer_start(struct arena *arena, struct journal_syncer **out_syncer, struct error *err)
{
    const struct worker_options options = {
        .answer = sync_and_close, .message_bytes = sizeof(int), .what = "syncing the journal"};
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
    if (syncer->is_busy)
        return false;
    int fd = journal_take_unsynced(journal);
    if (fd < 0)
        return false;
    syncer->is_busy = worker_send(syncer->worker, &fd);
    return syncer->is_busy;
}

bool
journal_syncer_end(struct journal_syncer *syncer, struct error *err)
{
    int failure = 0;
    if (!syncer->is_busy || !worker_take(syncer->worker, &failure))
        return error_set(err, ERROR_INTERNAL, "no sync of the journal had ended");
    syncer->is_busy = false;
    return failure == 0 || error_set_errno(err, failure, "syncing the journal");
}
