/* What the operator tells the ledger: every budget and every shared limit there is, and which workspaces.
 * What else is declared in each of them comes apart (declare_frames.h), so that budgets wait for nothing. */
#pragma once

#include "api/types/gateway_budget.h"
#include "api/types/shared_limit.h"
#include "lib/schema/fields.h"

/* clang-format off */
#define BUDGET_BOOK_FIELDS(F, T)                                                                                       \
    F(T, TEXT, revision, "revision", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(128), DOC("Names this version of the book.")) \
    F(T, LIST(gateway_budget), budgets, "budgets", LIST_KEYS("id"), MAX_ITEMS(16384), DOC("Every budget there is: what is not in it is not lent from.")) \
    F(T, LIST(shared_limit), limits, "limits", LIST_KEYS("id"), MAX_ITEMS(65536), DOC("Every limit that gateways share.")) \
    F(T, TEXTS, workspaces, "workspaces", MAX_ITEMS(16384), DOC("Names of workspaces that declare something."))        \
    F(T, BOOL, whole, "whole", DEFAULT("false"), DOC("These are all workspaces there are: what another declared is gone. Else one could not be read, and nothing is said of those that are not here."))
DECLARE_SCHEMA(budget_book, BUDGET_BOOK_FIELDS);
/* clang-format on */
