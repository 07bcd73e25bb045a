/* What workspaces declare, on the same stream as the book. */
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"
#include "tests/unit/operator/control/played_ledger.h"

TestSuite(book_publisher_declare, .init = given_played_ledger, .fini = end_played_ledger, .timeout = 30);

static void
publish_workspace(const char *revision)
{
    struct text name = TEXT("demo");
    const struct budget_book book = {.revision = text_of(revision), .workspaces = {&name, 1}, .whole = true};
    struct error err = {0};
    cr_assert(book_publisher_publish(played.publisher, &book, &err), "%s", err.message);
}

static bool
declare_callers(const char *workspace, const char *revision, size_t count, struct error *err)
{
    scoped_arena struct arena *own = arena_new(0);
    struct ledger_declare declare = {.workspace = text_of(workspace), .revision = text_of(revision)};
    struct declared_caller_list *callers = &declare.declaration.callers;
    declare.declaration.source = document_new_map(own);
    callers->items = arena_alloc_array(own, count, sizeof(*callers->items));
    while (callers->count < count)
        callers->items[callers->count++] = (struct declared_caller){
            .workspace = text_of(workspace), .name = TEXT("ada"), .expires = FIELD_UNSET};
    return book_publisher_declare(played.publisher, &declare, err);
}

static void
declare(const char *workspace, const char *revision)
{
    struct error err = {0};
    cr_assert(declare_callers(workspace, revision, 1, &err), "%s", err.message);
}

static void
say_declared(const char *workspace, const char *revision)
{
    say(&(struct ledger_frame){.type = LEDGER_DECLARED,
                               .declared = {.workspace = text_of(workspace), .revision = text_of(revision)}});
}

/* Book r1 and what demo declares, d1, and both are known. */
static void
given_declared(void)
{
    declare("demo", "d1");
    publish_workspace("r1");
    expect_said("r1");
    say_booked("r1");
    run_on(); /* it is booked */
    expect_said("d1");
    cr_assert(text_equals(played.declare.workspace, TEXT("demo")));
    cr_assert_eq(played.declare.declaration.callers.count, 1u);
    say_declared("demo", "d1");
    run_on();
    cr_assert_eq(played.declared_count, 1);
    cr_assert(text_equals(played.declared_of, TEXT("demo")) && text_is_empty(played.undeclared));
}

Test(book_publisher_declare, says_what_a_workspace_declares_after_the_book)
{
    given_declared();
    declare("demo", "d1");
    declare("demo", "d2");
    expect_said("d2");
    publish_workspace("r2"); /* goes before what comes after */
    declare("demo", "d3");
    say_declared("demo", "d2");
    expect_said("r2");
    say_booked("r2");
    run_on();
    expect_said("d3");
}

Test(book_publisher_declare, asks_on_the_next_stream_and_tells_what_the_ledger_lost)
{
    given_declared();
    websocket_stream_close(played.stream);
    expect_said("r1");
    say_booked("r1");
    run_on();
    expect_said("d1");
    cr_assert_null(played.declare.declaration.source, "it is only asked for");
    say_declared("demo", "d0");
    run_on();
    cr_assert(text_equals(played.wanted, TEXT("demo")));
    declare("demo", "d1");
    expect_said("d1");
    cr_assert_eq(played.declare.declaration.callers.count, 1u);
}

Test(book_publisher_declare, tells_why_a_declaration_is_refused_and_books_go_on)
{
    declare("demo", "d1");
    publish_workspace("r1");
    expect_said("r1");
    say_booked("r1");
    run_on();
    expect_said("d1");
    say(&(struct ledger_frame){.type = LEDGER_REFUSE, .refuse = {.reason = TEXT("too many")}});
    run_on();
    cr_assert(text_equals(played.declared_of, TEXT("demo")) &&
              text_equals(played.undeclared, TEXT("too many")));
    cr_assert_eq(played.refusal_count, 0);
    expect_said("r1");
    say_booked("r1");
    run_on();
    cr_assert(book_publisher_is_booked(played.publisher));
    publish_workspace("r2");
    expect_said("r2");
}

Test(book_publisher_declare, believes_no_answer_to_another_declaration)
{
    given_declared();
    declare("demo", "d2");
    expect_said("d2");
    say_declared("demo", "d1");
    run_on();
    cr_assert(
        text_equals(played.undeclared, TEXT("the ledger says it has d1 of workspace \"demo\", and d2 of "
                                            "\"demo\" was sent")),
        "%.*s", TEXT_ARG(played.undeclared));
}

Test(book_publisher_declare, sends_no_declaration_that_a_ledger_cannot_read_and_the_book_all_the_same)
{
    struct error err = {0};
    cr_assert_not(declare_callers("demo", "d1", DECLARATION_MAX_ITEMS + 1, &err));
    cr_assert_eq(err.kind, ERROR_INVALID);
    publish_workspace("r1");
    expect_said("r1");
    say_booked("r1");
    run_on();
    cr_assert(book_publisher_is_booked(played.publisher));
}
