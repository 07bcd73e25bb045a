/* Rows of FOCUS: as many cells as columns, money to the nano-dollar, and the columns of each version. */
#include "api/server/rest/focus_row.h"

#include <criterion/criterion.h>

#include "lib/base/buffer.h"
#include "tests/support/arena_fixture.h"

TestSuite(focus_row, .init = given_arena, .fini = end_arena);

static const struct usage_rollup some = {.hour_ms =
                                             INT64_C(490000) * USAGE_HOUR_MS, /* 2025-11-24T16:00:00Z */
                                         .by = {[USAGE_BY_WORKSPACE] = TEXT("demo"),
                                                [USAGE_BY_ENVIRONMENT] = TEXT("prod"),
                                                [USAGE_BY_CALLER] = TEXT("ada"),
                                                [USAGE_BY_MODEL] = TEXT("smart"),
                                                [USAGE_BY_PROVIDER] = TEXT("openai"),
                                                [USAGE_BY_TARGET_MODEL] = TEXT("gpt-4.1"),
                                                [USAGE_BY_OUTCOME] = TEXT("Completed")},
                                         .calls = 6,
                                         .tries = 7,
                                         .unpriced_calls = 1,
                                         .cost_nano = 1234567891,
                                         .used = {.input_tokens = 40, .output_tokens = 2, .requests = 7}};

static struct text
print(enum focus_version version, const struct hours_row *row, struct text *out_heading)
{
    const struct focus_options options = {version, TEXT("acme")};
    struct buffer heading, cells;
    buffer_init(&heading, arena, 1024);
    buffer_init(&cells, arena, 1024);
    focus_add_heading(&heading, &options);
    focus_add_row(&cells, &options, row);
    *out_heading = buffer_text(&heading);
    return buffer_text(&cells);
}

/* A comma between quotes does not end a cell. */
static size_t
cell_length(struct text cells)
{
    bool is_quoted = false;
    size_t length = 0;
    for (; length < cells.length && (is_quoted || cells.bytes[length] != ','); length++)
        is_quoted ^= cells.bytes[length] == '"';
    return length;
}

static struct text
cell_of(enum focus_version version, const struct hours_row *row, const char *column)
{
    struct text heading, cells = print(version, row, &heading);
    while (heading.bytes && cells.length > 0) {
        size_t length = cell_length(cells);
        struct text value = text_slice(cells, 0, length);
        cells = text_slice(cells, length + 1, cells.length);
        if (text_equals(text_trim(text_cut(&heading, ',')), text_of(column)))
            return text_trim(value);
    }
    return TEXT("no such column");
}

static struct text
cell(enum focus_version version, const struct usage_rollup *sums, const char *column)
{
    return cell_of(version, &(const struct hours_row){.sums = *sums}, column);
}

static void
expect_cell(const char *column, const char *value)
{
    struct text found = cell(FOCUS_1_2, &some, column);
    cr_assert(text_equals(found, text_of(value)), "%s: %.*s", column, TEXT_ARG(found));
}

Test(focus_row, has_what_the_ledger_reckoned_in_every_kind_of_cost)
{
    static const char *const costs[] = {"BilledCost", "EffectiveCost", "ContractedCost", "ListCost"};
    for (size_t i = 0; i < COUNT_OF(costs); i++)
        expect_cell(costs[i], "1.234567891");
    expect_cell("BillingCurrency", "USD");
    expect_cell("PricingQuantity", "7.0");
    expect_cell("ConsumedQuantity", "42.0");
    expect_cell("x_InputTokens", "40");
    expect_cell("x_UnpricedCalls", "1");
    expect_cell("x_Requests", "7");
}

Test(focus_row, is_of_its_hour_in_its_month)
{
    expect_cell("ChargePeriodStart", "2025-11-24T16:00:00Z");
    expect_cell("ChargePeriodEnd", "2025-11-24T17:00:00Z");
    expect_cell("BillingPeriodStart", "2025-11-01T00:00:00Z");
    expect_cell("BillingPeriodEnd", "2025-12-01T00:00:00Z");
    struct usage_rollup december = some;
    december.hour_ms += 20 * 24 * USAGE_HOUR_MS;
    cr_assert(text_equals(cell(FOCUS_1_2, &december, "BillingPeriodEnd"), TEXT("2026-01-01T00:00:00Z")));
}

Test(focus_row, names_who_spent_what_with_whom)
{
    expect_cell("BillingAccountId", "acme");
    expect_cell("SubAccountId", "demo");
    expect_cell("ProviderName", "openai");
    expect_cell("ServiceName", "gpt-4.1");
    expect_cell("ResourceId", "");
    expect_cell("ResourceType", "");
    expect_cell("Tags", "\"{\"\"weir/environment\"\":\"\"prod\"\",\"\"weir/caller\"\":\"\"ada\"\"}\"");
    struct usage_rollup workload = some;
    workload.by[USAGE_BY_DEPLOYMENT] = TEXT("bot");
    workload.by[USAGE_BY_PROVIDER] = TEXT("");
    cr_assert(text_equals(cell(FOCUS_1_2, &workload, "ResourceType"), TEXT("Deployment")));
    cr_assert(text_equals(cell(FOCUS_1_2, &workload, "ProviderName"), TEXT("unknown")));
}

Test(focus_row, has_tags_under_their_own_keys_and_nobodys_as_ours)
{
    struct text_pair tags[] = {{TEXT("team"), TEXT("x")}, {TEXT("weir/caller"), TEXT("eve")}};
    struct hours_row row = {.sums = some, .tags = {tags, COUNT_OF(tags)}};
    row.sums.purpose = (struct text_pair){TEXT("tag:cost-center"), TEXT("4711")};
    struct text found = cell_of(FOCUS_1_4, &row, "Tags");
    static const char wanted[] =
        "\"{\"\"cost-center\"\":\"\"4711\"\",\"\"team\"\":\"\"x\"\",\"\"weir/environment\"\":\"\"prod\"\","
        "\"\"weir/caller\"\":\"\"ada\"\"}\"";
    cr_assert(text_equals(found, text_of(wanted)), "%.*s", TEXT_ARG(found));
}

Test(focus_row, has_the_columns_of_its_version)
{
    cr_assert(text_equals(cell(FOCUS_1_4, &some, "ServiceProviderName"), TEXT("openai")));
    cr_assert(text_equals(cell(FOCUS_1_4, &some, "HostProviderName"), TEXT("openai")));
    cr_assert(text_equals(cell(FOCUS_1_4, &some, "ProviderName"), TEXT("no such column")));
    cr_assert(text_equals(cell(FOCUS_1_4, &some, "PublisherName"), TEXT("no such column")));
    cr_assert(text_equals(cell(FOCUS_1_2, &some, "ServiceProviderName"), TEXT("no such column")));
}

Test(focus_row, a_name_that_is_a_formula_is_made_text)
{
    struct usage_rollup row = some;
    row.by[USAGE_BY_MODEL] = TEXT("=cmd()");
    cr_assert(text_equals(cell(FOCUS_1_2, &row, "x_Model"), TEXT("'=cmd()")));
}
