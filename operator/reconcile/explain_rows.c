/* The table of effective values. Each row is a value of the merge with its source; the note names the
 * policies that asked for something else. */
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/map.h"
#include "lib/base/parse.h"
#include "operator/reconcile/built_in.h"
#include "operator/reconcile/explain.h"
#include "operator/reconcile/explain_words.h"

enum { MOST_ROWS = 4096 };

/* What rows are made with. */
struct rows {
    struct arena *arena;
    const struct effective_policy *effective;
    struct explanation_row_list list;
    size_t capacity;
};

static void
add(struct rows *rows, struct text value, struct text effective, struct rule_source from, struct text note);
static void add_rules(struct rows *rows, const struct merged_constraints *constraints);
static void
add_numbers(struct rows *rows, const struct merged_constraints *constraints, enum policy_mode mode);
static void add_budgets(struct rows *rows, const struct merged_constraints *constraints);
static struct text
note_on_number(struct rows *rows, enum policy_mode mode, size_t place, const struct merged_number *winner);
static void add_deadlines(struct rows *rows, const struct planned_environment *planned);
static void add_routes(struct rows *rows, const struct planned_environment *planned);
static struct text
route_words(struct rows *rows, const struct planned_environment *planned, struct text model);
static struct text note_on_route(struct rows *rows, const struct merged_route *merged);
static void add_prices(struct rows *rows, const struct planned_environment *planned);
static void add_price(struct rows *rows, struct text name, const struct gateway_target *target,
                      const struct model_price *price);
static void add_rest(struct rows *rows, const struct planned_environment *planned);
static struct rule_source source_or_built_in(const struct merged_value *value);

struct explanation_row_list
explain_rows(struct arena *arena, const struct planned_environment *planned)
{
    struct rows rows = {.arena = arena, .effective = planned->effective};
    add_rules(&rows, &planned->effective->enforced);
    add_numbers(&rows, &planned->effective->enforced, POLICY_MODE_ENFORCE);
    add_budgets(&rows, &planned->effective->enforced);
    add_deadlines(&rows, planned);
    add_routes(&rows, planned);
    add_prices(&rows, planned);
    add_rest(&rows, planned);
    add_rules(&rows, &planned->effective->shadow);
    add_numbers(&rows, &planned->effective->shadow, POLICY_MODE_SHADOW);
    add_budgets(&rows, &planned->effective->shadow);
    return rows.list;
}

static void
add(struct rows *rows, struct text value, struct text effective, struct rule_source from, struct text note)
{
    struct explanation_row_list *list = &rows->list;
    if (list->count == MOST_ROWS)
        return;
    list->items = arena_grow(rows->arena, list->items, list->count, &rows->capacity, sizeof(*list->items));
    list->items[list->count++] = (struct explanation_row){.value = value,
                                                          .effective = effective,
                                                          .from = from.policy,
                                                          .place = from.place,
                                                          .note = note,
                                                          .mode = from.mode};
}

static void
add_rules(struct rows *rows, const struct merged_constraints *constraints)
{
    for (size_t i = 0; i < constraints->allow.count; i++) {
        const struct model_rule *rule = &constraints->allow.items[i];
        add(rows,
            explain_is_provider_rule(rule) ? TEXT("constraints.providers.allow")
                                           : TEXT("constraints.models.allow"),
            explain_patterns(rows->arena, &rule->patterns), rule->from, (struct text){0});
    }
    for (size_t i = 0; i < constraints->deny.count; i++) {
        const struct model_rule *rule = &constraints->deny.items[i];
        add(rows, TEXT("constraints.models.deny"), explain_patterns(rows->arena, &rule->patterns), rule->from,
            (struct text){0});
    }
}

static void
add_numbers(struct rows *rows, const struct merged_constraints *constraints, enum policy_mode mode)
{
    struct explained_number numbers[EXPLAINED_NUMBERS];
    explain_numbers(constraints, numbers);
    for (size_t i = 0; i < EXPLAINED_NUMBERS; i++) {
        if (numbers[i].number.amount == FIELD_UNSET)
            continue;
        struct text amount = explain_amount(rows->arena, &numbers[i]);
        bool refuses = constraints->max_output_over == OVER_MAXIMUM_REFUSE &&
                       text_equals(numbers[i].name, TEXT("maxOutputTokens"));
        struct text note = note_on_number(rows, mode, i, &numbers[i].number);
        if (mode == POLICY_MODE_SHADOW && !explain_is_recorded(&numbers[i]))
            note = TEXT("gateways do not record this one in Shadow mode yet");
        add(rows, numbers[i].name,
            refuses ? text_format(rows->arena, "%.*s, more is refused", TEXT_ARG(amount)) : amount,
            numbers[i].number.from, note);
    }
}

