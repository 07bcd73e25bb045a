/* A workspace that is gone is only ended as it was looked at: else the whole book is tried again. */
#include "api/server/ledger/ledger_book_workspaces.h"

#include "api/server/ledger/ledger_declared.h"
#include "api/server/ledger/ledger_key_rows.h"
#include "api/server/ledger/ledger_parts.h"
#include "lib/base/arena.h"
#include "lib/base/map.h"

enum { NAME, CHANGES };

static bool add_gone(struct arena *arena, const struct sql_result *known, const struct map *in_book,
                     struct book_workspaces *out, struct error *err);

void
book_workspaces_add_read(struct sql_work *work)
{
    sql_work_add(work, "SELECT workspace, changes FROM declaration WHERE workspace <> ''", NULL, 0);
}

bool
book_workspaces_compare(struct arena *arena, const struct budget_book *book, const struct sql_result *known,
                        struct book_workspaces *out, struct error *err)
{
    struct map *before = map_new(arena), *in_book = map_new(arena);
    *out = (struct book_workspaces){
        .added.items = arena_alloc_array(arena, book->workspaces.count, sizeof(*out->added.items))};
    for (size_t i = 0; i < known->row_count; i++) {
        struct text name;
        if (!sql_result_text(known, i, NAME, &name, err))
            return false;
        map_set(before, name, out);
    }
    for (size_t i = 0; i < book->workspaces.count; i++) {
        struct text name = book->workspaces.items[i];
        if (!map_find(before, name) && !map_find(in_book, name) && name.length > 0)
            out->added.items[out->added.count++] = name;
        map_set(in_book, name, out);
    }
    return !book->whole || add_gone(arena, known, in_book, out, err);
}

static bool
add_gone(struct arena *arena, const struct sql_result *known, const struct map *in_book,
         struct book_workspaces *out, struct error *err)
{
    out->gone = arena_alloc_array(arena, known->row_count, sizeof(*out->gone));
    for (size_t i = 0; i < known->row_count; i++) {
        struct gone_workspace *gone = &out->gone[out->gone_count];
        if (!sql_result_text(known, i, NAME, &gone->name, err) ||
            !sql_result_int(known, i, CHANGES, &gone->changes, err))
            return false;
        out->gone_count += !map_find(in_book, gone->name);
    }
    return true;
}

void
book_workspaces_add_read_gone(struct sql_work *work, const struct book_workspaces *workspaces)
{
    for (size_t i = 0; i < workspaces->gone_count; i++)
        ledger_declared_add_read(work, workspaces->gone[i].name);
    for (size_t i = 0; i < workspaces->gone_count; i++)
        ledger_keys_add_read_of_workspace(work, workspaces->gone[i].name);
}

bool
book_workspaces_add_changes(struct sql_work *work, struct arena *arena,
                            const struct book_workspaces *workspaces, const struct sql_result *declared,
                            struct error *err)
{
    for (size_t i = 0; i < workspaces->added.count; i++) {
        const struct sql_value params[] = {sql_text(workspaces->added.items[i])};
        sql_work_add(work,
                     "INSERT INTO declaration (workspace, revision, changes, callers, prices, limits) "
                     "VALUES ($1, '', 0, '[]', '[]', '[]') ON CONFLICT (workspace) DO NOTHING",
                     params, COUNT_OF(params));
    }
    for (size_t i = 0; i < workspaces->gone_count; i++) {
        const struct gone_workspace *gone = &workspaces->gone[i];
        const struct sql_value params[] = {sql_text(gone->name), sql_int(gone->changes)};
        sql_work_add(work, "DELETE FROM declaration WHERE workspace = $1 AND changes = $2", params,
                     COUNT_OF(params));
        sql_work_expect_rows(work);
        if (!ledger_declared_add_removal(work, arena, gone->name, &declared[i], err))
            return false;
    }
    for (size_t i = 0; i < workspaces->gone_count; i++)
        if (!ledger_keys_add_end_of_undeclared(work, arena,
                                               &(struct key_owner){.workspace = workspaces->gone[i].name},
                                               &declared[workspaces->gone_count + i], err))
            return false;
    return true;
}
