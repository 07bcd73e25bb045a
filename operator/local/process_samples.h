/* What the processes of a laptop use: this operator, its gateways and its ledger, looked at every few seconds
 * and told to the ledger as parts of Weir. Only what their kernel says of them: they ask for nothing, and
 * what runs in a model server beside them is not ours to see. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "lib/base/text.h"

struct arena;
struct gateway_processes;
struct local_ledger;
struct loop;
struct process_samples;

struct process_samples_options {
    struct loop *loop;
    const char *ledger_socket;
    const struct gateway_processes *gateways;
    const struct local_ledger *ledger;
    /* The ledger does not take what is told; each reason once in a row. */
    void (*on_refused)(void *owner, struct text reason);
    void *owner;
};

struct process_samples *
process_samples_start(struct arena *arena, const struct process_samples_options *options);
void process_samples_close(struct process_samples *samples);