/* Several may stand under one name: each holds. */
static void
add_budgets(struct rows *rows, const struct merged_constraints *constraints)
{
    for (size_t i = 0; i < constraints->budgets.count; i++) {
        const struct gateway_budget *budget = &constraints->budgets.items[i];
        add(rows, explain_budget_name(rows->arena, budget), explain_budget(rows->arena, budget), budget->from,
            (struct text){0});
    }
}

/* What the other policies ask for the number that stands at this place in explain_numbers. */
static struct text
note_on_number(struct rows *rows, enum policy_mode mode, size_t place, const struct merged_number *winner)
{
    struct buffer note;
    buffer_init(&note, rows->arena, 64);
    for (size_t i = 0; i < rows->effective->policies.count; i++) {
        const struct applied_policy *applied = &rows->effective->policies.items[i];
        if (applied->policy->spec.mode != mode || text_equals(applied->title, winner->from.policy))
            continue;
        struct merged_constraints own = constraints_of(rows->arena, applied);
        struct explained_number asked[EXPLAINED_NUMBERS];
        explain_numbers(&own, asked);
        if (asked[place].number.amount == FIELD_UNSET)
            continue;
        struct text amount = explain_amount(rows->arena, &asked[place]);
        struct text name = explain_short_name(applied->title);
        buffer_print(&note, "%s%.*s asked %.*s: %s", note.length > 0 ? "; " : "", TEXT_ARG(name),
                     TEXT_ARG(amount),
                     asked[place].number.amount == winner->amount ? "the same" : "looser, ignored");
    }
    return buffer_text(&note);
}

static void
add_deadlines(struct rows *rows, const struct planned_environment *planned)
{
    const struct merged_defaults *defaults = &rows->effective->defaults;
    const struct gateway_deadlines *deadlines = &planned->config->config.deadlines;
    const struct merged_number *ceiling = &rows->effective->enforced.request_timeout_ms;
    const struct {
        struct text name;
        int64_t ms;
        const struct merged_value *value;
    } list[] = {
        {TEXT("deadlines.connect"), deadlines->connect, &defaults->connect_ms},
        {TEXT("deadlines.firstByte"), deadlines->first_byte, &defaults->first_byte_ms},
        {TEXT("deadlines.gap"), deadlines->gap, &defaults->gap_ms},
        {TEXT("deadlines.total"), deadlines->total, &defaults->total_ms},
    };
    for (size_t i = 0; i < COUNT_OF(list); i++) {
        struct rule_source from = source_or_built_in(list[i].value);
        if (list[i].value == &defaults->total_ms && ceiling->amount == list[i].ms)
            from = ceiling->from; /* requestTimeout is its ceiling */
        add(rows, list[i].name, print_duration(rows->arena, list[i].ms), from, (struct text){0});
    }
}

static void
add_routes(struct rows *rows, const struct planned_environment *planned)
{
    const struct merged_defaults *defaults = &rows->effective->defaults;
    for (size_t i = 0; i < defaults->route_count; i++) {
        const struct merged_route *merged = &defaults->routes[i];
        struct rule_source from = merged->applied ? levels_source(rows->arena, merged->applied,
                                                                  merged->route->source, TEXT("targets"))
                                                  : built_in_source();
        add(rows, text_format(rows->arena, "routes[%.*s].targets", TEXT_ARG(merged->route->model)),
            route_words(rows, planned, merged->route->model), from, note_on_route(rows, merged));
    }
}

