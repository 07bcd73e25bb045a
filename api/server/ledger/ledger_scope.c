/* The number of parameters is 1, 8, 64 or 512; the last are repeated. Nobody's workspace is called "". */
#include "api/server/ledger/ledger_scope.h"

#include <assert.h>

#include "lib/base/buffer.h"
#include "lib/sql/sql_value.h"

size_t
ledger_scope_add(const struct ledger_scope *scope, struct buffer *sql, struct sql_value *values, size_t first)
{
    size_t count = 1;
    assert(scope->workspaces.count <= LEDGER_SCOPE_MAX_WORKSPACES);
    if (scope->is_all)
        return 0;
    while (count < scope->workspaces.count)
        count *= 8;
    buffer_add_string(sql, " AND workspace IN (");
    for (size_t i = 0; i < count; i++) {
        buffer_print(sql, "%s$%zu", i > 0 ? ", " : "", first + i);
        values[i] = sql_text(i < scope->workspaces.count ? scope->workspaces.items[i] : TEXT(""));
    }
    buffer_add_byte(sql, ')');
    return count;
}

bool
ledger_scope_has(const struct ledger_scope *scope, struct text workspace)
{
    for (size_t i = 0; i < scope->workspaces.count; i++)
        if (text_equals(scope->workspaces.items[i], workspace))
            return true;
    return scope->is_all;
}
