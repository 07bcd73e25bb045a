/* Which workspaces a book brings and which it ends. For ledger_book.c: what a workspace declared ends with
 * it, each thing with its row of the audit log, in the transaction that puts the book in force. */
#pragma once

#include "api/types/budget_book.h"
#include "lib/base/compiler.h"

struct arena;
struct error;
struct sql_result;
struct sql_work;

struct gone_workspace {
    struct text name;
    int64_t changes; /* as of when it was looked at (ledger_declared.h) */
};

struct book_workspaces {
    struct text_list added;
    struct gone_workspace *gone; /* none unless the book is whole */
    size_t gone_count;
};

/* Of the work that reads what is compared: adds one statement. */
void book_workspaces_add_read(struct sql_work *work);
/* known: its answer. Refers to the book and to known. */
MUST_CHECK bool
book_workspaces_compare(struct arena *arena, const struct budget_book *book, const struct sql_result *known,
                        struct book_workspaces *out, struct error *err);
/* Reads what the gone ones declared and which keys they have: two statements for each. */
void book_workspaces_add_read_gone(struct sql_work *work, const struct book_workspaces *workspaces);
/* Of the work that puts the book in force. declared: the answers of those statements. */
MUST_CHECK bool book_workspaces_add_changes(struct sql_work *work, struct arena *arena,
                                            const struct book_workspaces *workspaces,
                                            const struct sql_result *declared, struct error *err);
