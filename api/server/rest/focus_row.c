/* A table of columns: FOCUS's own first, then ours. */
#include "api/server/rest/focus_row.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/civil_time.h"
#include "lib/base/csv.h"
#include "lib/base/decimal.h"
#include "lib/base/parse.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"

enum versions { IN_1_2 = 1 << FOCUS_1_2, IN_1_4 = 1 << FOCUS_1_4, IN_BOTH = IN_1_2 | IN_1_4 };
enum what {
    ACCOUNT,
    CONSTANT,
    DIMENSION,
    OF_DEPLOYMENT, /* the constant, where there is one */
    COST,
    TRIES,
    UNPRICED_CALLS,
    TOKENS,
    HOUR_START,
    HOUR_END,
    MONTH_START,
    MONTH_END,
    DESCRIPTION,
    TAGS,
};

/* What of a row stands in Tags by itself. */
struct own_tag {
    enum usage_dimension dimension;
    const char *key;
};

struct column {
    const char *name;
    unsigned versions;
    enum what what;
    const char *constant;
    enum usage_dimension dimension;
};

/* clang-format off */
static const struct column columns[] = {
    {"BilledCost", IN_BOTH, COST, NULL, 0},
    {"BillingAccountId", IN_BOTH, ACCOUNT, NULL, 0},
    {"BillingAccountName", IN_BOTH, ACCOUNT, NULL, 0},
    {"BillingCurrency", IN_BOTH, CONSTANT, "USD", 0},
    {"BillingPeriodEnd", IN_BOTH, MONTH_END, NULL, 0},
    {"BillingPeriodStart", IN_BOTH, MONTH_START, NULL, 0},
    {"ChargeCategory", IN_BOTH, CONSTANT, "Usage", 0},
    {"ChargeClass", IN_BOTH, CONSTANT, "", 0}, /* null: nothing here corrects an earlier row */
    {"ChargeDescription", IN_BOTH, DESCRIPTION, NULL, 0},
    {"ChargeFrequency", IN_BOTH, CONSTANT, "Usage-Based", 0},
    {"ChargePeriodEnd", IN_BOTH, HOUR_END, NULL, 0},
    {"ChargePeriodStart", IN_BOTH, HOUR_START, NULL, 0},
    {"CommitmentDiscountStatus", IN_BOTH, CONSTANT, "", 0}, /* null, and there: ConsumedQuantity is judged by it */
    {"ConsumedQuantity", IN_BOTH, TOKENS, NULL, 0},
    {"ConsumedUnit", IN_BOTH, CONSTANT, "Tokens", 0},
    {"ContractedCost", IN_BOTH, COST, NULL, 0},
    {"EffectiveCost", IN_BOTH, COST, NULL, 0},
    {"HostProviderName", IN_1_4, DIMENSION, NULL, USAGE_BY_PROVIDER},
    {"InvoiceId", IN_BOTH, CONSTANT, "", 0}, /* null: no invoice is known here */
    {"InvoiceIssuerName", IN_BOTH, DIMENSION, NULL, USAGE_BY_PROVIDER},
    {"ListCost", IN_BOTH, COST, NULL, 0},
    {"PricingCategory", IN_BOTH, CONSTANT, "Standard", 0},
    {"PricingQuantity", IN_BOTH, TRIES, NULL, 0},
    {"PricingUnit", IN_BOTH, CONSTANT, "Requests", 0},
    {"ProviderName", IN_1_2, DIMENSION, NULL, USAGE_BY_PROVIDER},
    {"PublisherName", IN_1_2, DIMENSION, NULL, USAGE_BY_PROVIDER},
    {"ResourceId", IN_BOTH, DIMENSION, NULL, USAGE_BY_DEPLOYMENT},
    {"ResourceName", IN_BOTH, DIMENSION, NULL, USAGE_BY_DEPLOYMENT},
    {"ResourceType", IN_BOTH, OF_DEPLOYMENT, "Deployment", 0},
    {"ServiceCategory", IN_BOTH, CONSTANT, "AI and Machine Learning", 0},
    {"ServiceName", IN_BOTH, DIMENSION, NULL, USAGE_BY_TARGET_MODEL},
    {"ServiceProviderName", IN_1_4, DIMENSION, NULL, USAGE_BY_PROVIDER},
    {"ServiceSubcategory", IN_BOTH, CONSTANT, "Generative AI", 0},
    {"SubAccountId", IN_BOTH, DIMENSION, NULL, USAGE_BY_WORKSPACE},
    {"SubAccountName", IN_BOTH, DIMENSION, NULL, USAGE_BY_WORKSPACE},
    {"SubAccountType", IN_BOTH, CONSTANT, "Workspace", 0},
    {"Tags", IN_BOTH, TAGS, NULL, 0},
    {"x_Environment", IN_BOTH, DIMENSION, NULL, USAGE_BY_ENVIRONMENT},
    {"x_Team", IN_BOTH, DIMENSION, NULL, USAGE_BY_TEAM},
    {"x_Caller", IN_BOTH, DIMENSION, NULL, USAGE_BY_CALLER},
    {"x_Model", IN_BOTH, DIMENSION, NULL, USAGE_BY_MODEL},
    {"x_Outcome", IN_BOTH, DIMENSION, NULL, USAGE_BY_OUTCOME},
    {"x_UnpricedCalls", IN_BOTH, UNPRICED_CALLS, NULL, 0},
};
/* clang-format on */

