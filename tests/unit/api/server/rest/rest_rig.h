/* A ledger on the database of sql_rig.h with records in it, for questions over HTTP. */
#pragma once

#include "api/server/ledger/ledger.h"
#include "tests/support/sql_rig.h"
#include "tests/unit/api/server/ledger/given_usage.h"

struct ledger *given_ledger(void);
/* Records, a line each, of this workspace's environment dev. */
void given_records(struct ledger *ledger, const char *workspace, const char *journal, struct text records);
