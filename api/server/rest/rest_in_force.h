/* A page of what workspaces declared last, of one list, for the routes that answer with it. */
#pragma once

#include "api/server/ledger/ledger_in_force.h"
#include "api/server/rest/rest_call.h"

struct in_force_page {
    const struct document **items; /* as they were declared */
    size_t count;
    struct text next; /* a cursor; empty: there are no more */
};
typedef void (*in_force_page_fn)(struct rest_call *call, const struct in_force_page *page);

/* By the call's in_force_query. When it cannot be read the asker is told, and on_page is not called. */
void rest_in_force_read(struct rest_call *call, enum in_force_list list, in_force_page_fn on_page);