static void add_cell(struct buffer *out, const struct column *column, const struct focus_options *options,
                     const struct hours_row *row);
static void add_quantity(struct buffer *out, int64_t quantity);
static struct text text_cell(struct arena *arena, const struct column *column,
                             const struct focus_options *options, const struct hours_row *row);
static struct text dimension_cell(const struct column *column, const struct usage_rollup *row);
static struct text month_start(struct arena *arena, int64_t time_ms, bool is_next);
static struct text describe(struct arena *arena, const struct usage_rollup *row);
static struct text print_tags(struct arena *arena, const struct hours_row *row);
static void set_tag(struct document *map, struct text key, struct text value);

void
focus_add_heading(struct buffer *out, const struct focus_options *options)
{
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        if (columns[i].versions & (1u << options->version))
            buffer_print(out, "%s%s", i > 0 ? "," : "", columns[i].name);
    for (size_t i = 0; i < USAGE_CLASS_COUNT; i++) {
        struct text key = usage_vector_schema.fields[i].key; /* inputTokens: x_InputTokens */
        buffer_print(out, ",x_%c%.*s", key.bytes[0] - 'a' + 'A', (int)key.length - 1, key.bytes + 1);
    }
    buffer_add_string(out, "\r\n");
}

void
focus_add_row(struct buffer *out, const struct focus_options *options, const struct hours_row *row)
{
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        if (!(columns[i].versions & (1u << options->version)))
            continue;
        if (i > 0)
            buffer_add_byte(out, ',');
        add_cell(out, &columns[i], options, row);
    }
    for (size_t i = 0; i < USAGE_CLASS_COUNT; i++) {
        buffer_add_byte(out, ',');
        buffer_add_int(out, usage_vector_count(&row->sums.used, (enum usage_class)i));
    }
    buffer_add_string(out, "\r\n");
}

static void
add_cell(struct buffer *out, const struct column *column, const struct focus_options *options,
         const struct hours_row *row)
{
    switch (column->what) {
    case COST:
        buffer_add_text(out, decimal_print_nano(out->arena, row->sums.cost_nano));
        break;
    case TRIES:
        add_quantity(out, row->sums.tries);
        break;
    case UNPRICED_CALLS:
        buffer_add_int(out, row->sums.unpriced_calls);
        break;
    case TOKENS:
        add_quantity(out, usage_vector_tokens(&row->sums.used));
        break;
    default:
        csv_add_cell(out, text_cell(out->arena, column, options, row));
    }
}

