/* From calls that a predecessor left in flight to their usage records. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/compiler.h"

struct error;
struct in_flight;
struct journal;

/* Appends to the journal one record, of outcome Lost, for each call that was left behind and whose id the end
 * of the journal in the folder does not have, and writes them. What cannot be written now stays in its slot
 * for the next start, or in the journal's batch. Nothing was noted or appended since both were opened. */
MUST_CHECK bool in_flight_recover(struct in_flight *table, struct journal *journal, const char *folder,
                                  size_t *out_lost, struct error *err);
