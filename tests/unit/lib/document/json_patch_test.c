#include "lib/document/json_patch.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/json.h"

static struct arena *arena;

static void
given_an_arena(void)
{
    arena = arena_new(0);
}

static void
end_it(void)
{
    arena_free(arena);
}

TestSuite(json_patch, .init = given_an_arena, .fini = end_it);

static const struct document *
json(const char *text)
{
    struct document *document = NULL;
    struct error err = {0};
    cr_assert(json_parse(arena, text_of(text), (struct text){0}, &document, &err), "%s: %s", text,
              err.message);
    return document;
}

static struct text
printed(const struct document *document)
{
    struct buffer out;
    buffer_init(&out, arena, 256);
    json_print(document, &out);
    return buffer_text(&out);
}

/* Applies a whole RFC 6902 document; NULL when an operation fails, and then *err says why. */
static const struct document *
patched(const char *before, const char *patches, struct error *err)
{
    static const char *const names[] = {"add", "remove", "replace", "move", "copy", "test"};
    const struct document *document = json(before), *list = json(patches);
    for (size_t i = 0; i < document_count(list); i++) {
        const struct document *one = document_at(list, i);
        struct json_patch patch = {.path = document_text(document_get(one, "path")),
                                   .from = document_text(document_get(one, "from")),
                                   .value = document_get(one, "value")};
        for (size_t j = 0; j < COUNT_OF(names); j++)
            if (text_equals(document_text(document_get(one, "op")), text_of(names[j])))
                patch.op = (enum json_patch_op)j;
        if (!json_patch_apply(arena, document, &patch, &document, err))
            return NULL;
    }
    return document;
}

static void
expect(const char *before, const char *patches, const char *after)
{
    struct error err = {0};
    const struct document *made = patched(before, patches, &err);
    cr_assert(made, "%s", err.message);
    cr_expect(document_equals(made, json(after)), "%.*s", TEXT_ARG(printed(made)));
}

static void
expect_refused(const char *before, const char *patches, const char *why)
{
    struct error err = {0};
    cr_expect_not(patched(before, patches, &err));
    cr_expect(strstr(err.message, why), "%s", err.message);
}

/* RFC 6902, appendix A, in its order. */
Test(json_patch, does_what_the_examples_of_rfc_6902_do)
{
    expect("{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]",
           "{\"baz\":\"qux\",\"foo\":\"bar\"}");
    expect("{\"foo\":[\"bar\",\"baz\"]}", "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
           "{\"foo\":[\"bar\",\"qux\",\"baz\"]}");
    expect("{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"remove\",\"path\":\"/baz\"}]",
           "{\"foo\":\"bar\"}");
    expect("{\"foo\":[\"bar\",\"qux\",\"baz\"]}", "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]",
           "{\"foo\":[\"bar\",\"baz\"]}");
    expect("{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]",
           "{\"baz\":\"boo\",\"foo\":\"bar\"}");
    expect("{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}",
           "[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]",
           "{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}");
    expect("{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}",
           "[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]",
           "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}");
    expect("{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}",
           "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"qux\"},{\"op\":\"test\",\"path\":\"/foo/"
           "1\",\"value\":2}]",
           "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}");
    expect_refused("{\"baz\":\"qux\"}", "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"bar\"}]",
                   "has another value");
    expect("{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}}}]",
           "{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}");
    expect_refused("{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]",
                   "there is no \"baz\"");
    expect("{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":10}]",
           "{\"/\":9,\"~1\":10}");
    expect_refused("{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":\"10\"}]",
                   "has another value");
    expect("{\"foo\":[\"bar\"]}", "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]",
           "{\"foo\":[\"bar\",[\"abc\",\"def\"]]}");
}

Test(json_patch, copies_and_replaces_the_whole)
{
    expect("{\"a\":{\"b\":1}}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/c\"}]",
           "{\"a\":{\"b\":1},\"c\":{\"b\":1}}");
    expect("{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[2]}]", "[2]");
    expect("{\"a\":[1]}", "[{\"op\":\"move\",\"from\":\"/a/0\",\"path\":\"/a/0\"}]", "{\"a\":[1]}");
}

Test(json_patch, refuses_pointers_that_lead_nowhere)
{
    expect_refused("{}", "[{\"op\":\"remove\",\"path\":\"/a\"}]", "there is no \"a\"");
    expect_refused("{}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":1}]", "there is no \"a\"");
    expect_refused("{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/2\",\"value\":1}]",
                   "no place in a list of 1");
    expect_refused("{\"a\":[1]}", "[{\"op\":\"remove\",\"path\":\"/a/-\"}]", "no place in a list of 1");
    expect_refused("{\"a\":[1,2]}", "[{\"op\":\"remove\",\"path\":\"/a/01\"}]", "no place");
    expect_refused("{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":1}]",
                   "neither a map nor a list");
    expect_refused("{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a~2\",\"value\":1}]", "not a JSON pointer");
    expect_refused("{\"a\":1}", "[{\"op\":\"copy\",\"from\":\"/b\",\"path\":\"/c\"}]",
                   "from /b: it is not there");
    expect_refused("{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]",
                   "moved into itself");
}

Test(json_patch, leaves_the_old_document_as_it_was)
{
    const struct document *before = json("{\"a\":{\"b\":[1,2]}}"), *after = NULL;
    struct json_patch patch = {.op = JSON_PATCH_REMOVE, .path = TEXT("/a/b/0")};

    cr_assert(json_patch_apply(arena, before, &patch, &after, NULL));

    cr_expect(document_equals(before, json("{\"a\":{\"b\":[1,2]}}")));
    cr_expect(document_equals(after, json("{\"a\":{\"b\":[2]}}")));
}

Test(json_patch, does_not_let_copies_of_copies_grow_without_bound)
{
    const struct document *document = json("{\"a\":[1,2,3,4,5,6,7,8]}");
    struct json_patch patch = {.op = JSON_PATCH_COPY, .path = TEXT("/a/-"), .from = TEXT("/a")};
    struct error err = {0};
    int copies = 0;
    while (copies < 100 && json_patch_apply(arena, document, &patch, &document, &err))
        copies++;

    cr_expect_lt(copies, 20);
    cr_expect(strstr(err.message, "more than"), "%s", err.message);
}
