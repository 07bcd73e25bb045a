/* What is still to be said to the ledger. */
#include "operator/control/declarations.h"

#include <criterion/criterion.h>

#include "api/types/ledger_frames.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"

static struct arena *arena;
static struct declarations *declarations;

static void
given_none(void)
{
    arena = arena_new(0);
    declarations = declarations_new(arena);
}

static void
end(void)
{
    arena_free(arena);
}

TestSuite(declarations, .init = given_none, .fini = end);

static bool
set_things(const char *workspace, const char *revision, size_t count, struct error *err)
{
    scoped_arena struct arena *own = arena_new(0);
    struct ledger_declare declare = {.workspace = text_copy(own, text_of(workspace)),
                                     .revision = text_copy(own, text_of(revision))};
    declare.declaration.source = document_new_map(own);
    declare.declaration.things.items = arena_alloc_array(own, count, sizeof(struct declared_thing));
    for (size_t i = 0; i < count; i++)
        declare.declaration.things.items[declare.declaration.things.count++] = (struct declared_thing){
            .subject = text_format(own, "thing %zu", i),
            .digest = TEXT("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
            .actor = TEXT("file")};
    return declarations_set(declarations, &declare, err);
}

static void
set(const char *workspace, const char *revision)
{
    struct error err = {0};
    cr_assert(set_things(workspace, revision, 1, &err), "%s", err.message);
}

static void
given_book(struct text first, struct text second)
{
    struct text names[] = {first, second};
    declarations_set_workspaces(declarations,
                                &(struct text_list){names, (size_t)(first.length > 0) + (second.length > 0)});
}

/* Its message has what was set, or is empty. */
static void
expect_next(const char *workspace, const char *revision, bool has_message)
{
    struct declaration_to_say next;
    cr_assert(declarations_next(declarations, &next), "nothing is to be said");
    cr_assert(text_equals(next.workspace, text_of(workspace)), "%.*s", TEXT_ARG(next.workspace));
    cr_assert(text_equals(next.revision, text_of(revision)), "%.*s", TEXT_ARG(next.revision));
    cr_assert_eq(next.message.length > 0, has_message);
    struct ledger_frame frame;
    struct error err = {0};
    if (has_message) {
        cr_assert(ledger_frame_parse(arena, next.message, &frame, &err), "%s", err.message);
        cr_assert_eq(frame.type, LEDGER_DECLARE);
        cr_assert(text_equals(frame.declare.revision, text_of(revision)));
        cr_assert_eq(frame.declare.declaration.things.count, 1u);
    }
}

static void
expect_nothing(void)
{
    struct declaration_to_say next;
    cr_assert_not(declarations_next(declarations, &next), "%.*s %.*s", TEXT_ARG(next.workspace),
                  TEXT_ARG(next.revision));
}

static bool
hear(const char *workspace, const char *revision, bool wants)
{
    bool is_wanted;
    bool is_known = declarations_hear(declarations, text_of(workspace), text_of(revision), &is_wanted);
    cr_assert_eq(is_wanted, wants);
    return is_known;
}

Test(declarations, are_said_one_after_the_other_when_their_workspace_is_in_the_book)
{
    set("demo", "d1");
    expect_nothing();
    set("", "o1");
    expect_next("", "o1", true);
    cr_assert(hear("", "o1", false));
    expect_nothing();
    given_book(TEXT("demo"), TEXT("other"));
    expect_next("demo", "d1", true);
    cr_assert(hear("demo", "d1", false));
    expect_nothing();
    set("demo", "d1");
    expect_nothing();
    set("demo", "d2");
    expect_next("demo", "d2", true);
}

Test(declarations, are_only_asked_for_on_the_next_stream_and_said_again_if_the_ledger_has_another)
{
    set("", "o1");
    cr_assert(hear("", "o1", false));
    declarations_begin(declarations);
    expect_next("", "o1", false);
    cr_assert(hear("", "o1", false));
    expect_nothing();

    declarations_begin(declarations);
    cr_assert_not(hear("", "o0", true));
    expect_nothing();
    set("", "o1");
    expect_next("", "o1", true);
    cr_assert(hear("", "o1", false));
    expect_nothing();
}

Test(declarations, that_were_set_while_another_was_out_are_still_to_be_said)
{
    set("", "o1");
    set("", "o2");
    cr_assert_not(hear("", "o1", false));
    expect_next("", "o2", true);
}

Test(declarations, that_the_ledger_did_not_take_keep_no_other_back)
{
    given_book(TEXT("demo"), (struct text){0});
    set("", "o1");
    set("demo", "d1");
    declarations_put_aside(declarations, TEXT(""));
    expect_next("demo", "d1", true);
    cr_assert(hear("demo", "d1", false));
    expect_nothing();
    declarations_begin(declarations);
    expect_next("demo", "d1", false);
    declarations_take_up(declarations);
    expect_next("", "o1", true);
    declarations_put_aside(declarations, TEXT(""));
    set("", "o2");
    expect_next("", "o2", true);
}

Test(declarations, of_a_workspace_that_left_the_book_are_forgotten)
{
    given_book(TEXT("demo"), (struct text){0});
    set("demo", "d1");
    set("other", "x1");
    given_book(TEXT("demo"), TEXT("other"));
    cr_assert(hear("demo", "d1", false));
    given_book(TEXT("other"), (struct text){0});
    declarations_begin(declarations);
    expect_next("other", "x1", true);
    cr_assert_not(hear("demo", "d1", false));
    given_book(TEXT("demo"), (struct text){0});
    expect_nothing();
    set("demo", "d1");
    expect_next("demo", "d1", true);
}

Test(declarations, that_are_more_than_a_ledger_reads_leave_what_was_before)
{
    struct error err = {0};
    set("", "o1");
    cr_assert_not(set_things("", "o2", DECLARATION_MAX_ITEMS + 1, &err));
    cr_assert_eq(err.kind, ERROR_INVALID);
    expect_next("", "o1", true);
}
