/* What each weir-api of a database knows of the gateways of the others: two of them, and one that is played
 * by its rows. On SQLite too, where there is only one: the statements are for both. */
#include "api/server/peer_watch.h"

#include "api/server/ledger/ledger_connections.h"
#include "tests/support/sql_rig.h"

RIG_SERVER_UP
RIG_SERVER_DOWN

TestSuite(peer_watch, .timeout = 120);

enum { EVERY_MS = 5, MOST = 4 };

struct side {
    struct peer_gateway here[MOST];
    size_t count;
    struct peer_watch *watch;
    const char *wanted; /* journals, each with a blank behind it */
    bool is_as_wanted;
    int looks;
    bool is_looked_at;
};

static struct side sides[2];
static struct ledger *ledger;

static struct peer_gateway_list
list_here(void *owner, struct arena *arena)
{
    struct side *side = owner;
    return (struct peer_gateway_list){arena_copy(arena, side->here, sizeof(side->here)), side->count};
}

static void
look(struct side *side)
{
    const struct peer_gateway_list *elsewhere = peer_watch_elsewhere(side->watch);
    struct text found = {0};
    for (size_t i = 0; i < elsewhere->count; i++)
        found = text_format(rig.arena, "%.*s%.*s ", TEXT_ARG(found), TEXT_ARG(elsewhere->items[i].journal));
    side->is_as_wanted = side->wanted && text_equals(found, text_of(side->wanted));
}

static void
on_changed(void *owner)
{
    look(owner);
}

static void
on_look(void *owner, const struct peer_look *look)
{
    struct side *side = owner;
    cr_assert(text_equals(look->id, TEXT("look")));
    side->looks++;
    side->is_looked_at = true;
}

static void
start(struct side *side)
{
    const struct peer_watch_options options = {.loop = rig.loop,
                                               .ledger = ledger,
                                               .every_ms = EVERY_MS,
                                               .list_here = list_here,
                                               .on_changed = on_changed,
                                               .on_look = on_look,
                                               .owner = side};
    side->watch = peer_watch_start(rig.arena, &options);
}

static void
on_open(void *owner, const struct ledger_outcome *outcome)
{
    cr_assert_eq(outcome->end, LEDGER_DONE, "%s", outcome->why.message);
    *(bool *)owner = true;
}

static void
given_two(void)
{
    bool is_open = false;
    const struct ledger_connections connections = {rig.db, rig.db, rig.db, rig_open_reader()};
    memset(sides, 0, sizeof(sides));
    ledger = ledger_open(rig.arena, rig.loop, &connections, on_open, &is_open);
    rig_until(&is_open);
    cr_assert_eq(ledger_has_peers(ledger), rig.is_postgres);
    start(&sides[0]);
    start(&sides[1]);
}

static void
expect_elsewhere(struct side *side, const char *journals)
{
    side->wanted = journals;
    look(side);
    rig_until(&side->is_as_wanted);
}

static void
comes(struct side *side, const char *journal)
{
    side->here[side->count++] = (struct peer_gateway){.journal = text_of(journal),
                                                      .workspace = TEXT("demo"),
                                                      .environment = TEXT("dev"),
                                                      .name = TEXT("g")};
    peer_watch_wake(side->watch);
}

static void
goes(struct side *side)
{
    side->count--;
    peer_watch_wake(side->watch);
}

ON_BOTH(peer_watch, knows_who_comes_to_a_peer_and_goes)
{
    given_two();
    comes(&sides[1], "b1");
    expect_elsewhere(&sides[0], "b1 ");
    cr_assert(text_equals(peer_watch_elsewhere(sides[0].watch)->items[0].environment, TEXT("dev")));
    comes(&sides[1], "b2");
    comes(&sides[0], "a1");
    expect_elsewhere(&sides[0], "b1 b2 ");
    expect_elsewhere(&sides[1], "a1 ");
    goes(&sides[1]);
    expect_elsewhere(&sides[0], "b1 ");
}

ON_BOTH(peer_watch, counts_once_who_is_with_two_peers)
{
    given_two();
    comes(&sides[1], "b1");
    expect_elsewhere(&sides[0], "b1 ");
    rig_sql("INSERT INTO peer_gateway (peer, journal, workspace, environment, gateway) VALUES "
            "('0', 'b1', 'demo', 'dev', 'g'), ('0', 'c1', 'demo', 'dev', 'g')");
    rig_sql("INSERT INTO ledger_peer (id, beat, changes) VALUES ('0', 1, 1)");
    expect_elsewhere(&sides[0], "b1 c1 ");
}

ON_BOTH(peer_watch, forgets_a_peer_that_is_heard_of_no_more_and_its_rows)
{
    given_two();
    rig_sql("INSERT INTO peer_gateway (peer, journal, workspace, environment, gateway) VALUES "
            "('dead', 'd1', 'demo', 'dev', 'g')");
    rig_sql("INSERT INTO ledger_peer (id, beat, changes) VALUES ('dead', 1, 1)");
    expect_elsewhere(&sides[0], "d1 ");
    expect_elsewhere(&sides[0], "");
    comes(&sides[1], "b1");
    expect_elsewhere(&sides[0], "b1 ");
    while (rig_count("SELECT count(*) FROM peer_gateway WHERE peer = 'dead'") > 0)
        ;
    cr_assert_eq(rig_count("SELECT count(*) FROM ledger_peer"), 2);
}

/* It was suspended, and comes back. */
ON_BOTH(peer_watch, that_was_forgotten_says_all_again)
{
    given_two();
    comes(&sides[1], "b1");
    expect_elsewhere(&sides[0], "b1 ");
    rig_sql("DELETE FROM ledger_peer");
    rig_sql("DELETE FROM peer_gateway");
    comes(&sides[0], "a1");
    expect_elsewhere(&sides[1], "a1 ");
    expect_elsewhere(&sides[0], "b1 ");
}

ON_BOTH(peer_watch, hears_once_what_a_peer_asks_and_it_goes_by_itself)
{
    given_two();
    comes(&sides[1], "b1");
    expect_elsewhere(&sides[0], "b1 ");
    struct text self = peer_watch_self(sides[0].watch);
    struct text insert = text_format(rig.arena,
                                     "INSERT INTO peer_look (id, asker, beat, workspace, environment) SELECT "
                                     "'look', id, beat, '', '' FROM ledger_peer WHERE id = '%.*s'",
                                     TEXT_ARG(self));
    rig_sql(text_c_string(rig.arena, insert));
    rig_sql("INSERT INTO peer_calls (look, peer, calls) VALUES ('look', 'who', '{}'), ('old', 'who', '{}')");
    rig_until(&sides[1].is_looked_at);
    while (rig_count("SELECT count(*) FROM peer_look") + rig_count("SELECT count(*) FROM peer_calls") > 0)
        ;
    cr_assert_eq(sides[1].looks, 1);
    cr_assert_eq(sides[0].looks, 0, "its own");
}
