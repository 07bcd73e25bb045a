/* The parts of the PostgreSQL driver, file by file; postgres_address.c has a header of its own. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/sql/postgres_address.h"
#include "lib/sql/sql_driver.h"

struct map;
struct pg_conn;   /* PGconn */
struct pg_result; /* PGresult */

enum postgres_state {
    POSTGRES_WAITING,    /* no connection; the timer dials again */
    POSTGRES_RESOLVING,  /* names are looked up */
    POSTGRES_CONNECTING, /* libpq polls */
    POSTGRES_SETTING_UP, /* the session's settings are on their way */
    POSTGRES_READY,      /* no transaction */
    POSTGRES_WORKING,    /* a transaction of db->running, or of nobody any more */
};

enum postgres_command_kind {
    POSTGRES_PLAIN, /* must only work: BEGIN, settings, ROLLBACK */
    POSTGRES_PREPARE,
    POSTGRES_STATEMENT,
    POSTGRES_COPY,
    POSTGRES_COMMIT,
    POSTGRES_SYNC,
};

struct postgres_prepared {
    char name[24];
    enum { POSTGRES_UNPREPARED, POSTGRES_PREPARING, POSTGRES_PREPARED } state;
};

/* Sent, and not wholly answered yet. */
struct postgres_command {
    enum postgres_command_kind kind;
    size_t statement;                   /* of the work */
    struct postgres_prepared *prepared; /* POSTGRES_PREPARE */
};

struct postgres_transaction {
    bool has_begun;
    size_t next_statement; /* to be sent */
    size_t unmet;          /* SIZE_MAX: none */
    struct error failure;  /* the first */
    bool is_rolling_back, is_commit_sent, is_committed;
    bool is_doubtful; /* the failure does not say whether COMMIT was done */
    bool is_copying;  /* the server wants rows */
    bool is_useless;  /* the server takes no writes any more: another one does */
};

struct postgres {
    struct sql_db *db;
    struct postgres_address address;
    enum postgres_state state;
    struct pg_conn *conn;
    struct loop_io *io;
    struct loop_timer *timer; /* dialling again, being connected, the end of a forgotten work */
    int64_t delay_ms;
    struct error trouble; /* why there is no connection */
    bool is_broken;       /* no more use in this connection */
    bool is_misprepared;  /* what was prepared does not fit any more */

    struct arena *command_arena;
    struct postgres_command *commands; /* those from first_command on are not answered */
    size_t first_command, command_count, command_capacity;
    bool has_answer; /* the first of them has one result at least */
    struct postgres_transaction transaction;

    struct arena *kept; /* prepared statements, by types and text */
    struct map *statements;
    uint64_t last_number;
    struct arena *scratch; /* of one command or row */
};

/* postgres.c: sends and takes what there is, waits for more, or ends a broken connection. */
void postgres_pump(struct postgres *postgres);

/* postgres_work.c: transactions */
void postgres_work_set_up(struct postgres *postgres);
void postgres_work_start(struct postgres *postgres);
/* Every command is answered: sends what comes next, or ends the work. */
void postgres_work_go_on(struct postgres *postgres);
void postgres_work_fail(struct postgres *postgres, const struct error *why); /* the first failure counts */
void postgres_work_abandon(struct postgres *postgres); /* nobody's any more: ended in its own time */
/* The connection is gone: tells what that means for the work that runs. */
void postgres_work_lost(struct postgres *postgres, const struct error *why);

/* postgres_pipeline.c: what cannot be sent makes the connection broken. */
void postgres_pipeline_plain(struct postgres *postgres, const char *text, enum postgres_command_kind kind);
void postgres_pipeline_statement(struct postgres *postgres, size_t statement);
void postgres_pipeline_copy(struct postgres *postgres, size_t statement); /* leaves pipeline mode */
void postgres_pipeline_sync(struct postgres *postgres);
void postgres_pipeline_take(struct postgres *postgres);
void postgres_pipeline_forget(struct postgres *postgres); /* all commands and prepared statements */

/* postgres_statement.c: prepared statements and parameters */
/* The prepared statement for these values' types; new ones are POSTGRES_UNPREPARED. */
struct postgres_prepared *
postgres_statement_find(struct postgres *postgres, const struct sql_statement *statement);
bool postgres_statement_send_prepare(struct postgres *postgres, const struct sql_statement *statement,
                                     const struct postgres_prepared *prepared);
bool postgres_statement_send(struct postgres *postgres, const struct sql_statement *statement,
                             const struct postgres_prepared *prepared);

/* postgres_row.c: the result's rows added to the statement's answers. */
MUST_CHECK bool postgres_row_take(struct postgres *postgres, size_t statement, const struct pg_result *result,
                                  struct error *err);
int64_t postgres_row_affected(struct pg_result *result);

/* postgres_copy.c: as many rows as the socket takes. */
void postgres_copy_feed(struct postgres *postgres);
void postgres_copy_give_up(struct postgres *postgres);

/* postgres_error.c */
/* *out_is_fatal: the server ends the connection with it. False. */
bool postgres_error_of_result(struct postgres *postgres, const struct pg_result *result, bool *out_is_fatal,
                              struct error *err);
bool postgres_error_of_connection(struct postgres *postgres, struct error *err);
