/* The calls that providers may have, in a mapped file: what is stored there survives our own kill -9, because
 * the pages are the kernel's, and costs no system call. What the machine's end leaves of it is not relied on.
 *
 * A call is noted before its first byte may go out and taken out when its record is in the journal's file;
 * who comes after a kill -9 finds the calls of which no record was written. The file grows by a few slots at
 * a time, with room on the disk taken first: a store into a mapped page that the disk has no room for would
 * end the process. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"

struct arena;
struct error;
struct in_flight;
struct in_flight_slot;
struct usage_record;

#define IN_FLIGHT_MAX_CALLS 65536
#define IN_FLIGHT_FILE "in-flight"

/* Opens or makes the file in the folder, which the caller has for itself. A file of another version, or of a
 * machine that was started anew since, is kept aside under another name and logged when it has calls in it.
 * The calls that were left behind stay in their slots until in_flight_await. */
MUST_CHECK bool
in_flight_open(struct arena *arena, const char *folder, struct in_flight **out_table, struct error *err);
void in_flight_close(struct in_flight *table);

/* Notes a call in a slot of its own, and frees the one it had before (*slot, or NULL) after that. False:
 * there is no room, on the disk or below IN_FLIGHT_MAX_CALLS; the slot it had stays. */
MUST_CHECK bool
in_flight_note(struct in_flight *table, const struct usage_record *record, struct in_flight_slot **slot);
/* The call's record has this number in the journal: its slot is free once everything before `before` is
 * written. Numbers come in ascending order. */
void in_flight_await(struct in_flight *table, struct in_flight_slot *slot, uint64_t number);
void in_flight_written(struct in_flight *table, uint64_t before);
/* Slots that are not free, those left behind included. */
size_t in_flight_count(const struct in_flight *table);

/* What was left behind: the next slot from *at on that holds a call, NULL at the end. */
struct in_flight_slot *in_flight_next_left(struct in_flight *table, size_t *at, struct arena *arena,
                                           struct usage_record *out_record);
/* Of that call nothing is to be told any more. */
void in_flight_drop(struct in_flight *table, struct in_flight_slot *slot);
