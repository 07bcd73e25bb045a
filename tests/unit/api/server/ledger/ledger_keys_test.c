/* Keys made and revoked over REST, on both databases. */
#include "api/server/ledger/ledger_keys.h"

#include "api/server/ledger/ledger_declared.h"
#include "api/server/ledger/ledger_lending.h"
#include "api/types/caller_key.h"
#include "lib/base/clock.h"
#include "lib/document/document_build.h"
#include "tests/unit/api/server/ledger/ledger_rig.h"

TestSuite(ledger_keys, .timeout = 120);

static void
on_done(void *owner, const struct ledger_outcome *outcome)
{
    struct asked *asked = owner;
    asked->is_answered = true;
    asked->outcome = *outcome;
}

static void
on_declared(void *owner, const struct declare_answer *answer)
{
    cr_assert_eq(answer->end, LEDGER_DONE, "%s", answer->why.message);
    *(bool *)owner = true;
}

static void
given_book(const char *revision, bool has_demo)
{
    static struct text demo = TEXT("demo");
    const struct budget_book book = {
        .revision = text_of(revision), .whole = true, .workspaces = {&demo, has_demo}};
    struct asked asked = {0};
    ledger_book(the_ledger(), rig.arena, &book, on_done, &asked);
    cr_assert_eq(asked_end(&asked).end, LEDGER_DONE, "%s", asked.outcome.why.message);
}

/* Ada may call everywhere, and has the key "declared"; Bob, if he is there, in prod only. */
static void
declare(const char *revision, bool has_ada, bool has_bob)
{
    bool is_answered = false;
    struct text prod = TEXT("prod");
    struct declared_caller callers[2];
    struct declared_thing key = {.action = AUDIT_KEY_CREATED,
                                 .subject =
                                     text_format(rig.arena, "caller demo/ada key %.*s",
                                                 TEXT_ARG(caller_key_hash(rig.arena, TEXT("declared")))),
                                 .digest = digest_sha256_hex(rig.arena, TEXT("declared")),
                                 .actor = TEXT("file")};
    struct ledger_declare declare = {.workspace = TEXT("demo"),
                                     .revision = text_of(revision),
                                     .declaration = {.source = document_new_map(rig.arena),
                                                     .whole = true,
                                                     .things = {&key, has_ada},
                                                     .callers = {callers, 0}}};
    for (int i = 0; i < 2; i++)
        schema_set_defaults(&declared_caller_schema, &callers[i]);
    if (has_ada)
        callers[declare.declaration.callers.count++].name = TEXT("ada");
    if (has_bob) {
        callers[declare.declaration.callers.count].name = TEXT("bob");
        callers[declare.declaration.callers.count++].environments = (struct text_list){&prod, 1};
    }
    ledger_declare(the_ledger(), rig.arena, &declare, on_declared, &is_answered);
    rig_until(&is_answered);
}

static void
given_demo(void)
{
    given_ledger();
    given_book("b1", true);
    declare("r1", true, true);
    cr_assert_eq(welcome(JOURNAL_A, "demo", "dev").end, LEDGER_DONE);
}

struct changed {
    bool is_answered;
    struct key_changed_answer answer;
};

static void
on_changed(void *owner, const struct key_changed_answer *answer)
{
    struct changed *changed = owner;
    cr_assert_not(changed->is_answered, "answered twice");
    changed->is_answered = true;
    changed->answer = *answer;
}

static struct key_change *
change_in(const char *environment, const char *caller)
{
    struct key_change *change = arena_alloc(rig.arena, sizeof(*change));
    *change = (struct key_change){.place = {TEXT("demo"), text_of(environment), text_of(caller)},
                                  .expires_ms = FIELD_UNSET,
                                  .actor = TEXT("jane"),
                                  .now_ms = clock_unix_ms()};
    return change;
}

