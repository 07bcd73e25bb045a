/* How a refusal looks: the body OpenAI's clients parse, with what ours may know besides. */
#include <criterion/criterion.h>

#include "api/types/gateway_rules.h"
#include "gateway/refusal.h"
#include "lib/base/buffer.h"
#include "lib/document/json.h"
#include "tests/support/arena_fixture.h"

TestSuite(refusal, .init = given_arena, .fini = end_arena);

static const struct rule_source org = {.policy = TEXT("weir-system/org-baseline"),
                                       .place = TEXT("org.yaml:18")};

static struct text
print(enum refusal_kind kind, const struct refusal_detail *detail)
{
    struct buffer out;
    buffer_init(&out, arena, 0);
    refusal_print(refusal_get(kind), detail, TEXT("01K"), &out);
    return buffer_text(&out);
}

Test(refusal, looks_like_openais_error_with_what_we_know)
{
    struct text body =
        print(REFUSE_TOKEN_LIMIT,
              REFUSAL_DETAIL(.message = TEXT("Used \"up\"."), .from = &org,
                             .rule = TEXT("limits[caller].tokensPerMinute"), .limit = REFUSAL_SAYS(80000),
                             .remaining = REFUSAL_SAYS(0), .retry_after_ms = REFUSAL_SAYS(11001)));

    cr_assert(
        text_equals(body,
                    TEXT("{\"error\":{\"type\":\"rate_limit_error\",\"code\":\"token_limit\",\"param\":null,"
                         "\"message\":\"Used \\\"up\\\".\",\"weir\":{\"policy\":\"weir-system/org-baseline\","
                         "\"rule\":\"limits[caller].tokensPerMinute\",\"limit\":80000,\"remaining\":0,"
                         "\"retryAfterSeconds\":12,\"request\":\"01K\"}}}")),
        "%.*s", TEXT_ARG(body));
}

Test(refusal, every_row_makes_valid_json_and_a_status_of_400_or_more)
{
    for (int kind = REFUSE_NO_CONFIG; kind <= REFUSE_UPSTREAM_CREDENTIAL; kind++) {
        struct document *document;
        struct text body =
            print((enum refusal_kind)kind, REFUSAL_DETAIL(.message = TEXT("x"), .param = TEXT("model")));
        cr_assert(json_parse(arena, body, TEXT("body"), &document, NULL), "%d", kind);
        cr_assert(text_equals(document_text(document_get(document, "error.code")),
                              text_of(refusal_get((enum refusal_kind)kind)->code)));
        cr_assert_geq(refusal_get((enum refusal_kind)kind)->status, 400);
        cr_assert_neq(refusal_get((enum refusal_kind)kind)->outcome, CALL_COMPLETED);
    }
}

Test(refusal, names_rule_and_policy_in_its_header)
{
    const struct refusal_detail *detail =
        REFUSAL_DETAIL(.from = &org, .rule = TEXT("limits[caller].tokensPerMinute"));

    cr_assert(text_equals(refusal_decision(arena, refusal_get(REFUSE_TOKEN_LIMIT), detail),
                          TEXT("refused; rule=limits/tokensPerMinute; policy=weir-system/org-baseline")));
}

Test(refusal, says_no_to_retrying_what_can_never_fit)
{
    cr_assert(refusal_should_retry(refusal_get(REFUSE_TOKEN_LIMIT), REFUSAL_DETAIL(.message = TEXT("x"))));
    cr_assert_not(
        refusal_should_retry(refusal_get(REFUSE_TOKEN_LIMIT), REFUSAL_DETAIL(.retry_cannot_help = true)));
    cr_assert_not(
        refusal_should_retry(refusal_get(REFUSE_MODEL_DENIED), REFUSAL_DETAIL(.message = TEXT("x"))));
}
