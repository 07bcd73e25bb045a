/* Rows of `caller_key` as they are written, and how each weir-api learns that they were. Of
 * api/server/ledger/ledger*.c only. */
#pragma once

#include "api/server/ledger/ledger_keys.h"

struct declaration;

/* How the audit log and `declared` name a key; with no hash: how they all begin that are the caller's. */
struct text ledger_key_subject(struct arena *arena, const struct key_place *place, struct text hash);
/* Something of the environment's keys is another: moves its number. Once for each environment of a work,
 * behind everything that changes `declaration`. */
void ledger_keys_add_news(struct sql_work *work, struct text workspace, struct text environment);
void ledger_key_add_put(struct sql_work *work, const struct key_place *place, const struct kept_key *key);
void ledger_key_add_removal(struct sql_work *work, const struct key_place *place, struct text hash);

/* What was revoked by then of workspaces that are gone is remembered no more. */
void ledger_keys_add_forgetting(struct sql_work *work, int64_t before_ms);

/* Of the work that reads what a workspace declares: adds one statement, for the one below. */
void ledger_keys_add_read_of_workspace(struct sql_work *work, struct text workspace);
/* Of the work that writes what it declares: takes the keys that were made for callers that are not in it any
 * more, each with its row of the audit log. */
struct key_owner {
    struct text workspace;
    const struct declaration *declaration; /* NULL: the workspace is gone with all of them */
};
MUST_CHECK bool
ledger_keys_add_end_of_undeclared(struct sql_work *work, struct arena *arena, const struct key_owner *owner,
                                  const struct sql_result *known, struct error *err);
