/* Whose usage is in an answer, in every route: what is another's is in no row, sum, count, status or word. */
#include "lib/net/http_headers.h"
#include "tests/unit/api/server/rest/rest_client.h"

TestSuite(rest_scope, .timeout = 120);

/* Whether there is such a workspace makes no difference, in no route. */
ON_BOTH(rest_scope, who_asks_about_a_workspace_that_he_may_not_see_is_denied)
{
    given_rest();
    static const char *const routes[] = {"usage",  "movers", "calls", "requests",      "budgets", "callers",
                                         "prices", "limits", "audit", "exports/focus", "runtime", "costs"};
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        struct text of_other = text_format(rig.arena, "GET /v1/%s?workspace=other", routes[i]);
        struct text of_none = text_format(rig.arena, "GET /v1/%s?workspace=no-such", routes[i]);
        struct reply *other = ask_as("demo", text_c_string(rig.arena, of_other), "");
        struct reply *none = ask_as("demo", text_c_string(rig.arena, of_none), "");
        expect_error(other, 403, "denied");
        expect_error(none, 403, "denied");
        cr_assert(text_equals(document_text(document_get(json_of(other), "error.message")),
                              document_text(document_get(json_of(none), "error.message"))));
        struct text of_own = text_format(rig.arena, "GET /v1/%s?workspace=demo", routes[i]);
        cr_assert_eq(ask_as("demo", text_c_string(rig.arena, of_own), "")->status, 200);
        cr_assert(text_equals(rest_asked_about, TEXT("demo")), "%s", routes[i]);
    }
    expect_error(ask_as("demo", "GET /v1/audit/export", ""), 403, "denied");
    expect_error(ask_as("demo", "GET /allocation?window=1d&workspace=other", ""), 403, "denied");
    cr_assert_eq(ask_as("demo", "GET /allocation?window=1d&workspace=demo", "")->status, 200);
}

ON_BOTH(rest_scope, who_may_see_nothing_learns_nothing_of_any_call)
{
    given_rest();
    static const char *const lines[] = {"GET /v1/usage",     "GET /v1/calls",           "GET /v1/calls/01A",
                                        "GET /v1/calls/01Z", "GET /v1/calls/01A/tries", "GET /v1/limits",
                                        "GET /v1/requests"};
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        expect_error(ask_as("none", lines[i], ""), 403, "denied");
    cr_assert_eq(ask_as("none", "GET /openapi.json", "")->status, 200, "which holds nothing of anybody");
}

ON_BOTH(rest_scope, what_cannot_be_found_out_of_an_asker_is_said)
{
    given_rest();
    expect_error(ask_as("demo", "GET /v1/usage", "X-Verdict: 2\r\n"), 403, "denied");
    expect_error(ask_as("demo", "GET /v1/usage", "X-Verdict: 3\r\n"), 400, "invalid_question");
    struct reply *unsure = ask_as("demo", "GET /v1/usage", "X-Verdict: 4\r\n");
    expect_error(unsure, 503, "unavailable");
    cr_assert(!text_is_empty(http_headers_find(&unsure->head.headers, TEXT("retry-after"))));
}

ON_BOTH(rest_scope, another_workspace_is_in_no_answer_and_no_count)
{
    given_rest();
    expect_text(json_of(ask_as("demo", "GET /v1/usage", "")), "rows[0].calls", "2");
    expect_text(json_of(ask_as("all", "GET /v1/usage", "")), "rows[0].calls", "3");
    expect_text(json_of(ask_as("other", "GET /v1/usage", "")), "rows[0].calls", "1");
    cr_assert_eq(
        document_count(document_get(json_of(ask_as("demo", "GET /v1/usage?by=workspace", "")), "rows")), 1);
    cr_assert_eq(document_count(document_get(json_of(ask_as("demo", "GET /v1/calls", "")), "calls")), 2);
    cr_assert_eq(document_count(document_get(json_of(ask_as("nobody", "GET /v1/calls", "")), "calls")), 0);
    cr_assert_eq(document_count(document_get(json_of(ask_as("nobody", "GET /v1/usage", "")), "rows")), 0);
    struct reply *export = ask_as("demo", "GET /v1/exports/focus", "");
    cr_assert(text_find(export->body, TEXT(",demo,")) >= 0);
    cr_assert_lt(text_find(export->body, TEXT(",other,")), 0);
}

ON_BOTH(rest_scope, a_call_of_another_workspace_looks_like_one_that_nobody_made)
{
    given_rest();
    struct reply *theirs = ask_as("demo", "GET /v1/calls/01C", ""),
                 *none = ask_as("demo", "GET /v1/calls/01Z", "");
    expect_error(theirs, 404, "not_found");
    expect_error(none, 404, "not_found");
    cr_assert(text_equals(document_text(document_get(json_of(theirs), "error.message")),
                          document_text(document_get(json_of(none), "error.message"))));
    expect_text(json_of(ask_as("all", "GET /v1/calls/01C", "")), "id", "01C");
}
