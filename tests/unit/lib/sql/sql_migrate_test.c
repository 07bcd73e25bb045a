/* Migrations: each once, whoever else migrates; never backwards. */
#include "lib/sql/sql_migrate.h"

#include "tests/support/sql_rig.h"

TestSuite(sql_migrate);

static const char *const first[] = {"CREATE TABLE a (id bigint PRIMARY KEY)",
                                    "INSERT INTO a (id) VALUES (1)"};
static const char *const second[] = {"ALTER TABLE a ADD COLUMN name text", "INSERT INTO a (id) VALUES (2)"};
static const char *const third[] = {"CREATE TABLE b (id bigint PRIMARY KEY)"};
static const char *const wrong[] = {"CREATE TABLE d (id bigint)", "CREATE TABEL e (id bigint)"};
static const struct sql_migration migrations[] = {
    {1, first, COUNT_OF(first)}, {2, second, COUNT_OF(second)}, {7, third, COUNT_OF(third)}};
static const struct sql_migration with_wrong[] = {{1, first, COUNT_OF(first)}, {2, wrong, COUNT_OF(wrong)}};
static const struct sql_migration falling[] = {{2, first, 1}, {2, third, 1}};

struct migrated {
    bool is_over;
    size_t applied_count;
    struct error why;
};

static void
on_migrated(void *owner, size_t applied_count, const struct error *why)
{
    struct migrated *migrated = owner;
    cr_assert_not(migrated->is_over);
    migrated->is_over = true;
    migrated->applied_count = applied_count;
    if (why)
        migrated->why = *why;
}

static struct sql_migrate_options
options_for(struct sql_db *db, size_t count)
{
    return (struct sql_migrate_options){.loop = rig.loop, .db = db, .migrations = migrations, .count = count};
}

static struct migrated
migrate(const struct sql_migrate_options *options)
{
    struct migrated migrated = {0};
    sql_migrate(rig.arena, options, on_migrated, &migrated);
    cr_assert_not(migrated.is_over, "told from inside sql_migrate");
    rig_until(&migrated.is_over);
    return migrated;
}

ON_BOTH(sql_migrate, applies_what_is_missing_and_nothing_twice)
{
    struct sql_migrate_options two = options_for(rig.db, 2), three = options_for(rig.db, 3);
    struct migrated migrated = migrate(&two);
    cr_assert(migrated.applied_count == 2 && migrated.why.kind == ERROR_NONE, "%s", migrated.why.message);
    cr_assert_eq(migrate(&two).applied_count, 0);
    cr_assert_eq(migrate(&three).applied_count, 1);
    cr_assert_eq(migrate(&three).applied_count, 0);
    cr_assert_eq(rig_count("SELECT count(*) FROM a"), 2);
    cr_assert_eq(rig_count("SELECT count(*) FROM weir_schema"), 3);
    cr_assert_eq(rig_count("SELECT max(version) FROM weir_schema WHERE applied_at > 1500000000000"), 7);
}

ON_BOTH(sql_migrate, connections_that_migrate_at_once_apply_each_exactly_once)
{
    struct migrated migrated[4] = {0};
    size_t applied_count = 0;
    for (size_t i = 0; i < COUNT_OF(migrated); i++) {
        struct sql_migrate_options options = options_for(rig_open_another(), 3);
        sql_migrate(rig.arena, &options, on_migrated, &migrated[i]);
    }
    for (size_t i = 0; i < COUNT_OF(migrated); i++) {
        rig_until(&migrated[i].is_over);
        cr_assert_eq(migrated[i].why.kind, ERROR_NONE, "%s", migrated[i].why.message);
        applied_count += migrated[i].applied_count;
    }
    cr_assert_eq(applied_count, 3);
    cr_assert_eq(rig_count("SELECT count(*) FROM a"), 2);
    cr_assert_eq(rig_count("SELECT count(*) FROM weir_schema"), 3);
}

ON_BOTH(sql_migrate, a_newer_database_is_refused_with_both_versions)
{
    struct sql_migrate_options two = options_for(rig.db, 2), three = options_for(rig.db, 3);
    migrate(&three);
    struct migrated migrated = migrate(&two);
    cr_assert_eq(migrated.why.kind, ERROR_INVALID);
    cr_assert(strstr(migrated.why.message, "schema version 7, this program knows up to 2"), "%s",
              migrated.why.message);
}

ON_BOTH(sql_migrate, a_migration_that_fails_leaves_nothing_of_itself)
{
    struct sql_migrate_options options = options_for(rig.db, 2);
    options.migrations = with_wrong;
    struct migrated migrated = migrate(&options);
    cr_assert(migrated.why.kind == ERROR_INTERNAL && migrated.applied_count == 1, "%s", migrated.why.message);
    cr_assert(strstr(migrated.why.message, "migration 2: "), "%s", migrated.why.message);
    cr_assert_eq(rig_count("SELECT max(version) FROM weir_schema"), 1);
    rig_sql("CREATE TABLE d (id bigint)");
}

ON_BOTH(sql_migrate, versions_must_ascend)
{
    struct sql_migrate_options options = options_for(rig.db, 2);
    options.migrations = falling;
    struct migrated migrated = migrate(&options);
    cr_assert_eq(migrated.why.kind, ERROR_INTERNAL);
    cr_assert(strstr(migrated.why.message, "migration 1 has version 2"), "%s", migrated.why.message);
}

ON_BOTH(sql_migrate, ends_with_its_arena_and_another_one_goes_on)
{
    struct migrated forgotten = {0};
    struct arena *arena = arena_new(0);
    struct sql_migrate_options options = options_for(rig.db, 3);
    sql_migrate(arena, &options, on_migrated, &forgotten);
    rig_sql("SELECT 1"); /* it has begun by now */
    arena_free(arena);
    struct migrated migrated = migrate(&options);
    cr_assert_eq(migrated.why.kind, ERROR_NONE, "%s", migrated.why.message);
    cr_assert_not(forgotten.is_over);
    cr_assert_eq(rig_count("SELECT count(*) FROM weir_schema"), 3);
}