/* "2", or "none: set OPENAI_API_KEY to enable". */
static struct text
route_words(struct rows *rows, const struct planned_environment *planned, struct text model)
{
    const struct gateway_model_list *models = &planned->config->config.models;
    for (size_t i = 0; i < models->count; i++)
        if (text_equals(models->items[i].name, model) && gateway_model_has_targets(&models->items[i]))
            return explain_number(rows->arena, (int64_t)models->items[i].targets.count);
    const struct environment_model_list *notes = &planned->config->models;
    for (size_t i = 0; i < notes->count; i++)
        if (text_equals(notes->items[i].name, model))
            return text_format(rows->arena, "none: %.*s", TEXT_ARG(notes->items[i].note));
    return TEXT("none");
}

static struct text
note_on_route(struct rows *rows, const struct merged_route *merged)
{
    struct buffer note;
    buffer_init(&note, rows->arena, 64);
    for (size_t i = 0; i < rows->effective->policies.count; i++) {
        const struct applied_policy *applied = &rows->effective->policies.items[i];
        const struct policy_route_list *routes = &applied->policy->spec.defaults.routes;
        if (applied == merged->applied || applied->policy->spec.mode == POLICY_MODE_SHADOW)
            continue;
        for (size_t j = 0; j < routes->count; j++)
            if (text_equals(routes->items[j].model, merged->route->model))
                buffer_print(&note, "%s%.*s defines it too: less specific, not used",
                             note.length > 0 ? "; " : "", TEXT_ARG(explain_short_name(applied->title)));
    }
    return buffer_text(&note);
}

/* Of each target once, however many models it stands behind. */
static void
add_prices(struct rows *rows, const struct planned_environment *planned)
{
    const struct gateway_config *config = &planned->config->config;
    const struct map *prices = gateway_prices_index(rows->arena, &config->prices);
    struct map *seen = map_new(rows->arena);
    for (size_t i = 0; i < config->models.count; i++) {
        const struct gateway_model *model = &config->models.items[i];
        for (size_t j = 0; j < model->targets.count + model->fallback.count; j++) {
            const struct gateway_target *target = j < model->targets.count
                                                      ? &model->targets.items[j]
                                                      : &model->fallback.items[j - model->targets.count];
            struct text name = text_format(rows->arena, "prices[%.*s/%.*s]", TEXT_ARG(target->provider),
                                           TEXT_ARG(target->model));
            if (!map_set(seen, name, seen))
                add_price(rows, name, target, gateway_prices_find(prices, target));
        }
    }
}

/* price: NULL when there is none. */
static void
add_price(struct rows *rows, struct text name, const struct gateway_target *target,
          const struct model_price *price)
{
    const struct merged_defaults *defaults = &rows->effective->defaults;
    const struct model_price *set = defaults_find_price(defaults, target->provider, target->model);
    struct rule_source from =
        set ? levels_source(rows->arena, defaults_price_applied(defaults, set), set->source, TEXT("model"))
            : built_in_source();
    add(rows, name, price ? explain_price(rows->arena, price) : TEXT("none"), from,
        price ? (struct text){0} : TEXT("its calls have no cost: add it to defaults.prices"));
}

static void
add_rest(struct rows *rows, const struct planned_environment *planned)
{
    const struct gateway_config *config = &planned->config->config;
    add(rows, TEXT("clientGone"), schema_enum_name(client_gone_names, (int)config->client_gone),
        source_or_built_in(&rows->effective->defaults.client_gone), (struct text){0});
    add(rows, TEXT("cache.mode"), schema_enum_name(cache_mode_names, CACHE_MODE_NONE), built_in_source(),
        (struct text){0});
    struct text_list callers = {
        .items = arena_alloc_array(rows->arena, config->callers.count, sizeof(struct text))};
    for (size_t i = 0; i < config->callers.count; i++)
        callers.items[callers.count++] = config->callers.items[i].name;
    struct rule_source workspace = {
        .policy = planned->workspace->metadata.name,
        .place = levels_place(rows->arena, planned->workspace->spec.source, TEXT("callers"))};
    add(rows, TEXT("callers"), text_join(rows->arena, &callers, TEXT(", ")), workspace, (struct text){0});
    if (config->suspended)
        add(rows, TEXT("suspended"), TEXT("true"), workspace, TEXT("every call is answered 503"));
}

static struct rule_source
source_or_built_in(const struct merged_value *value)
{
    return value->amount == FIELD_UNSET ? built_in_source() : value->from;
}
