/* What is declared, compared with what was: each change a row once, on both databases. */
#include "api/server/ledger/ledger_declared.h"

#include "api/server/ledger/ledger_in_force.h"
#include "api/server/ledger/ledger_lending.h"
#include "api/server/ledger/ledger_scope.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"
#include "tests/unit/api/server/ledger/ledger_rig.h"

TestSuite(ledger_declared, .timeout = 120);

#define DIGEST(DIGIT)                                                                                        \
    TEXT(DIGIT DIGIT DIGIT DIGIT DIGIT DIGIT DIGIT DIGIT DIGIT DIGIT DIGIT DIGIT DIGIT DIGIT DIGIT DIGIT)
#define FOUR(DIGIT) DIGIT DIGIT DIGIT DIGIT
#define ONE DIGEST(FOUR("1"))
#define TWO DIGEST(FOUR("2"))

struct declared {
    bool is_answered;
    struct declare_answer answer;
};

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
    struct declared *declared = owner;
    declared->is_answered = true;
    declared->answer = *answer;
}

static struct declared_thing
thing(enum audit_action action, const char *subject, struct text digest)
{
    return (struct declared_thing){
        .action = action, .subject = text_of(subject), .digest = digest, .actor = TEXT("file")};
}

static void
begin_book(struct asked *asked, struct ledger *ledger, const struct budget_book *book)
{
    *asked = (struct asked){0};
    ledger_book(ledger, rig.arena, arena_copy(rig.arena, book, sizeof(*book)), on_done, asked);
}

/* Of workspaces that are separated by blanks. */
static void
given_book(const char *revision, bool is_whole, const char *workspaces)
{
    struct text rest = text_of(workspaces), names[4];
    struct budget_book book = {.revision = text_of(revision), .whole = is_whole, .workspaces = {names, 0}};
    struct asked asked;
    while (rest.length > 0)
        names[book.workspaces.count++] = text_cut(&rest, ' ');
    begin_book(&asked, the_ledger(), &book);
    cr_assert_eq(asked_end(&asked).end, LEDGER_DONE, "%s", asked.outcome.why.message);
}

static void
begin_declare(struct declared *declared, struct ledger *ledger, const char *workspace, const char *revision,
              const struct declaration *declaration)
{
    struct ledger_declare *declare = arena_alloc(rig.arena, sizeof(*declare));
    *declare = (struct ledger_declare){.workspace = text_of(workspace), .revision = text_of(revision)};
    if (declaration) {
        declare->declaration = *declaration;
        declare->declaration.source = document_new_map(rig.arena);
    }
    *declared = (struct declared){0};
    ledger_declare(ledger, rig.arena, declare, on_declared, declared);
}

static struct declare_answer
declare_end(struct declared *declared)
{
    rig_until(&declared->is_answered);
    return declared->answer;
}

static struct declare_answer
declare_in(const char *workspace, const char *revision, const struct declaration *declaration)
{
    struct declared declared;
    begin_declare(&declared, the_ledger(), workspace, revision, declaration);
    return declare_end(&declared);
}

static void
declare(const char *revision, bool is_whole, struct declared_thing *things, size_t count)
{
    const struct declaration declaration = {.whole = is_whole, .things = {things, count}};
    struct declare_answer answer = declare_in("demo", revision, &declaration);
    cr_assert_eq(answer.end, LEDGER_DONE, "%s", answer.why.message);
    cr_assert(text_equals(answer.revision, text_of(revision)));
}

static int64_t
rows_with(const char *words)
{
    return rig_count(text_c_string(
        rig.arena,
        text_format(rig.arena, "SELECT count(*) FROM audit_waiting WHERE line LIKE '%%%s%%'", words)));
}

static int64_t
row_count(void)
{
    return rig_count("SELECT count(*) FROM audit_waiting");
}

