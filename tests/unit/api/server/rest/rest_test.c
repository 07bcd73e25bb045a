/* The whole of it over a real socket: who may see what, and what the answers look like, on both databases. */
#include "api/server/rest/rest.h"

#include "lib/base/buffer.h"
#include "lib/document/json.h"
#include "lib/net/http1.h"
#include "lib/net/http_headers.h"
#include "tests/unit/api/server/rest/rest_client.h"

TestSuite(rest, .timeout = 120);

ON_BOTH(rest, who_is_not_known_learns_nothing)
{
    given_rest();
    static const char *const lines[] = {"GET /v1/usage",          "GET /v1/calls/01A", "GET /nothing",
                                        "GET /v1/usage?by=wrong", "POST /v1/usage",    "OPTIONS /v1/usage",
                                        "GET /v1/exports/focus",  "GET /openapi.json"};
    struct text first = {0};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct reply *reply = ask_as("", lines[i], "");
        expect_error(reply, 401, "unauthenticated");
        cr_assert(text_starts_with(http_headers_find(&reply->head.headers, TEXT("www-authenticate")),
                                   TEXT("Bearer")));
        struct text message = document_text(document_get(json_of(reply), "error.message"));
        if (i == 0)
            first = message;
        cr_assert(text_equals(message, first), "%s is told apart", lines[i]);
    }
    cr_assert_eq(ask_as("", "GET /healthz", "")->status, 200);
    cr_assert_eq(ask_as("", "GET /readyz", "")->status, 200);
}

ON_BOTH(rest, pages_of_calls_hold_each_call_once)
{
    given_rest();
    const struct document *page = json_of(ask_as("all", "GET /v1/calls?limit=2", ""));
    expect_text(page, "calls[0].id", "01C");
    expect_text(page, "calls[1].id", "01B");
    struct text next = document_text(document_get(page, "next"));
    struct text line = text_format(rig.arena, "GET /v1/calls?limit=2&cursor=%.*s", TEXT_ARG(next));
    page = json_of(ask_as("all", text_c_string(rig.arena, line), ""));
    cr_assert_eq(document_count(document_get(page, "calls")), 1);
    expect_text(page, "calls[0].id", "01A");
    cr_assert_null(document_get(page, "next"));
    expect_error(ask_as("all", "GET /v1/calls?cursor=made-up", ""), 400, "invalid_question");
}

ON_BOTH(rest, pages_of_sums_hold_each_row_once)
{
    given_rest();
    const struct document *page = json_of(ask_as("all", "GET /v1/usage?by=workspace&limit=1", ""));
    expect_text(page, "rows[0].workspace", "demo");
    struct text next = document_text(document_get(page, "next"));
    struct text line =
        text_format(rig.arena, "GET /v1/usage?by=workspace&limit=1&cursor=%.*s", TEXT_ARG(next));
    page = json_of(ask_as("all", text_c_string(rig.arena, line), ""));
    expect_text(page, "rows[0].workspace", "other");
    expect_text(page, "rows[0].cost", "0.50");
    cr_assert_null(document_get(page, "next"));
}

ON_BOTH(rest, comes_as_csv_when_asked_for_by_link_or_by_header)
{
    given_rest();
    static const char *const asked[][2] = {
        {"GET /v1/usage?format=csv&by=workspace", "Accept: application/json\r\n"},
        {"GET /v1/usage?by=workspace", "Accept: text/csv\r\n"}};
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        struct reply *reply = ask_as("all", asked[i][0], asked[i][1]);
        cr_assert_eq(reply->status, 200);
        cr_assert(text_starts_with(http_headers_find(&reply->head.headers, TEXT("content-type")),
                                   TEXT("text/csv")));
        cr_assert(text_find(reply->body, TEXT("\r\ndemo,,,,,,,,,2,0,0,1.00,")) > 0, "%.*s",
                  TEXT_ARG(reply->body));
    }
    cr_assert(!text_is_empty(
        http_headers_find(&ask_as("all", "GET /v1/usage?format=csv&by=workspace&limit=1", "")->head.headers,
                          TEXT("x-next-cursor"))));
    expect_error(ask_as("all", "GET /v1/calls", "Accept: text/csv\r\n"), 406, "not_acceptable");
    expect_error(ask_as("all", "GET /v1/exports/focus", "Accept: application/json\r\n"), 406,
                 "not_acceptable");
}

