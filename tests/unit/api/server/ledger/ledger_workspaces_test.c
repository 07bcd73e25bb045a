/* Which workspaces there is anything of, on both databases. */
#include "api/server/ledger/ledger_workspaces.h"

#include "tests/unit/api/server/ledger/ledger_rig.h"

TestSuite(ledger_workspaces, .timeout = 120);

struct listed {
    bool is_answered;
    struct text names;
    size_t count;
};

static void
on_answer(void *owner, const struct workspaces_answer *answer)
{
    struct listed *listed = owner;
    cr_assert_eq(answer->end, LEDGER_DONE, "%s", answer->why.message);
    listed->names = text_join(rig.arena, &answer->names, TEXT(" "));
    listed->count = answer->names.count;
    listed->is_answered = true;
}

static struct listed
list(size_t most)
{
    struct listed listed = {0};
    ledger_workspaces(the_ledger(), rig.arena, most, on_answer, &listed);
    rig_until(&listed.is_answered);
    return listed;
}

ON_BOTH(ledger_workspaces, are_those_of_gateways_and_of_what_is_declared_each_once)
{
    given_ledger();
    cr_assert_eq(list(8).count, 0);
    (void)welcome(JOURNAL_A, "demo", "dev");
    (void)welcome(JOURNAL_B, "demo", "prod");
    rig_sql("INSERT INTO declared (action, subject, workspace, environment, digest) VALUES "
            "('PolicyChanged', 'a', 'planned', '', 'x'), ('PolicyChanged', 'b', '', '', 'x'), "
            "('PolicyChanged', 'c', 'demo', '', 'x')");
    struct listed listed = list(8);
    cr_assert(text_equals(listed.names, TEXT("demo planned")), "%.*s", TEXT_ARG(listed.names));
    cr_assert_eq(list(1).count, 2, "one more than asked for says that there are more");
    cr_assert_eq(list(2).count, 2);
}
