/* The paths of printer columns. */
#include <criterion/criterion.h>

#include "api/cli/json_path.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json.h"

static const char object[] =
    "{\"metadata\":{\"name\":\"retail\"},\"status\":{\"conditions\":["
    "{\"type\":\"Stalled\",\"status\":\"False\"},{\"type\":\"Ready\",\"status\":\"True\"}]},"
    "\"spec\":{\"environments\":[{\"name\":\"dev\"},{\"name\":\"prod\"}]}}";

static void
expect_value(const char *path, const char *expected)
{
    struct arena *arena = arena_new(0);
    struct document *document = NULL;
    struct error err;
    cr_assert(json_parse(arena, text_of(object), TEXT("object"), &document, &err), "%s", err.message);

    const struct document *value = json_path_find(document, text_of(path));

    if (expected)
        cr_assert(text_equals(document_text(value), text_of(expected)), "%s", path);
    else
        cr_assert_null(value, "%s", path);
    arena_free(arena);
}

Test(json_path, walks_names)
{
    expect_value(".metadata.name", "retail");
}

Test(json_path, walks_indices)
{
    expect_value(".spec.environments[1].name", "prod");
}

Test(json_path, finds_a_condition_by_its_type)
{
    expect_value(".status.conditions[?(@.type==\"Ready\")].status", "True");
}

Test(json_path, finds_nothing_where_nothing_is)
{
    expect_value(".status.conditions[?(@.type==\"Accepted\")].status", NULL);
    expect_value(".spec.environments[2].name", NULL);
    expect_value(".metadata.labels.team", NULL);
    expect_value("metadata", NULL);
    expect_value(".spec.environments[?(@.name=)]", NULL);
}
