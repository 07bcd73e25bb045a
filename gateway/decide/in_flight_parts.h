/* What writing and reading a slot share; for in_flight_slot*.c and their tests only. */
#pragma once

#include "gateway/decide/in_flight_slot.h"

/* In the file as in memory: a table is never read on another machine than the one it was filled on. */
struct in_flight_sealed {
    uint64_t seal; /* CRC-32C of the payload, and below it its length; 0: free */
    uint8_t payload[IN_FLIGHT_SLOT_BYTES - sizeof(uint64_t)];
};
_Static_assert(sizeof(struct in_flight_sealed) == IN_FLIGHT_SLOT_BYTES, "one slot");

/* A number for each field of a record, in the list's order. */
#define IN_FLIGHT_TAG(MEMBER) IN_FLIGHT_TAG_##MEMBER
#define IN_FLIGHT_AS_TAG(T, TYPE, MEMBER, KEY, ...) IN_FLIGHT_TAG(MEMBER),
enum in_flight_tag { IN_FLIGHT_TAG_NONE, USAGE_RECORD_FIELDS(IN_FLIGHT_AS_TAG, _) IN_FLIGHT_TAG_COUNT };
_Static_assert(IN_FLIGHT_TAG_COUNT <= UINT8_MAX, "a tag is a byte");

/* The seal of a payload of that many bytes, never 0 of one that has any. */
uint64_t in_flight_seal_of(const struct in_flight_sealed *sealed, size_t length);
