/* LiteLLM's public price table to ours: the one list of model prices that is public, current and complete
 * enough to start from. It is data of others: everything in it is bounded, and nothing that it says and we
 * do not take over is dropped silently. */
#pragma once

#include "api/prices/price_name.h"
#include "api/prices/price_note.h"
#include "api/types/price.h"

#define PRICE_IMPORT_MAX_BYTES (32u << 20)

struct price_source {
    struct text json;
    struct text file;    /* what problems name */
    struct text version; /* of the table that comes out */
    int64_t imported_ms; /* Unix milliseconds */
    /* Models that it says no to are not looked at, and nothing is said about them; NULL: all are wanted. */
    bool (*is_wanted)(const void *owner, const struct price_name *name);
    const void *owner;
};

struct price_import {
    struct price_table table;
    struct price_note_list
        notes;          /* everything not taken over: also reported as notices, as far as they fit */
    size_t model_count; /* in the source and wanted, sample_spec aside */
    size_t wrong_count; /* of those, left out for an error */
};

/* Adds a problem, with its place in the file, for each price that is wrong, and a notice for each kind of
 * thing that was not taken over. False when there was any error; the table then lacks the models it was
 * found in and is usable as far as it went: whether that is good enough is the caller's to say. */
MUST_CHECK bool price_import(struct arena *arena, const struct price_source *source,
                             struct price_import *out_import, struct problem_list *problems);
