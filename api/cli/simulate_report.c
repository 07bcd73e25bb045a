/* See the header. */
#include "api/cli/simulate_report.h"

#include "api/cli/table.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/decimal.h"
#include "lib/base/parse.h"
#include "lib/document/document_build.h"

static struct replay_environment_sum total_of(const struct simulation *simulation);
static void print_rules(const struct simulation *simulation, struct buffer *out);
static void print_environments(const struct simulation *simulation, struct buffer *out);
static void print_environment(struct table *table, const struct replay_environment_sum *sum);
static struct document *rule_document(struct arena *arena, const struct replay_rule_sum *sum);
static struct document *environment_document(struct arena *arena, const struct replay_environment_sum *sum);
static int64_t saved_of(const struct replay_environment_sum *sum);
static struct text place_of(struct arena *arena, struct text workspace, struct text environment);

void
simulate_print(const struct simulation *simulation)
{
    struct buffer out;
    buffer_init(&out, simulation->arena, 4096);
    struct replay_environment_sum total = total_of(simulation);
    print_rules(simulation, &out);
    print_environments(simulation, &out);
    if (total.unpriced > 0)
        buffer_print(
            &out, "%.*s of the calls that go on have no price now and are counted at what they cost then.\n",
            TEXT_ARG(print_grouped(simulation->arena, total.unpriced)));
    buffer_add_string(
        &out, "Not known: whether clients would have asked again or asked another model, how many calls "
              "ran at once,\nwhat answers were asked for, and what calls refused then would have cost.\n");
    output_text(&out);
}

struct document *
simulate_document(const struct simulation *simulation)
{
    struct arena *arena = simulation->arena;
    struct document *root = document_new_map(arena);
    document_set_text(root, "from", print_time(arena, simulation->from_ms, true));
    document_set_text(root, "source", simulation->is_from_ledger ? TEXT("ledger") : TEXT("journals"));
    struct document *rules = document_list_in(root, TEXT("rules"));
    struct document *environments = document_list_in(root, TEXT("environments"));
    size_t count = 0;
    struct replay_rule_sum *const *rule_sums = replay_sums_rules(simulation->found, &count);
    for (size_t i = 0; i < count; i++)
        document_append(rules, rule_document(arena, rule_sums[i]));
    struct replay_environment_sum *const *sums = replay_sums_environments(simulation->found, &count);
    for (size_t i = 0; i < count; i++) {
        struct document *row = environment_document(arena, sums[i]);
        document_set_text(row, "workspace", sums[i]->workspace);
        document_set_text(row, "environment", sums[i]->environment);
        document_append(environments, row);
    }
    struct replay_environment_sum total = total_of(simulation);
    document_set(root, TEXT("total"), environment_document(arena, &total));
    return root;
}

static struct replay_environment_sum
total_of(const struct simulation *simulation)
{
    struct replay_environment_sum total = {0};
    size_t count = 0;
    struct replay_environment_sum *const *sums = replay_sums_environments(simulation->found, &count);
    for (size_t i = 0; i < count; i++) {
        total.calls += sums[i]->calls;
        total.refused += sums[i]->refused;
        total.unpriced += sums[i]->unpriced;
        for (size_t j = 0; j < REPLAY_EFFECT_COUNT; j++)
            total.effects[j] += sums[i]->effects[j];
        replay_add(&total.recorded_nano, sums[i]->recorded_nano);
        replay_add(&total.changed_nano, sums[i]->changed_nano);
        replay_add(&total.saved_by_prices_nano, sums[i]->saved_by_prices_nano);
    }
    return total;
}