ON_BOTH(rest, series_have_a_row_for_each_hour_or_day_in_order_of_time)
{
    given_rest();
    given_records(rest_asked_ledger, "late", "01KB7D0000ABCDEFGHJKMNPQRD",
                  TEXT(SPENT("01D", "3600000", "late") SPENT("01E", "86400000", "late")));
    const struct document *hours = json_of(ask_as("all", "GET /v1/usage?over=hour&by=workspace", ""));
    static const char *const wanted[][2] = {{"1970-01-01T00:00:00Z", "demo"},
                                            {"1970-01-01T00:00:00Z", "other"},
                                            {"1970-01-01T01:00:00Z", "late"},
                                            {"1970-01-02T00:00:00Z", "late"}};
    cr_assert_eq(document_count(document_get(hours, "rows")), COUNT_OF(wanted));
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        const struct document *row = document_at(document_get(hours, "rows"), i);
        expect_text(row, "time", wanted[i][0]);
        expect_text(row, "workspace", wanted[i][1]);
    }
    const struct document *days = json_of(ask_as("all", "GET /v1/usage?over=day", ""));
    expect_text(days, "rows[0].calls", "4");
    expect_text(days, "rows[1].time", "1970-01-02T00:00:00Z");
    expect_text(json_of(ask_as("demo", "GET /v1/usage?over=day", "")), "rows[0].calls", "2");
    cr_assert_null(document_get(json_of(ask_as("all", "GET /v1/usage", "")), "rows[0].time"));
    expect_error(ask_as("all", "GET /v1/usage?over=month", ""), 400, "invalid_question");
}

/* At the end of the second hour: demo spent 1.00 in the first one; late nothing and then 0.50. */
ON_BOTH(rest, movers_are_those_whose_cost_changed_most)
{
    given_rest();
    given_records(rest_asked_ledger, "late", "01KB7D0000ABCDEFGHJKMNPQRD",
                  TEXT(SPENT("01D", "3600000", "late")));
    const char *line = "GET /v1/movers?by=workspace&span=1h&until=1970-01-01T02:59:59Z";
    static const char *const wanted[][4] = {
        {"demo", "0", "1.00", "-1.00"}, {"late", "1", "0.00", "0.50"}, {"other", "0", "0.50", "-0.50"}};
    const struct document *answer = json_of(ask_as("all", line, ""));
    expect_text(answer, "before", "1970-01-01T00:00:00Z");
    expect_text(answer, "from", "1970-01-01T01:00:00Z");
    expect_text(answer, "until", "1970-01-01T02:00:00Z");
    cr_assert_eq(document_count(document_get(answer, "rows")), COUNT_OF(wanted));
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        const struct document *row = document_at(document_get(answer, "rows"), i);
        expect_text(row, "workspace", wanted[i][0]);
        expect_text(row, "calls", wanted[i][1]);
        expect_text(row, "costBefore", wanted[i][2]);
        expect_text(row, "difference", wanted[i][3]);
    }
    cr_assert_eq(document_count(document_get(json_of(ask_as("late", line, "")), "rows")), 1);
    struct text csv = ask_as("demo", line, "Accept: text/csv\r\n")->body;
    cr_assert(text_find(csv, TEXT("\r\ndemo,,,,,,,,,0,2,0.00,1.00,-1.00,,,\r\n")) > 0, "%.*s", TEXT_ARG(csv));
}

