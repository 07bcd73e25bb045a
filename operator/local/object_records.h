/* What the store knows of each object besides its manifest: generation, birth, and when each condition last
 * changed. In memory only: all of it can be computed again. */
#pragma once

#include "api/types/condition.h"
#include "api/types/object.h"

struct object_records;

struct object_record {
    int64_t generation;      /* 1 at first, grows with each change of the spec */
    int64_t created_unix_ms; /* when the object was first seen */
    uint64_t spec_hash;
    struct arena *arena;              /* of the conditions */
    struct condition_list conditions; /* as last said: type, status and time only */
    bool is_seen;
};

struct object_records *object_records_new(struct arena *arena);
/* Brings generations up to date with the objects in force and forgets those that are gone. */
void
object_records_update(struct object_records *records, const struct object_list *objects, int64_t now_unix_ms);
/* Must exist. */
struct object_record *object_records_get(const struct object_records *records, const struct object *object);
/* Fills in the times of transition: the old time for a condition whose status is what it was, else now. */
void object_record_note_conditions(struct object_record *record, struct condition_list *conditions,
                                   int64_t now_unix_ms);
