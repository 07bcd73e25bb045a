/* The same tests on both databases: a fresh SQLite file, or a schema of its own on a PostgreSQL server that
 * starts with the test program and ends with it (hack/postgres): one file of the program says RIG_SERVER_UP
 * and RIG_SERVER_DOWN. */
#pragma once

#include <criterion/criterion.h>
#include <criterion/hooks.h>

#include "lib/base/arena.h"
#include "lib/net/loop.h"
#include "lib/sql/sql.h"

/* In the runner, whose environment the tests inherit; each on a line of its own. */
#define RIG_SERVER_UP                                                                                        \
    ReportHook(PRE_ALL)(struct criterion_test_set * rig_tests)                                               \
    {                                                                                                        \
        (void)rig_tests;                                                                                     \
        rig_server_up();                                                                                     \
    }
#define RIG_SERVER_DOWN                                                                                      \
    ReportHook(POST_ALL)(struct criterion_global_stats * rig_stats)                                          \
    {                                                                                                        \
        (void)rig_stats;                                                                                     \
        rig_server_down();                                                                                   \
    }

/* ON_BOTH(suite, what_happens) { body } */
#define ON_BOTH(SUITE, NAME)                                                                                 \
    static void NAME(void);                                                                                  \
    Test(SUITE, NAME##_in_sqlite)                                                                            \
    {                                                                                                        \
        rig_given_sqlite();                                                                                  \
        NAME();                                                                                              \
        rig_end();                                                                                           \
    }                                                                                                        \
    Test(SUITE, NAME##_in_postgres)                                                                          \
    {                                                                                                        \
        rig_given_postgres();                                                                                \
        NAME();                                                                                              \
        rig_end();                                                                                           \
    }                                                                                                        \
    static void NAME(void)

struct rig {
    struct arena *arena;
    struct loop *loop;
    struct sql_options options; /* of db; url and all */
    struct sql_db *db;
    char folder[64]; /* SQLite's */
    bool is_postgres;
};

struct told {
    int times;
    struct sql_outcome outcome; /* of the last */
};

extern struct rig rig;

void rig_server_up(void);
void rig_server_down(void);
void rig_given_sqlite(void);
void rig_given_postgres(void);
void rig_end(void);
/* An arena and a loop, no database. */
void rig_given_loop(void);
/* A server of the test's own, for what would disturb the others; its folder. */
const char *rig_own_server(void);
void rig_server(const char *action, const char *folder);
/* The URL of that server's folder, more libpq words behind it. */
struct text rig_postgres_url(const char *folder, const char *more);

struct sql_db *rig_open(const struct sql_options *options);
/* One more connection to the test's database. */
struct sql_db *rig_open_another(void);
/* And one that only reads. */
struct sql_db *rig_open_reader(void);

/* Runs the loop until the work is told. */
struct sql_outcome rig_run(struct sql_work *work);
void rig_begin(struct sql_work *work, struct told *told);
void rig_until(const bool *condition);
void rig_until_told(const struct told *told, int times);
/* One statement in a work of its own that must be committed; its result. */
struct sql_result rig_sql(const char *statement);
struct sql_result rig_sql_in(struct sql_db *db, const char *statement);
int64_t rig_count(const char *statement);
struct sql_work *rig_work(const char *statement);
void rig_expect_failed(const struct sql_outcome *outcome, enum error_kind kind, const char *words);
