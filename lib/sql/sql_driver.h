/* Between the queue of works (sql.c), their building (sql_work.c) and the drivers. Private to lib/sql.
 *
 * A driver runs one work at a time, db->running, and never calls anybody back: it says sql_db_finish, and the
 * queue tells the work's owner from a task of its own, when no driver is on the stack. */
#pragma once

#include "lib/sql/sql.h"

struct loop_task;
struct loop_timer;

struct sql_copy_source {
    const char *table;
    const char *const *columns;
    size_t column_count;
    struct sql_rows rows;
};

struct sql_statement {
    const char *text; /* of a copy: the words errors name it by */
    struct sql_value *params;
    size_t param_count;
    bool expects_rows;
    const struct sql_copy_source *copy; /* NULL: a statement */
};

enum sql_work_state {
    SQL_WORK_NEW,
    SQL_WORK_QUEUED,
    SQL_WORK_RUNNING,
    SQL_WORK_ENDED, /* waits to be told */
    SQL_WORK_OVER,  /* told, or its database is gone */
};

struct sql_work {
    struct arena *arena;
    struct sql_db *db;
    enum sql_work_state state;
    struct sql_work *previous, *next; /* while queued or ended */
    struct sql_statement *statements;
    size_t count, capacity;
    struct sql_result *results; /* as many as statements */
    size_t *row_capacities;
    size_t result_bytes;
    int64_t deadline_ms; /* how long */
    int64_t started_ms;  /* by loop_now_ms */
    struct loop_timer *timer;
    bool is_relaxed, is_preferred;
    struct error problem; /* of its building */
    struct sql_outcome outcome;
    sql_done_fn on_done;
    void *owner;
};

struct sql_work_list {
    struct sql_work *first, *last;
    size_t count;
};

struct sql_driver {
    const char *scheme; /* for sql_open's error */
    const char *lock; /* a statement that takes an exclusive lock on $1; NULL: there is one work at a time */
    bool (*takes)(const struct sql_options *options);
    bool (*open)(struct sql_db *db, struct error *err);
    void (*close)(struct sql_db *db);
    bool (*is_ready)(const struct sql_db *db, struct error *out_why); /* to start a work */
    void (*start)(struct sql_db *db);                                 /* db->running was just set */
    /* The work that ran is nobody's any more, db->running is NULL already: end its transaction. is_late: it
     * does not come to an end by itself. True when it may have been committed. */
    bool (*abandon)(struct sql_db *db, bool is_late);
};

struct sql_db {
    struct arena *arena;
    struct sql_options options; /* without zeros; url copied */
    const struct sql_driver *driver;
    void *connection; /* the driver's */
    struct sql_work_list queued, ended;
    size_t preferred_count; /* that ran in a row */
    struct sql_work *running;
    struct loop_task *start, *tell;
};

extern const struct sql_driver sqlite_driver, sqlite_reader_driver, postgres_driver;

/* Something may be started now. */
void sql_db_next(struct sql_db *db);
/* db->running has ended so; it is told from the loop. */
void sql_db_finish(struct sql_db *db, const struct sql_outcome *outcome);
void sql_db_finish_failed(struct sql_db *db, const struct error *why, bool is_unknown);
void sql_db_forget(struct sql_work *work);

/* A copy of a work to be run, with results of its own and all in that arena; not queued. */
struct sql_work *sql_work_copy(struct arena *arena, const struct sql_work *work);
/* A copy of one more row into the answers of that statement, bounded by max_result_bytes. */
MUST_CHECK bool sql_work_add_row(struct sql_work *work, size_t statement, const struct sql_value *values,
                                 size_t columns, struct error *err);
/* Names the statement in err; false. */
bool sql_work_blame(const struct sql_work *work, size_t statement, struct error *err);
/* Whether the statement's expectation, if it has one, is met by its answer. */
bool sql_work_is_met(const struct sql_work *work, size_t statement);
/* The next row of a copy, its values checked; *out_more false: there are no more. */
MUST_CHECK bool sql_copy_next(const struct sql_copy_source *copy, struct sql_value *out_values,
                              bool *out_more, struct error *err);
