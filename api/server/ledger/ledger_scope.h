/* Whose usage an asker may see: every question to the ledger has one, so that what is not his is in no row,
 * sum or count. */
#pragma once

#include "lib/base/text.h"

struct buffer;
struct sql_value;

#define LEDGER_SCOPE_MAX_WORKSPACES 512

struct ledger_scope {
    bool is_all;
    struct text_list workspaces; /* when not all: these; at most LEDGER_SCOPE_MAX_WORKSPACES */
};

/* Adds " AND workspace IN ($first, ...)" or nothing, and the parameters to values (room for
 * LEDGER_SCOPE_MAX_WORKSPACES); returns how many. Few texts: their number is rounded up. */
size_t ledger_scope_add(const struct ledger_scope *scope, struct buffer *sql, struct sql_value *values,
                        size_t first);
bool ledger_scope_has(const struct ledger_scope *scope, struct text workspace);
