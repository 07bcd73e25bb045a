/* A call in flight as bytes in a slot of fixed size: what its usage record is to say should the gateway die
 * in the middle of it. Made to be written into mapped memory at every call, and read after a kill -9.
 *
 * A slot is a seal and a payload. The seal (length and CRC-32C) is written last, in one store: whatever
 * instruction the process dies at, a slot is free or whole. The payload is field after field, a tag and the
 * value, in the order of the record's field list; the layout number says which list that was. Texts over
 * IN_FLIGHT_TEXT_BYTES are cut between characters; charges, tags and lists go in item by item, charges
 * first, and an item for which there is no room is left out whole. */
#pragma once

#include "api/types/usage_record.h"

struct arena;

#define IN_FLIGHT_SLOT_BYTES 2048
#define IN_FLIGHT_TEXT_BYTES 128

enum in_flight_state {
    IN_FLIGHT_FREE,    /* no call, or one that was never noted whole: it was not sent either */
    IN_FLIGHT_LIVE,    /* a call */
    IN_FLIGHT_DAMAGED, /* sealed, and its bytes are not what was sealed */
};

/* Another one when the fields of a usage record are others: what was filled then cannot be read now. */
uint32_t in_flight_slot_layout(void);
/* A slot has IN_FLIGHT_SLOT_BYTES and is aligned to 8. One that is filled must be free. */
void in_flight_slot_fill(void *slot, const struct usage_record *record);
void in_flight_slot_free(void *slot);
/* Whether somebody sealed it, whole or not, in whatever layout. */
bool in_flight_slot_is_sealed(const void *slot);
/* The record lives in the arena. */
enum in_flight_state
in_flight_slot_read(struct arena *arena, const void *slot, struct usage_record *out_record);
