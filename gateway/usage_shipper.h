/* Brings the journal's records to the ledger: in their order, each once, whoever dies on the way.
 *
 * One batch is out at a time; what was acked is dropped from the journal. Only what survives the machine's
 * death is sent, so that the ledger never knows a number that the journal may give to another record. Calls
 * never wait for any of this. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct gateway;
struct ledger_link;
struct metrics;
struct usage_shipper;

struct usage_shipper_options {
    struct ledger_link *link;
    const char *journal_folder;
    struct metrics *metrics;
};

struct usage_shipper *usage_shipper_start(struct arena *arena, struct gateway *gateway,
                                          const struct usage_shipper_options *options);
void usage_shipper_close(struct usage_shipper *shipper);
/* Records that the ledger has not acked yet. */
int64_t usage_shipper_backlog(const struct usage_shipper *shipper);
