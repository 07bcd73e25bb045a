/* What a simulation found, for people and for programs. */
#pragma once

#include "api/simulate/replay.h"

struct document;
struct replay_sums;

struct simulation {
    struct arena *arena;
    struct replay_sums *found;
    int64_t from_ms;
    bool is_from_ledger; /* else from journals */
};

void simulate_print(const struct simulation *simulation);
/* {from, source, rules[], environments[], total}; money as decimal text. */
struct document *simulate_document(const struct simulation *simulation);
