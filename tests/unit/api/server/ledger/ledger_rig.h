/* A ledger on the database of sql_rig.h, asked and waited for. */
#pragma once

#include "api/server/ledger/ledger.h"
#include "tests/support/sql_rig.h"
#include "tests/unit/api/server/ledger/given_usage.h"

/* When batches came that begin with records 0 and 1; 2 and 3 a millisecond later, and so on: two of one
 * millisecond keep their order too. */
#define LEDGER_RIG_CAME_MS INT64_C(1764000000000)

/* A verb that was begun and not waited for. */
struct asked {
    bool is_answered;
    struct ledger_outcome outcome;
    struct usage_batch batch;
};

struct ledger *given_ledger_on(struct sql_db *db);
/* On rig.db; kept for what follows. */
void given_ledger(void);
struct ledger *the_ledger(void);

struct ledger_outcome welcome(const char *journal, const char *workspace, const char *environment);
/* Records, a line each, of demo/dev. */
struct ledger_outcome ingest(const char *journal, int64_t first, struct text records);
void ingest_begin(struct asked *asked, struct ledger *ledger, const char *journal, int64_t first,
                  struct text records);
struct ledger_outcome asked_end(struct asked *asked);
/* Welcomes the journal and ingests the records from 0 on; all must go well. */
void given_records(const char *journal, struct text records);

/* As given_records for another environment of that workspace. */
void given_records_of(const char *workspace, const char *journal, struct text records);

struct usage_answer usage_of(const struct usage_question *question);