static struct key_changed_answer
changed(struct ledger *ledger, const struct key_change *change)
{
    struct changed changed = {0};
    ledger_change_keys(ledger, rig.arena, change, on_changed, &changed);
    rig_until(&changed.is_answered);
    return changed.answer;
}

static struct key_changed_answer
make_key(const char *environment, const char *caller, const char *key)
{
    struct key_change *change = change_in(environment, caller);
    change->new_hash = caller_key_hash(rig.arena, text_of(key));
    return changed(the_ledger(), change);
}

static struct key_changed_answer
revoke_key(const char *environment, const char *caller, const char *key)
{
    struct key_change *change = change_in(environment, caller);
    change->revoke = caller_key_hash(rig.arena, text_of(key));
    return changed(the_ledger(), change);
}

struct answered {
    bool is_answered;
    struct keys_answer answer;
    struct keys_news news;
};

static void
on_keys(void *owner, const struct keys_answer *answer)
{
    struct answered *answered = owner;
    answered->is_answered = true;
    answered->answer = *answer;
}

static void
on_news(void *owner, const struct keys_news *news)
{
    struct answered *answered = owner;
    cr_assert_eq(news->end, LEDGER_DONE, "%s", news->why.message);
    answered->is_answered = true;
    answered->news = *news;
}

static struct kept_keys
heard_in(const char *environment)
{
    struct answered answered = {0};
    const struct key_place place = {.workspace = TEXT("demo"), .environment = text_of(environment)};
    ledger_keys_heard(the_ledger(), rig.arena, &place, on_keys, &answered);
    rig_until(&answered.is_answered);
    cr_assert_eq(answered.answer.end, LEDGER_DONE, "%s", answered.answer.why.message);
    return answered.answer.keys;
}

static struct keys_answer
keys_of(const char *environment, const char *caller)
{
    struct answered answered = {0};
    const struct key_place place = {TEXT("demo"), text_of(environment), text_of(caller)};
    ledger_keys_of_caller(the_ledger(), rig.arena, &place, on_keys, &answered);
    rig_until(&answered.is_answered);
    return answered.answer;
}

static struct keys_news
news_since(int64_t number)
{
    struct answered answered = {0};
    ledger_keys_news(the_ledger(), rig.arena, number, on_news, &answered);
    rig_until(&answered.is_answered);
    return answered.news;
}

static int64_t
rows_with(const char *action, const char *words)
{
    return rig_count(text_c_string(
        rig.arena, text_format(rig.arena,
                               "SELECT count(*) FROM audit_waiting WHERE line LIKE '%%%s%%' AND line LIKE "
                               "'%%%s%%'",
                               action, words)));
}

ON_BOTH(ledger_keys, a_key_that_is_made_is_heard_of_in_its_environment_only_and_has_a_row_with_who_made_it)
{
    given_demo();
    struct key_changed_answer answer = make_key("dev", "ada", "new");
    cr_assert_eq(answer.end, LEDGER_DONE, "%s", answer.why.message);
    cr_assert(text_equals(answer.decision.made.hash, caller_key_hash(rig.arena, TEXT("new"))));

    struct kept_keys heard = heard_in("dev");
    cr_assert_eq(heard.count, 1);
    cr_assert(heard.items[0].is_made && text_equals(heard.items[0].caller, TEXT("ada")));
    cr_assert_eq(heard.items[0].revoked_ms, FIELD_UNSET);
    cr_assert_eq(heard_in("prod").count, 0);
    cr_assert_eq(rows_with("KeyCreated", "\"actor\":\"jane\""), 1);
}

