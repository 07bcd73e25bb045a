/* What is known of one environment's keys and of one caller there, for who lists and who changes them. Of
 * api/server/ledger/ledger_key*.c only. */
#pragma once

#include "api/server/ledger/ledger_keys.h"

struct known_keys {
    int64_t changes; /* of the workspace (ledger_declared.h) as this was read */
    struct kept_keys
        keys; /* all that were made or revoked in the environment, and the caller's declared ones */
};

/* A work of the keys' connection. */
struct sql_work *ledger_keys_work(struct ledger *ledger, struct arena *arena);
/* Of a work that reads: the rows of the environment, one statement. */
void ledger_keys_add_read_rows(struct sql_work *work, const struct key_place *place);
/* result: its answer. */
MUST_CHECK bool ledger_keys_take_rows(struct arena *arena, const struct sql_result *result,
                                      struct kept_keys *out_keys, struct error *err);
/* Of a work that reads: all that is known, several statements, the first of the work. */
void ledger_keys_add_read(struct sql_work *work, struct arena *arena, const struct key_place *place);
/* results: their answers. ERROR_NOT_FOUND: no such caller is declared there, or no gateway of the environment
 * was ever here. */
MUST_CHECK bool
ledger_keys_take(struct arena *arena, const struct sql_result *results, const struct key_place *place,
                 struct known_keys *out_known, struct error *err);