/* FOCUS's quantities are decimals, and readers take a column without a point for whole numbers. */
static void
add_quantity(struct buffer *out, int64_t quantity)
{
    buffer_add_int(out, quantity);
    buffer_add_string(out, ".0");
}

static struct text
text_cell(struct arena *arena, const struct column *column, const struct focus_options *options,
          const struct hours_row *row)
{
    const struct usage_rollup *sums = &row->sums;
    switch (column->what) {
    case ACCOUNT:
        return options->account;
    case DIMENSION:
        return dimension_cell(column, sums);
    case OF_DEPLOYMENT:
        return text_is_empty(sums->by[USAGE_BY_DEPLOYMENT]) ? TEXT("") : text_of(column->constant);
    case HOUR_START:
        return print_time(arena, sums->hour_ms, false);
    case HOUR_END:
        return print_time(arena, sums->hour_ms + USAGE_HOUR_MS, false);
    case MONTH_START:
        return month_start(arena, sums->hour_ms, false);
    case MONTH_END:
        return month_start(arena, sums->hour_ms, true);
    case DESCRIPTION:
        return describe(arena, sums);
    case TAGS:
        return print_tags(arena, row);
    default:
        return text_of(column->constant);
    }
}

/* FOCUS lets neither provider nor service be null. */
static struct text
dimension_cell(const struct column *column, const struct usage_rollup *row)
{
    struct text value = row->by[column->dimension];
    bool must_be = column->dimension == USAGE_BY_PROVIDER || column->dimension == USAGE_BY_TARGET_MODEL;
    return must_be && text_is_empty(value) ? TEXT("unknown") : value;
}

static struct text
month_start(struct arena *arena, int64_t time_ms, bool is_next)
{
    struct civil_time time = civil_time_of(time_ms);
    struct civil_time start = {.year = time.year, .month = time.month + is_next, .day = 1};
    int64_t start_ms;
    if (start.month > 12)
        start = (struct civil_time){.year = time.year + 1, .month = 1, .day = 1};
    return civil_time_to_unix_ms(&start, &start_ms) ? print_time(arena, start_ms, false) : TEXT("");
}

static struct text
describe(struct arena *arena, const struct usage_rollup *row)
{
    return text_format(arena, "%lld requests to %.*s at %.*s", (long long)row->tries,
                       TEXT_ARG(row->by[USAGE_BY_MODEL]), TEXT_ARG(row->by[USAGE_BY_PROVIDER]));
}

/* Ours last: nobody's tag passes for one of them. */
static struct text
print_tags(struct arena *arena, const struct hours_row *row)
{
    static const struct own_tag own[] = {{USAGE_BY_ENVIRONMENT, "weir/environment"},
                                         {USAGE_BY_TEAM, "weir/team"},
                                         {USAGE_BY_CALLER, "weir/caller"}};
    const struct text_pair *purpose = &row->sums.purpose;
    struct document *map = document_new_map(arena);
    struct buffer json;
    if (text_starts_with(purpose->key, TEXT("tag:")))
        set_tag(map, text_slice(purpose->key, strlen("tag:"), purpose->key.length), purpose->value);
    for (size_t i = 0; i < row->tags.count; i++)
        set_tag(map, row->tags.items[i].key, row->tags.items[i].value);
    for (size_t i = 0; i < COUNT_OF(own); i++)
        if (!text_is_empty(row->sums.by[own[i].dimension]))
            document_set_text(map, own[i].key, row->sums.by[own[i].dimension]);
    buffer_init(&json, arena, 128);
    json_print(map, &json);
    return buffer_text(&json);
}

static void
set_tag(struct document *map, struct text key, struct text value)
{
    if (!text_starts_with(key, TEXT("weir/")))
        document_set(map, key, document_new_text(document_arena(map), value));
}