ON_BOTH(ledger_declared, what_is_new_changed_and_gone_is_a_row_each_and_what_stays_is_none)
{
    struct declared_thing things[] = {thing(AUDIT_POLICY_CHANGED, "ModelPolicy a/a", ONE),
                                      thing(AUDIT_KEY_CREATED, "caller demo/ada key 1", ONE),
                                      thing(AUDIT_APPROVAL_GIVEN, "ModelPolicy a/effective", ONE)};
    given_ledger();
    given_book("b1", true, "demo");
    declare("r1", true, things, 3);
    cr_assert_eq(row_count(), 3);
    cr_assert_eq(rows_with("\"reason\":\"new\""), 3);
    cr_assert_eq(rows_with("\"workspace\":\"demo\""), 3);

    declare("r2", true, things, 3);
    cr_assert_eq(row_count(), 3);

    things[0].digest = TWO;
    declare("r3", true, things, 1);
    cr_assert_eq(row_count(), 5, "an approval that is gone is no row");
    cr_assert_eq(rows_with("changed, was 1111"), 1);
    cr_assert_eq(rig_count("SELECT count(*) FROM audit_waiting WHERE line LIKE '%KeyRevoked%'"), 1);
    cr_assert_eq(rig_count("SELECT count(*) FROM declared"), 1);

    things[0].digest = ONE;
    declare("r1", true, things, 1);
    cr_assert_eq(rows_with("changed, was 2222"), 1, "a change back is a change");
}

ON_BOTH(ledger_declared, a_declaration_that_is_not_whole_says_nothing_of_what_is_not_in_it)
{
    struct declared_thing things[] = {thing(AUDIT_POLICY_CHANGED, "ModelPolicy a/a", ONE),
                                      thing(AUDIT_POLICY_CHANGED, "ModelPolicy a/b", ONE)};
    given_ledger();
    given_book("b1", true, "demo");
    declare("r1", true, things, 2);
    declare("r2", false, things, 1);
    declare("r3", false, NULL, 0);
    cr_assert_eq(row_count(), 2);
    declare("r4", true, things, 2);
    cr_assert_eq(row_count(), 2);
}

ON_BOTH(ledger_declared, workspaces_and_the_organisation_know_nothing_of_each_other)
{
    struct declared_thing one = thing(AUDIT_POLICY_CHANGED, "ModelPolicy a/a", ONE);
    const struct declaration has_one = {.whole = true, .things = {&one, 1}}, has_none = {.whole = true};
    given_ledger();
    cr_assert_eq(declare_in("", "r1", &has_one).end, LEDGER_DONE, "the organisation is in every book");
    given_book("b1", true, "demo other");
    cr_assert_eq(declare_in("demo", "r1", &has_one).end, LEDGER_DONE);
    cr_assert_eq(declare_in("other", "r1", &has_one).end, LEDGER_DONE);
    cr_assert_eq(rows_with("\"reason\":\"new\""), 3);
    cr_assert_eq(declare_in("other", "r2", &has_none).end, LEDGER_DONE);
    cr_assert_eq(row_count(), 4);
    cr_assert_eq(rig_count("SELECT count(*) FROM declared WHERE workspace <> 'other'"), 2);
}

ON_BOTH(ledger_declared, what_is_only_asked_for_is_answered_with_what_there_is)
{
    given_ledger();
    given_book("b1", true, "demo");
    cr_assert(text_is_empty(declare_in("demo", "r1", NULL).revision));
    declare("r1", true, NULL, 0);
    cr_assert(text_equals(declare_in("demo", "r1", NULL).revision, TEXT("r1")));
    cr_assert(text_equals(declare_in("demo", "r2", NULL).revision, TEXT("r1")));
}

ON_BOTH(ledger_declared, a_workspace_that_is_in_no_book_is_refused)
{
    const struct declaration nothing = {.whole = true};
    given_ledger();
    given_book("b1", true, "other");
    struct declare_answer answer = declare_in("demo", "r1", &nothing);
    cr_assert_eq(answer.end, LEDGER_REFUSED);
    cr_assert(strstr(answer.why.message, "what workspace \"demo\" declares"), "%s", answer.why.message);
}

ON_BOTH(ledger_declared, a_workspace_that_leaves_the_book_ends_with_a_row_for_each_thing)
{
    struct declared_thing things[] = {thing(AUDIT_WORKSPACE_CHANGED, "Workspace demo", ONE),
                                      thing(AUDIT_KEY_CREATED, "caller demo/ada key 1", ONE)};
    given_ledger();
    given_book("b1", true, "demo other");
    declare("r1", true, things, 2);
    given_book("b2", false, "other");
    cr_assert_eq(row_count(), 2, "it is not known whether it is gone");
    given_book("b3", true, "other");
    cr_assert_eq(row_count(), 4);
    cr_assert_eq(rows_with("removed, was 1111"), 2);
    cr_assert_eq(rows_with("KeyRevoked"), 1);
    cr_assert_eq(rig_count("SELECT count(*) FROM declared"), 0);
    given_book("b4", true, "other");
    cr_assert_eq(row_count(), 4);

    given_book("b5", true, "demo other");
    declare("r1", true, things, 2);
    cr_assert_eq(rows_with("\"reason\":\"new\""), 4, "it is another of that name");
}