ON_BOTH(ledger_keys, a_declared_key_is_revoked_once_however_often_it_is_asked)
{
    given_demo();
    cr_assert_eq(keys_of("dev", "ada").keys.count, 1);
    struct key_changed_answer first = revoke_key("dev", "ada", "declared"),
                              again = revoke_key("dev", "ada", "declared");
    cr_assert_eq(first.end, LEDGER_DONE, "%s", first.why.message);
    cr_assert_eq(again.end, LEDGER_DONE, "%s", again.why.message);
    cr_assert(again.decision.is_revoked_already);
    cr_assert_eq(again.decision.revoked.revoked_ms, first.decision.revoked.revoked_ms);

    struct kept_keys heard = heard_in("dev");
    cr_assert_eq(heard.count, 1);
    cr_assert(!heard.items[0].is_made && heard.items[0].is_declared);
    cr_assert_eq(heard.items[0].revoked_ms, first.decision.revoked.revoked_ms);
    cr_assert_eq(rows_with("KeyRevoked", "\"actor\":\"jane\""), 1);
    struct keys_answer listed = keys_of("dev", "ada");
    cr_assert_eq(listed.keys.count, 1, "with its revocation, not beside it");
    cr_assert_neq(listed.keys.items[0].revoked_ms, FIELD_UNSET);
}

ON_BOTH(ledger_keys, who_is_not_declared_there_has_none_and_gets_none)
{
    static const char *const places[][2] = {
        {"dev", "cyd"}, {"dev", "bob"}, {"no-such", "ada"}, {"", "ada"}, {"dev", ""}};
    given_demo();
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct key_changed_answer answer = make_key(places[i][0], places[i][1], "new");
        cr_assert_eq(answer.end, LEDGER_REFUSED, "%s", places[i][1]);
        cr_assert_eq(answer.why.kind, ERROR_NOT_FOUND);
        cr_assert_eq(keys_of(places[i][0], places[i][1]).why.kind, ERROR_NOT_FOUND);
    }
    cr_assert_eq(revoke_key("dev", "ada", "no-such").why.kind, ERROR_NOT_FOUND);
    cr_assert_eq(make_key("prod", "bob", "new").end, LEDGER_DONE, "he names the environment himself");
    cr_assert_eq(rig_count("SELECT count(*) FROM caller_key"), 1);
}

ON_BOTH(ledger_keys, a_rotation_is_one_change_and_its_old_key_works_on)
{
    given_demo();
    struct key_change *change = change_in("dev", "ada");
    change->new_hash = caller_key_hash(rig.arena, TEXT("new"));
    change->revoke = caller_key_hash(rig.arena, TEXT("declared"));
    change->after_ms = 3600000;
    cr_assert_eq(changed(the_ledger(), change).end, LEDGER_DONE);

    struct kept_keys heard = heard_in("dev");
    cr_assert_eq(heard.count, 2);
    cr_assert(key_is_in_force(&heard.items[0], change->now_ms) &&
              key_is_in_force(&heard.items[1], change->now_ms));
    cr_assert_eq(rows_with("KeyCreated", "over REST"), 1);
    cr_assert_eq(rows_with("KeyRotated", "over REST, refused from"), 1);
    cr_assert_eq(news_since(0).number, 1);
}

ON_BOTH(ledger_keys, news_name_each_environment_that_changed_since)
{
    given_demo();
    cr_assert_eq(news_since(0).place_count, 0);
    make_key("dev", "ada", "a");
    make_key("prod", "bob", "b");
    struct keys_news all = news_since(0), later = news_since(1);
    cr_assert_eq(all.place_count, 2);
    cr_assert_eq(all.number, 2);
    cr_assert_eq(later.place_count, 1);
    cr_assert(text_equals(later.places[0].environment, TEXT("prod")));
    cr_assert_eq(news_since(later.number).place_count, 0);
}

