/* What the records of all workspaces come to for the book of budgets. */
#pragma once

#include "operator/reconcile/plan_book.h"

struct arena;
struct map;
struct workspace_record;

/* records: name -> struct workspace_record. Of those that had a plan since leading began; refers to them. */
struct plan_shares book_shares_join(struct arena *arena, const struct map *records);
/* Whether the workspace had a plan since leading began; NULL: no. */
bool book_shares_has(const struct workspace_record *record);
/* No gateway runs anything but what its workspace's last plan says, as far as gateways are connected: what no
 * plan has any more may leave the book. */
bool book_shares_are_settled(const struct map *records);