ON_BOTH(ledger_declared, what_comes_to_two_ledgers_at_once_is_compared_one_after_the_other)
{
    enum { ROUNDS = 10 };
    given_ledger();
    given_book("b1", true, "demo");
    struct ledger *other = given_ledger_on(rig_open_another());
    for (int i = 0; i < ROUNDS; i++) {
        struct declared_thing before = thing(AUDIT_POLICY_CHANGED, "ModelPolicy a/a", ONE), after = before;
        after.digest = TWO;
        const struct declaration first = {.whole = true, .things = {&before, 1}};
        const struct declaration second = {.whole = true, .things = {&after, 1}};
        struct declared a, b;
        begin_declare(&a, the_ledger(), "demo", "r1", &first);
        begin_declare(&b, other, "demo", "r2", &second);
        cr_assert_eq(declare_end(&a).end, LEDGER_DONE, "%s", a.answer.why.message);
        cr_assert_eq(declare_end(&b).end, LEDGER_DONE, "%s", b.answer.why.message);
    }
    int64_t to_two = rows_with("changed, was 1111"), to_one = rows_with("changed, was 2222");
    cr_assert_eq(rows_with("\"reason\":\"new\""), 1);
    cr_assert(to_two - to_one <= 1 && to_one - to_two <= 1, "%lld there, %lld back", (long long)to_two,
              (long long)to_one);
}

ON_BOTH(ledger_declared, a_book_that_ends_a_workspace_while_it_declares_leaves_nothing_half)
{
    enum { ROUNDS = 10 };
    struct declared_thing one = thing(AUDIT_WORKSPACE_CHANGED, "Workspace demo", ONE);
    const struct declaration has_one = {.whole = true, .things = {&one, 1}};
    struct text demo = TEXT("demo");
    given_ledger();
    struct ledger *other = given_ledger_on(rig_open_another());
    for (int i = 0; i < ROUNDS; i++) {
        const struct budget_book without = {.revision = TEXT("without"), .whole = true};
        const struct budget_book with = {.revision = TEXT("with"), .whole = true, .workspaces = {&demo, 1}};
        struct declared declared;
        struct asked asked;
        begin_book(&asked, the_ledger(), &with);
        cr_assert_eq(asked_end(&asked).end, LEDGER_DONE, "%s", asked.outcome.why.message);
        begin_declare(&declared, other, "demo", "r1", &has_one);
        begin_book(&asked, the_ledger(), &without);
        enum ledger_end end = declare_end(&declared).end;
        cr_assert(end == LEDGER_DONE || end == LEDGER_REFUSED, "%s", declared.answer.why.message);
        cr_assert_eq(asked_end(&asked).end, LEDGER_DONE, "%s", asked.outcome.why.message);
        cr_assert_eq(rig_count("SELECT count(*) FROM declared"), 0);
    }
    cr_assert_eq(rows_with("\"reason\":\"new\""), rows_with("removed, was 1111"));
}

struct heard {
    bool is_answered;
    struct in_force_answer answer;
};

static void
on_in_force(void *owner, const struct in_force_answer *answer)
{
    struct heard *heard = owner;
    heard->is_answered = true;
    heard->answer = *answer;
}

static struct text
callers_in(const struct ledger_scope *scope, const char *workspace)
{
    const struct in_force_question question = {
        .scope = scope, .list = IN_FORCE_CALLERS, .workspace = text_of(workspace)};
    struct heard heard = {0};
    struct buffer json;
    ledger_in_force(the_ledger(), rig.arena, &question, on_in_force, &heard);
    rig_until(&heard.is_answered);
    cr_assert_eq(heard.answer.end, LEDGER_DONE, "%s", heard.answer.why.message);
    struct document *list = document_new_list(rig.arena);
    for (size_t i = 0; i < heard.answer.count; i++)
        document_append(list, heard.answer.items[i].item);
    buffer_init(&json, rig.arena, 256);
    json_print(list, &json);
    return buffer_text(&json);
}

#define expect_callers(SCOPE, WORKSPACE, WANTED)                                                             \
    cr_assert(text_equals(callers_in(SCOPE, WORKSPACE), TEXT(WANTED)), "%.*s",                               \
              TEXT_ARG(callers_in(SCOPE, WORKSPACE)))

