/* Which work runs next. */
#include "tests/support/sql_rig.h"

ON_BOTH(sql_order, works_run_in_the_order_they_were_given)
{
    struct told told[20] = {0};
    rig_sql("CREATE TABLE o (id bigint)");
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        const struct sql_value number = sql_int((int64_t)i);
        struct sql_work *work = sql_work_new(rig.arena, rig.db);
        sql_work_add(work, "INSERT INTO o (id) SELECT $1 WHERE (SELECT count(*) FROM o) = $1", &number, 1);
        rig_begin(work, &told[i]);
    }
    rig_until_told(&told[COUNT_OF(told) - 1], 1);
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        cr_assert(told[i].times == 1 && told[i].outcome.end == SQL_COMMITTED, "%s",
                  told[i].outcome.why.message);
        cr_assert_eq(told[i].outcome.results[0].affected_count, 1, "work %zu", i);
    }
}

static void
begin_to_note(int number, bool is_preferred, struct told *told)
{
    const struct sql_value value = sql_int(number);
    struct sql_work *work = sql_work_new(rig.arena, rig.db);
    sql_work_add(work, "INSERT INTO o (turn, id) SELECT count(*), $1 FROM o", &value, 1);
    if (is_preferred)
        sql_work_prefer(work);
    rig_begin(work, told);
}

ON_BOTH(sql_order, preferred_works_run_before_the_others_and_in_their_order)
{
    struct told told[6] = {0};
    rig_sql("CREATE TABLE o (turn bigint, id bigint)");
    for (int i = 0; i < 4; i++)
        begin_to_note(i, false, &told[i]);
    begin_to_note(4, true, &told[4]);
    begin_to_note(5, true, &told[5]);
    for (size_t i = 0; i < COUNT_OF(told); i++)
        rig_until_told(&told[i], 1);
    cr_assert_eq(rig_count("SELECT id FROM o WHERE turn = 0"), 4);
    cr_assert_eq(rig_count("SELECT id FROM o WHERE turn = 1"), 5);
    for (int turn = 2; turn < 6; turn++)
        cr_assert_eq(rig_count(text_c_string(
                         rig.arena, text_format(rig.arena, "SELECT id FROM o WHERE turn = %d", turn))),
                     turn - 2);
}

ON_BOTH(sql_order, preferred_works_without_end_leave_the_others_a_turn)
{
    enum { PREFERRED = 3 * SQL_MOST_PREFERRED };
    struct told told[PREFERRED + 2] = {0};
    rig_sql("CREATE TABLE o (turn bigint, id bigint)");
    begin_to_note(1001, false, &told[0]);
    begin_to_note(1002, false, &told[1]);
    for (int i = 0; i < PREFERRED; i++)
        begin_to_note(i, true, &told[2 + i]);
    for (size_t i = 0; i < COUNT_OF(told); i++)
        rig_until_told(&told[i], 1);
    cr_assert_eq(rig_count("SELECT turn FROM o WHERE id = 1001"), SQL_MOST_PREFERRED);
    cr_assert_eq(rig_count("SELECT turn FROM o WHERE id = 1002"), 2 * SQL_MOST_PREFERRED + 1);
    cr_assert_eq(rig_count("SELECT turn FROM o WHERE id = 47"), PREFERRED + 1);
}
