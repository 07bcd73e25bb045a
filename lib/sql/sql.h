/* A database on the loop: SQLite in a file, or PostgreSQL over its protocol; the same statements for both.
 *
 * Work is a list of statements in one transaction. Statements are what both databases understand: parameters
 * $1 to $n, integers as bigint, CAST(x AS bigint) and no `::`, no BEGIN or COMMIT. All works are isolated as
 * if they ran one after the other, unless relaxed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/error.h"
#include "lib/base/text.h"
#include "lib/sql/sql_value.h"

struct arena;
struct loop;
struct sql_db;
struct sql_work;

struct sql_options {
    struct loop *loop;
    /* sqlite:/path/to/file, or what libpq takes: postgresql://user:secret@host/name, "host=/run/postgresql".
     */
    struct text url;
    size_t max_queued;          /* works that wait for their turn; 0: 1,024 */
    size_t max_result_bytes;    /* of all answers of one work; 0: 16 MiB */
    int64_t deadline_ms;        /* of a work that has none of its own, from sql_work_run on; 0: 10 s */
    int64_t lock_ms;            /* how long a work waits for another's lock before ERROR_CONFLICT; 0: 5 s */
    int64_t connect_ms;         /* PostgreSQL: of one attempt; 0: 5 s */
    int64_t cache_bytes;        /* SQLite: pages kept in memory; 0: 8 MiB */
    bool may_lose_last_commits; /* a power cut may take back the newest commits: faster, not for money */
    /* Works that write fail. SQLite: they run on a thread of their own, beside the loop and other works; the
     * file must be there. Each sees what was committed when it began. */
    bool only_reads;
};

/* SQLite: opens the file, making it (mode 0600) when it is not there. PostgreSQL: only begins to connect, and
 * connects again with back-off whenever it must; works wait meanwhile. Errors never have the URL in them,
 * which may hold a password. When the arena ends, works that did not end are forgotten. */
MUST_CHECK bool
sql_open(struct arena *arena, const struct sql_options *options, struct sql_db **out_db, struct error *err);
/* Whether works of two that were opened with these options run beside each other: not on SQLite, unless they
 * only read. */
bool sql_is_concurrent(const struct sql_db *db);
/* Whether works would run now; else why not (out_why may be NULL). For readiness, and for a log line. */
bool sql_is_ready(const struct sql_db *db, struct error *out_why);

enum sql_end {
    SQL_COMMITTED,
    SQL_UNMET, /* a statement's expectation was not met; nothing of the work stands */
    SQL_FAILED,
};

struct sql_outcome {
    enum sql_end end;
    const struct sql_result *results; /* SQL_COMMITTED: one for each statement, in order */
    size_t result_count;
    size_t unmet; /* SQL_UNMET: the number of that statement */
    /* SQL_FAILED: CONFLICT (unique, serialization, deadlock, lock: look again, then retry), INVALID (another
     * constraint, a value out of range), UNAVAILABLE (connection, disk, read-only, access, deadline: the
     * message says which), INTERNAL (a wrong statement). */
    struct error why;
    bool is_unknown; /* SQL_FAILED, PostgreSQL: COMMIT was on its way, and may stand */
};

/* Always from the loop, exactly once, never from inside sql_work_run. It may end any arena, the database's
 * too. The outcome lives in the work's arena. */
typedef void (*sql_done_fn)(void *owner, const struct sql_outcome *outcome);

/* Ending the arena at any moment forgets the work: no callback comes, and its transaction is committed or
 * rolled back as far as it got. The database must be there until sql_work_run; what is wrong with the parts
 * is told by the outcome. */
struct sql_work *sql_work_new(struct arena *arena, struct sql_db *db);
/* Appends a statement and returns its number, from 0. The statement's text is not copied (use a constant:
 * each text is prepared once and kept); parameters are. */
size_t
sql_work_add(struct sql_work *work, const char *statement, const struct sql_value *params, size_t count);
/* The statement added last must return or change at least one row, or the whole work is rolled back
 * (SQL_UNMET). On PostgreSQL costs a round trip: what follows waits for the answer. */
void sql_work_expect_rows(struct sql_work *work);
/* PostgreSQL: READ COMMITTED instead of SERIALIZABLE. For works whose every statement decides for itself (a
 * conditional UPDATE): they wait for rows that others change instead of ending in CONFLICT. */
void sql_work_relax(struct sql_work *work);
/* Somebody waits for it: it runs before what is queued and not preferred, of which one has its turn after so
 * many preferred ones in a row. For short works. */
#define SQL_MOST_PREFERRED 16
void sql_work_prefer(struct sql_work *work);
/* Only one work at a time, of all programs on this database, gets past this statement with this key; the lock
 * ends with the transaction. Relaxes the work, and belongs first. (On SQLite there is one at a time anyway.)
 */
size_t sql_work_lock(struct sql_work *work, int64_t key);
/* From sql_work_run to the end, waiting for a connection included. */
void sql_work_set_deadline(struct sql_work *work, int64_t deadline_ms);

/* Rows asked for one by one while the copy runs; false when there are no more. Texts must last until the next
 * call; next may not end arenas. */
struct sql_rows {
    bool (*next)(void *owner, struct sql_value *out_values);
    void *owner;
};
/* Appends the fast insertion of many rows and returns its number. Names are plain lower-case identifiers and
 * not copied. The owner of rows must live as long as the work. */
size_t sql_copy(struct sql_work *work, const char *table, const char *const *columns, size_t column_count,
                struct sql_rows rows);

void sql_work_run(struct sql_work *work, sql_done_fn on_done, void *owner);