ON_BOTH(ledger_declared, who_may_call_is_kept_as_each_workspace_said_it_last_as_a_whole)
{
    struct declared_caller ada = {.workspace = TEXT("demo"), .name = TEXT("ada"), .expires = FIELD_UNSET};
    struct declared_caller bob = {.workspace = TEXT("other"), .name = TEXT("bob"), .expires = FIELD_UNSET};
    struct declaration declaration = {.whole = true, .callers = {&ada, 1}};
    struct text others[] = {TEXT("other")};
    const struct ledger_scope all = {.is_all = true}, his = {.workspaces = {others, 1}};
    given_ledger();
    given_book("b1", true, "demo other");
    expect_callers(&all, "", "[]");
    cr_assert_eq(declare_in("demo", "r1", &declaration).end, LEDGER_DONE);
    declaration.callers.items = &bob;
    cr_assert_eq(declare_in("other", "r1", &declaration).end, LEDGER_DONE);
    declaration = (struct declaration){0};
    cr_assert_eq(declare_in("demo", "r2", &declaration).end, LEDGER_DONE);

    expect_callers(&all, "",
                   "[{\"workspace\":\"demo\",\"name\":\"ada\"},{\"workspace\":\"other\",\"name\":\"bob\"}]");
    expect_callers(&all, "demo", "[{\"workspace\":\"demo\",\"name\":\"ada\"}]");
    expect_callers(&his, "", "[{\"workspace\":\"other\",\"name\":\"bob\"}]");
    expect_callers(&his, "demo", "[]");
    given_book("b2", true, "other");
    expect_callers(&all, "", "[{\"workspace\":\"other\",\"name\":\"bob\"}]");
}

static struct in_force_answer
limits_from(const char *workspace, int64_t index)
{
    static const struct ledger_scope all = {.is_all = true};
    const struct in_force_question question = {
        .scope = &all, .list = IN_FORCE_LIMITS, .from = {text_of(workspace), index}};
    struct heard heard = {0};
    ledger_in_force(the_ledger(), rig.arena, &question, on_in_force, &heard);
    rig_until(&heard.is_answered);
    cr_assert_eq(heard.answer.end, LEDGER_DONE, "%s", heard.answer.why.message);
    return heard.answer;
}

static void
expect_item(const struct in_force_answer *answer, size_t at, const char *workspace, int64_t index)
{
    cr_assert_lt(at, answer->count);
    cr_assert(text_equals(answer->items[at].place.workspace, text_of(workspace)));
    cr_assert_eq(answer->items[at].place.index, index);
}

/* A list as long as one answer may be, so that no other fits beside it. */
static struct text
long_list(void)
{
    enum { LETTERS = 2000000 };
    char *list = arena_alloc_array(rig.arena, LETTERS + 9, 1);
    memset(list, 'x', LETTERS + 8);
    memcpy(list, "[1,\"", 4);
    memcpy(list + LETTERS + 6, "\"]", 2);
    return (struct text){list, LETTERS + 8};
}

ON_BOTH(ledger_declared, what_is_in_force_is_read_in_parts_that_follow_each_other)
{
    given_ledger();
    rig_sql("INSERT INTO declaration (workspace, revision, changes, callers, prices, limits) VALUES "
            "('a', '', 0, '[]', '[]', '[1,2,3]'), ('b', '', 0, '[]', '[]', '[]'), ('c', '', 0, '[]', '[]', "
            "'[4]'), ('e', '', 0, '[]', '[]', '[5]')");
    const struct sql_value list = sql_text(long_list());
    struct sql_work *work = sql_work_new(rig.arena, rig.db);
    sql_work_add(
        work,
        "INSERT INTO declaration (workspace, revision, changes, callers, prices, limits) VALUES ('d', "
        "'', 0, '[]', '[]', $1)",
        &list, 1);
    cr_assert_eq(rig_run(work).end, SQL_COMMITTED);

    struct in_force_answer part = limits_from("", 0);
    cr_assert_eq(part.count, 6u);
    cr_assert(part.is_cut);
    expect_item(&part, 0, "a", 0);
    expect_item(&part, 3, "c", 0);
    expect_item(&part, 5, "d", 1);
    cr_assert(text_equals(part.rest.workspace, TEXT("d")));
    part = limits_from("d", part.rest.index);
    cr_assert(part.count == 1 && !part.is_cut);
    expect_item(&part, 0, "e", 0);
    part = limits_from("d", 1);
    cr_assert(part.count == 1 && part.is_cut);
    expect_item(&part, 0, "d", 1);
    part = limits_from("a", 2);
    expect_item(&part, 0, "a", 2);
    expect_item(&part, 1, "c", 0);
}