static void
print_rules(const struct simulation *simulation, struct buffer *out)
{
    struct arena *arena = simulation->arena;
    size_t count = 0;
    struct replay_rule_sum *const *sums = replay_sums_rules(simulation->found, &count);
    if (count == 0) {
        buffer_add_string(out, "No rule would have done anything else to these calls.\n\n");
        return;
    }
    struct table table;
    table_init(&table, arena);
    static const char *const words[] = {"ENVIRONMENT", "EFFECT", "RULE", "POLICY"};
    static const char *const numbers[] = {"CALLS", "TOKENS", "SAVED USD"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        table_add_column(&table, words[i], false);
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        table_add_column(&table, numbers[i], true);
    for (size_t i = 0; i < count; i++) {
        const struct replay_rule_sum *sum = sums[i];
        struct text *cells = table_add_row(&table);
        bool has_place = !text_is_empty(sum->place);
        *cells++ = place_of(arena, sum->workspace, sum->environment);
        *cells++ = text_of(replay_effect_names[sum->effect]);
        *cells++ = sum->rule;
        *cells++ = text_format(arena, "%.*s%s%.*s%s", TEXT_ARG(sum->policy), has_place ? " (" : "",
                               TEXT_ARG(sum->place), has_place ? ")" : "");
        *cells++ = print_grouped(arena, sum->calls);
        *cells++ = print_grouped(arena, sum->tokens);
        *cells = sum->effect == REPLAY_NEWLY_ALLOWED ? TEXT("?") : decimal_print_nano(arena, sum->saved_nano);
    }
    table_print(&table, out);
    buffer_add_byte(out, '\n');
}

static void
print_environments(const struct simulation *simulation, struct buffer *out)
{
    struct table table;
    table_init(&table, simulation->arena);
    table_add_column(&table, "ENVIRONMENT", false);
    static const char *const numbers[] = {"CALLS",         "BLOCKED",  "CLAMPED", "MOVED",    "NEWLY ALLOWED",
                                          "COST THEN USD", "COST NOW", "SAVED",   "BY PRICES"};
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        table_add_column(&table, numbers[i], true);
    size_t count = 0;
    struct replay_environment_sum *const *sums = replay_sums_environments(simulation->found, &count);
    for (size_t i = 0; i < count; i++)
        print_environment(&table, sums[i]);
    struct replay_environment_sum total = total_of(simulation);
    if (count != 1)
        print_environment(&table, &total);
    table_print(&table, out);
}

static void
print_environment(struct table *table, const struct replay_environment_sum *sum)
{
    struct arena *arena = table->arena;
    struct text *cells = table_add_row(table);
    *cells++ =
        text_is_empty(sum->workspace) ? TEXT("total") : place_of(arena, sum->workspace, sum->environment);
    *cells++ = print_grouped(arena, sum->calls);
    for (size_t i = 0; i < REPLAY_EFFECT_COUNT; i++)
        *cells++ = print_grouped(arena, sum->effects[i]);
    *cells++ = decimal_print_nano(arena, sum->recorded_nano);
    *cells++ = decimal_print_nano(arena, sum->changed_nano);
    *cells++ = decimal_print_nano(arena, saved_of(sum));
    *cells = decimal_print_nano(arena, sum->saved_by_prices_nano);
}

static struct document *
rule_document(struct arena *arena, const struct replay_rule_sum *sum)
{
    struct document *row = document_new_map(arena);
    document_set_text(row, "workspace", sum->workspace);
    document_set_text(row, "environment", sum->environment);
    document_set_text(row, "effect", text_of(replay_effect_names[sum->effect]));
    document_set_text(row, "rule", sum->rule);
    document_set_text(row, "policy", sum->policy);
    document_set_text(row, "place", sum->place);
    document_set_int(row, "calls", sum->calls);
    document_set_int(row, "tokens", sum->tokens);
    if (sum->effect != REPLAY_NEWLY_ALLOWED)
        document_set_text(row, "saved", decimal_print_nano(arena, sum->saved_nano));
    return row;
}

static struct document *
environment_document(struct arena *arena, const struct replay_environment_sum *sum)
{
    struct document *row = document_new_map(arena);
    document_set_int(row, "calls", sum->calls);
    document_set_int(row, "refused", sum->refused);
    document_set_int(row, "blocked", sum->effects[REPLAY_BLOCKED]);
    document_set_int(row, "clamped", sum->effects[REPLAY_CLAMPED]);
    document_set_int(row, "moved", sum->effects[REPLAY_MOVED]);
    document_set_int(row, "newlyAllowed", sum->effects[REPLAY_NEWLY_ALLOWED]);
    document_set_int(row, "unpricedCalls", sum->unpriced);
    document_set_text(row, "costThen", decimal_print_nano(arena, sum->recorded_nano));
    document_set_text(row, "costNow", decimal_print_nano(arena, sum->changed_nano));
    document_set_text(row, "saved", decimal_print_nano(arena, saved_of(sum)));
    document_set_text(row, "savedByPrices", decimal_print_nano(arena, sum->saved_by_prices_nano));
    return row;
}

static int64_t
saved_of(const struct replay_environment_sum *sum)
{
    int64_t saved = sum->recorded_nano;
    replay_add(&saved, -sum->changed_nano);
    return saved;
}

static struct text
place_of(struct arena *arena, struct text workspace, struct text environment)
{
    return text_format(arena, "%.*s/%.*s", TEXT_ARG(workspace), TEXT_ARG(environment));
}
