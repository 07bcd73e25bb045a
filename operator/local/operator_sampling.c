/* What our own processes use, on its way to the ledger. */
#include "lib/base/arena.h"
#include "operator/local/operator_parts.h"
#include "operator/local/process_samples.h"
#include "operator/local/state_folder.h"
#include "operator/local/transcript.h"

static void on_refused(void *owner, struct text reason);

bool
operator_start_sampling(struct local_operator *op, struct error *err)
{
    char *socket = NULL;
    if (!state_folder_socket(op->state, op->arena, "ledger.sock", &socket, err))
        return false;
    const struct process_samples_options options = {.loop = op->loop,
                                                    .ledger_socket = socket,
                                                    .gateways = op->processes,
                                                    .ledger = op->ledger,
                                                    .on_refused = on_refused,
                                                    .owner = op};
    op->samples = process_samples_start(op->arena, &options);
    return true;
}

void
operator_end_sampling(struct local_operator *op)
{
    process_samples_close(op->samples);
}

static void
on_refused(void *owner, struct text reason)
{
    struct local_operator *op = owner;
    scoped_arena struct arena *scratch = arena_new(0);
    transcript_note(op->transcript, "samples_refused",
                    text_format(scratch,
                                "The ledger does not take what our processes use: %.*s. It is told again; "
                                "calls and budgets are not touched by that.",
                                TEXT_ARG(reason)));
}