ON_BOTH(ledger_keys, a_caller_that_is_declared_no_more_loses_its_made_keys_and_gets_none_back)
{
    given_demo();
    make_key("dev", "ada", "a");
    make_key("prod", "bob", "b");
    revoke_key("dev", "ada", "declared");
    int64_t number = news_since(0).number;
    declare("r2", false, true);

    cr_assert_eq(rows_with("KeyRevoked", "declared there no more"), 1);
    struct kept_keys heard = heard_in("dev");
    cr_assert_eq(heard.count, 1, "a gateway may not have heard yet: what was revoked stays so for a while");
    cr_assert_not(heard.items[0].is_made);
    cr_assert_eq(heard_in("prod").count, 1, "bob's is as it was");
    struct keys_news news = news_since(number);
    cr_assert_eq(news.place_count, 1);
    cr_assert(text_equals(news.places[0].environment, TEXT("dev")));

    declare("r3", true, true);
    cr_assert_eq(heard_in("dev").count, 1);
    cr_assert_not(heard_in("dev").items[0].is_made);
}

ON_BOTH(ledger_keys, a_workspace_that_comes_again_has_none_that_was_made_and_all_that_was_revoked)
{
    given_demo();
    make_key("dev", "ada", "a");
    revoke_key("dev", "ada", "declared");
    given_book("b2", false);
    cr_assert_eq(rows_with("KeyRevoked", "declared there no more"), 1);
    cr_assert_eq(make_key("dev", "ada", "b").why.kind, ERROR_NOT_FOUND);

    given_book("b3", true);
    declare("r1", true, true);
    struct kept_keys heard = heard_in("dev");
    cr_assert_eq(heard.count, 1);
    cr_assert(heard.items[0].is_declared && heard.items[0].revoked_ms != FIELD_UNSET);
}

ON_BOTH(ledger_keys, what_was_revoked_of_a_workspace_that_is_gone_is_forgotten_in_time)
{
    given_demo();
    make_key("dev", "ada", "a");
    rig_sql("INSERT INTO caller_key (workspace, environment, hash, caller, made, revoked_ms) VALUES "
            "('gone', 'dev', 'sha256:1', 'ada', 0, 1), ('gone', 'dev', 'sha256:2', 'ada', 0, "
            "9000000000000), ('demo', 'prod', 'sha256:3', 'ada', 0, 1)");
    make_key("dev", "ada", "b");
    cr_assert_eq(rig_count("SELECT count(*) FROM caller_key WHERE workspace = 'gone'"), 1);
    cr_assert_eq(rig_count("SELECT count(*) FROM caller_key WHERE workspace = 'demo'"), 3);
}

ON_BOTH(ledger_keys, what_is_over_goes_with_the_next_change)
{
    given_demo();
    struct key_change *change = change_in("dev", "ada");
    change->new_hash = caller_key_hash(rig.arena, TEXT("short"));
    change->expires_ms = change->now_ms - 1;
    cr_assert_eq(changed(the_ledger(), change).end, LEDGER_DONE);
    cr_assert_eq(heard_in("dev").count, 0);
    make_key("dev", "ada", "gone");
    revoke_key("dev", "ada", "gone");
    make_key("dev", "ada", "stays");
    cr_assert_eq(rig_count("SELECT count(*) FROM caller_key"), 1);
    cr_assert_eq(heard_in("dev").count, 1);
}

enum { AT_ONCE = 2 * KEY_RULES_MAX_OF_CALLER };

ON_BOTH(ledger_keys, asked_for_many_at_once_a_caller_gets_no_more_than_it_may_have)
{
    struct changed all[AT_ONCE] = {0};
    int made = 0;
    given_demo();
    for (int i = 0; i < AT_ONCE; i++) {
        struct key_change *change = change_in("dev", "ada");
        change->new_hash = caller_key_hash(rig.arena, text_format(rig.arena, "%d", i));
        ledger_change_keys(the_ledger(), rig.arena, change, on_changed, &all[i]);
    }
    for (int i = 0; i < AT_ONCE; i++) {
        rig_until(&all[i].is_answered);
        made += all[i].answer.end == LEDGER_DONE;
    }
    cr_assert_leq(made, KEY_RULES_MAX_OF_CALLER);
    cr_assert_gt(made, 0);
    cr_assert_eq(rig_count("SELECT count(*) FROM caller_key"), made);
    cr_assert_eq(news_since(0).number, made);
}