ON_BOTH(rest, movers_come_in_pages_and_of_whole_hours_only)
{
    given_rest();
    const struct document *page =
        json_of(ask_as("all", "GET /v1/movers?by=workspace&span=1h&limit=1&until=1970-01-01T01:00:00Z", ""));
    expect_text(page, "rows[0].workspace", "demo");
    struct text next = document_text(document_get(page, "next"));
    struct text line = text_format(
        rig.arena, "GET /v1/movers?by=workspace&span=1h&limit=1&until=1970-01-01T01:00:00Z&cursor=%.*s",
        TEXT_ARG(next));
    page = json_of(ask_as("all", text_c_string(rig.arena, line), ""));
    expect_text(page, "rows[0].workspace", "other");
    cr_assert_null(document_get(page, "next"));
    cr_assert_eq(document_count(document_get(
                     json_of(ask_as("all", "GET /v1/movers?until=1970-01-01T00:59:59Z", "")), "rows")),
                 0);
    static const char *const wrong[] = {"0d", "d", "7", "7m", "1.5h", "-1d", "10000h", "7dd", ""};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        expect_error(
            ask_as("all",
                   text_c_string(rig.arena, text_format(rig.arena, "GET /v1/movers?span=%s", wrong[i])), ""),
            400, "invalid_question");
}

ON_BOTH(rest, methods_that_a_path_does_not_take_are_told)
{
    given_rest();
    struct reply *reply = ask_as("all", "DELETE /v1/usage", "");
    expect_error(reply, 405, "method_not_allowed");
    cr_assert(
        text_equals(http_headers_find(&reply->head.headers, TEXT("allow")), TEXT("GET, HEAD, OPTIONS")));
    reply = ask_as("all", "OPTIONS /v1/usage", "");
    cr_assert_eq(reply->status, 204);
    cr_assert(
        text_equals(http_headers_find(&reply->head.headers, TEXT("allow")), TEXT("GET, HEAD, OPTIONS")));
    static const char *const heads[] = {"HEAD /v1/usage", "HEAD /v1/exports/focus", "HEAD /v1/calls/01A"};
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        reply = ask_as("all", heads[i], "");
        cr_assert_eq(reply->status, 200, "%s", heads[i]);
        cr_assert_eq(reply->body.length, 0, "%s", heads[i]);
    }
    expect_error(ask_as("all", "GET /v1/usages", ""), 404, "not_found");
    expect_error(ask_as("all", "GET /v1/usage?limit=no&by=x", ""), 400, "invalid_question");
    expect_error(ask_as("all", "GET /healthz?x=1", ""), 400, "invalid_question");
}

ON_BOTH(rest, an_export_of_many_pages_has_every_row_once)
{
    enum { ROWS = 1100 };
    struct buffer records;
    given_rest();
    buffer_init(&records, rig.arena, 1 << 18);
    for (int i = 0; i < ROWS; i++)
        buffer_print(&records,
                     "{\"id\":\"%d\",\"time\":%d,\"workspace\":\"many\",\"environment\":\"dev\",\"outcome\":"
                     "\"Completed\",\"provider\":\"acme\",\"model\":\"m%d\",\"cost\":\"0.000000001\","
                     "\"requests\":1}\n",
                     i, i % 7 * (int)USAGE_HOUR_MS, i);
    given_records(rest_asked_ledger, "many", "01KB7D0000ABCDEFGHJKMNPQRC", buffer_text(&records));
    struct text body = ask_as("many", "GET /v1/exports/focus", "")->body;
    for (int i = 0; i < ROWS; i++) {
        struct text cell = text_format(rig.arena, ",1 requests to m%d at acme,", i);
        ptrdiff_t at = text_find(body, cell);
        cr_assert(at >= 0, "row %d is missing", i);
        cr_assert_lt(text_find(text_slice(body, (size_t)at + 1, body.length), cell), 0,
                     "row %d is there twice", i);
    }
}
