/* Parameters: all that is wrong is told at once, and nothing that is wrong looks like no filter. */
#include "api/server/rest/rest_query.h"

#include <criterion/criterion.h>

#include "api/types/rest_questions.h"
#include "tests/support/arena_fixture.h"

TestSuite(rest_query, .init = given_arena, .fini = end_arena);

static struct usage_query
read_usage(const char *query)
{
    struct usage_query read;
    struct text wrong = {0};
    cr_assert(rest_query_read(arena, &usage_query_schema, text_of(query), &read, &wrong), "%.*s",
              TEXT_ARG(wrong));
    return read;
}

static struct text
expect_wrong(const struct schema *schema, const char *query)
{
    char value[1024];
    struct text wrong = {0};
    cr_assert_not(rest_query_read(arena, schema, text_of(query), value, &wrong), "%s", query);
    cr_assert(wrong.length > 0);
    return wrong;
}

static void
expect_words(const char *query, const char *words)
{
    struct text wrong = expect_wrong(&usage_query_schema, query);
    cr_assert(text_find(wrong, text_of(words)) >= 0, "%s: %.*s", query, TEXT_ARG(wrong));
}

Test(rest_query, without_parameters_has_their_defaults)
{
    struct usage_query query = read_usage("");
    cr_assert_eq(query.by.count, 0);
    cr_assert_eq(query.from, FIELD_UNSET);
    cr_assert_eq(query.limit, 1000);
    cr_assert_eq(query.format, REST_JSON);
    cr_assert(text_is_empty(query.workspace));
}

Test(rest_query, reads_lists_times_numbers_and_words)
{
    struct usage_query query =
        read_usage("by=model,team&from=1970-01-01T00:00:01Z&limit=5&format=csv&workspace=a");
    cr_assert_eq(query.by.count, 2);
    cr_assert(text_equals(query.by.items[1], TEXT("team")));
    cr_assert_eq(query.from, 1000);
    cr_assert_eq(query.limit, 5);
    cr_assert_eq(query.format, REST_CSV);
    cr_assert(text_equals(query.workspace, TEXT("a")));
}

Test(rest_query, unescapes_names_and_values_as_forms_are)
{
    struct usage_query query = read_usage("c%61ller=Ada%20L.+%26+co%2B&model=1");
    cr_assert(text_equals(query.caller, TEXT("Ada L. & co+")));
    cr_assert(text_equals(query.model, TEXT("1")));
}

Test(rest_query, names_everything_that_is_wrong_at_once)
{
    struct text wrong =
        expect_wrong(&usage_query_schema, "by=colour&limit=0&from=soon&workspce=a&team=b&team=c");
    static const char *const words[] = {"by[0]: \"colour\" is not one of workspace",
                                        "limit: 0 is not between 1 and",
                                        "from: \"soon\" is not a time",
                                        "workspce: unknown field",
                                        "team: is there twice",
                                        "there is by, from, until, over, workspace"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        cr_assert(text_find(wrong, text_of(words[i])) >= 0, "%s: %.*s", words[i], TEXT_ARG(wrong));
}

Test(rest_query, refuses_what_is_not_meant)
{
    expect_words("by=team,team", "by[1]");
    expect_words("by=team,", "by[1]");
    expect_words("by=,", "by[0]");
    expect_words("limit=1e3", "limit");
    expect_words("limit=", "limit");
    expect_words("limit=10001", "limit");
    expect_words("format=xml", "format");
    expect_words("workspace=%zz", "escaped");
    expect_words("workspace=%ff", "UTF-8");
    expect_words("workspace=%00", "escaped");
    expect_words("a%ff=1", "UTF-8");
    expect_words("&", "unknown");
    expect_words("from=2026-11-02T00:00:00Z&until=2026-11-01T00:00:00Z", "until must be later than from");
    cr_assert(text_find(expect_wrong(&call_path_schema, "a=1"), TEXT("required")) >= 0);
}

Test(rest_query, bounds_how_many_parameters_there_are)
{
    char query[2 * (REST_MAX_PARAMETERS + 1) + 1];
    for (size_t i = 0; i < sizeof(query) - 1; i++)
        query[i] = i % 2 == 0 ? 'a' : '&';
    query[sizeof(query) - 1] = '\0';
    expect_words(query, "more than 64");
}

Test(rest_query, tells_no_more_of_a_long_name_than_a_line_holds)
{
    char query[4000];
    memset(query, 'x', sizeof(query));
    query[sizeof(query) - 1] = '\0';
    cr_assert_lt(expect_wrong(&usage_query_schema, query).length, 1000);
}
