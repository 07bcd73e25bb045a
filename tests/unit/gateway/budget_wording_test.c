/* What a caller is told about budgets, word for word. */
#include "gateway/budget_wording.h"

#include <criterion/criterion.h>

#include "api/types/gateway_budget.h"
#include "tests/support/arena_fixture.h"

TestSuite(budget_wording, .init = given_arena, .fini = end_arena);

#define DECEMBER INT64_C(1796083200000)

static const struct gateway_budget dollars = {
    .scope = POLICY_SCOPE_CALLER,
    .unit = BUDGET_UNIT_USD,
    .amount = INT64_C(5000000000),
    .period = BUDGET_PERIOD_MONTH,
    .from = {.policy = TEXT("weir-system/org-baseline"), .place = TEXT("org.yaml:24")}};

static struct budget_words
words_of(const struct gateway_budget *budget)
{
    return (struct budget_words){.budget = budget,
                                 .workspace = TEXT("retail"),
                                 .environment = TEXT("prod"),
                                 .caller = TEXT("ada"),
                                 .deployment = TEXT("nightly"),
                                 .model = TEXT("gpt-4.1"),
                                 .run = TEXT("run-7"),
                                 .tag_value = TEXT("search"),
                                 .owner = TEXT("retail-platform"),
                                 .next_unix_ms = DECEMBER};
}

static void
expect(struct text got, const char *wanted)
{
    cr_assert(text_equals(got, text_of(wanted)), "%.*s", TEXT_ARG(got));
}

Test(budget_wording, says_who_how_much_until_when_and_whom_to_ask)
{
    struct budget_words words = words_of(&dollars);
    words.used = INT64_C(4900000000);
    words.left = INT64_C(12500001);
    words.needed = INT64_C(100000000);
    expect(
        budget_wording_exceeded(arena, &words),
        "Caller ada of retail/prod has too little left of the budget of $5.00 a month: $4.90 spent, "
        "$0.087499999 held by calls that run now or lent to other gateways, $0.012500001 left; this request "
        "may take up to $0.10. The next month begins at 2026-12-01T00:00:00Z. Set by "
        "weir-system/org-baseline (org.yaml:24); ask the owner of the workspace, retail-platform.");
}

Test(budget_wording, says_what_can_never_fit)
{
    struct budget_words words = words_of(&dollars);
    words.needed = INT64_C(6000000000);
    words.left = dollars.amount;
    expect(budget_wording_exceeded(arena, &words),
           "Caller ada of retail/prod has the budget of $5.00 a month; this request may take $6.00 and can "
           "never "
           "fit: make the prompt shorter, or the answer (max_tokens). Set by weir-system/org-baseline "
           "(org.yaml:24); ask the "
           "owner of the workspace, retail-platform.");
}

Test(budget_wording, names_whose_budget_it_is)
{
    static const struct {
        enum policy_scope scope;
        const char *who;
    } rows[] = {
        {POLICY_SCOPE_ORGANISATION, "The organisation has"},
        {POLICY_SCOPE_WORKSPACE, "Workspace retail has"},
        {POLICY_SCOPE_ENVIRONMENT, "Environment retail/prod has"},
        {POLICY_SCOPE_DEPLOYMENT, "Deployment nightly of retail/prod has"},
        {POLICY_SCOPE_MODEL, "Model gpt-4.1 of retail/prod has"},
        {POLICY_SCOPE_RUN, "Run run-7 of retail/prod has"},
        {POLICY_SCOPE_USER, "The end user of this call of retail/prod has"},
        {POLICY_SCOPE_TAG, "The tag feature=search of retail/prod has"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct gateway_budget tokens = {.scope = rows[i].scope,
                                        .tag_key = TEXT("feature"),
                                        .unit = BUDGET_UNIT_TOKENS,
                                        .amount = 80000,
                                        .period = BUDGET_PERIOD_DAY};
        struct budget_words words = words_of(&tokens);
        words.used = 80000;
        words.owner = TEXT("");
        words.needed = 1200;
        struct text got = budget_wording_exceeded(arena, &words);
        cr_assert(text_starts_with(got, text_of(rows[i].who)), "%.*s", TEXT_ARG(got));
        cr_assert(
            text_ends_with(got, TEXT(" too little left of the budget of 80,000 tokens a day: 80,000 tokens "
                                     "spent, 0 tokens held by calls that run now or lent to other gateways, "
                                     "0 tokens left; this request may take up to 1,200 tokens. The next day "
                                     "begins at 2026-12-01T00:00:00Z. Ask the owner of the workspace.")),
            "%.*s", TEXT_ARG(got));
    }
}

Test(budget_wording, says_why_nothing_can_be_had)
{
    struct budget_words words = words_of(&dollars);
    expect(budget_wording_unavailable(arena, &words, "the ledger cannot be reached"),
           "Nothing was sent, because the budget of $5.00 a month is never overshot and nothing of it can be "
           "had "
           "now: the ledger cannot be reached. Ask again a little later.");
}

Test(budget_wording, does_not_say_of_one_that_slows_that_it_is_never_overshot)
{
    struct gateway_budget slowing = dollars;
    slowing.on_exceeded = OVER_BUDGET_THROTTLE;
    struct budget_words words = words_of(&slowing);
    expect(budget_wording_unavailable(arena, &words, "the ledger cannot be reached"),
           "Nothing was sent, because the budget of $5.00 a month is held of by every call and nothing of it "
           "can "
           "be had now: the ledger cannot be reached. Ask again a little later.");
}

Test(budget_wording, says_where_a_missing_price_belongs)
{
    struct budget_words words = words_of(&dollars);
    expect(
        budget_wording_price_missing(arena, &words, TEXT("openai"), TEXT("gpt-4.1-2025")),
        "gpt-4.1 cannot be called in retail/prod: what gpt-4.1-2025 of provider openai costs is not known, "
        "or "
        "not in full, and the budget of $5.00 a month is never overshot. Its price belongs into "
        "defaults.prices of a policy; free: true says that it costs nothing. Set by weir-system/org-baseline "
        "(org.yaml:24); ask the owner of the workspace, retail-platform.");
}

Test(budget_wording, says_that_what_is_spent_goes_on_slowly)
{
    struct gateway_budget pace = dollars;
    pace.unit = BUDGET_UNIT_REQUESTS;
    pace.period = BUDGET_PERIOD_MINUTE;
    pace.amount = 10;
    struct budget_words words = words_of(&pace);
    expect(
        budget_wording_throttled(arena, &words, &dollars),
        "Caller ada of retail/prod has too little left of the budget of $5.00 a month, and calls go on "
        "slowly: "
        "10 calls a minute, all of which are taken. The next minute begins at 2026-12-01T00:00:00Z. Set by "
        "weir-system/org-baseline (org.yaml:24); ask the owner of the workspace, retail-platform.");
}
