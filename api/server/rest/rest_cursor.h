/* Where a next page goes on, as an opaque text. Pure. It is a place, not a permission: whoever makes one up
 * sees what he may see anyway. */
#pragma once

#include "api/server/ledger/ledger_calls.h"
#include "api/server/ledger/ledger_in_force.h"

struct arena;

struct text rest_cursor_of_call(struct arena *arena, const struct call_place *place);
/* False for everything that rest_cursor_of_call would not have written. */
MUST_CHECK bool rest_cursor_read_call(struct arena *arena, struct text cursor, struct call_place *out_place);
/* So many rows were answered before. */
struct text rest_cursor_of_rows(struct arena *arena, int64_t count);
MUST_CHECK bool rest_cursor_read_rows(struct arena *arena, struct text cursor, int64_t *out_count);
/* The last alert that was answered. */
struct text rest_cursor_of_alert(struct arena *arena, struct text id);
MUST_CHECK bool rest_cursor_read_alert(struct arena *arena, struct text cursor, struct text *out_id);
/* The next of what workspaces declare. */
struct text rest_cursor_of_declared(struct arena *arena, const struct in_force_place *place);
MUST_CHECK bool
rest_cursor_read_declared(struct arena *arena, struct text cursor, struct in_force_place *out_place);
