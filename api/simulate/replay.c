/* The life of a recorded call, in the order of a gateway's stages: model, maxima, limits, budgets. */
#include "api/simulate/replay.h"

#include "api/simulate/replay_budgets.h"
#include "api/simulate/replay_limits.h"
#include "api/types/price_cost.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/map.h"

struct replay_environment {
    const struct gateway_config *config;
    const struct map *prices;
    struct replay_limits *limits;
    struct replay_budget_set *budgets;
};

struct replay {
    struct arena *arena;
    struct map *environments; /* by "workspace/environment" */
    struct replay_budgets *budgets;
    struct replay_sums *found;
    int64_t from_ms, first_ms;
};

/* One call on its way. */
struct passage {
    const struct usage_record *record;
    bool was_refused;
    int64_t calls; /* 0: an earlier try of a call, which only spends: its call is counted by the last */
    struct replay_route route;
    struct replay_refusal refusal, clamped;
    struct usage_vector used;     /* after clamping */
    int64_t recorded_nano;        /* 0: nobody knew */
    int64_t whole_nano, now_nano; /* under the changed prices: before clamping, and after */
    bool is_priced;
};

static bool add_environment(struct replay *replay, const struct gateway_config *config, struct error *err);
static struct replay_environment *
find_environment(const struct replay *replay, struct text workspace, struct text environment);
static bool went_through(const struct usage_record *record);
static struct passage
pass(struct replay *replay, struct replay_environment *environment, const struct usage_record *record);
static void judge(struct replay *replay, struct replay_environment *environment, struct passage *passage);
static void reckon(const struct replay_environment *environment, struct passage *passage,
                   const struct usage_vector *whole);
static void tell(struct replay *replay, const struct passage *passage);
static void
tell_passed(struct replay *replay, struct replay_environment_sum *sum, const struct passage *passage);

bool
replay_new(struct arena *arena, const struct gateway_config_list *configs, int64_t from_ms,
           struct replay **out_replay, struct error *err)
{
    struct replay *replay = arena_alloc(arena, sizeof(*replay));
    *replay = (struct replay){.arena = arena,
                              .environments = map_new(arena),
                              .budgets = replay_budgets_new(arena),
                              .found = replay_sums_new(arena),
                              .from_ms = from_ms,
                              .first_ms = from_ms};
    for (size_t i = 0; i < configs->count; i++)
        if (!add_environment(replay, &configs->items[i], err))
            return false;
    *out_replay = replay;
    return true;
}

int64_t
replay_first_ms(const struct replay *replay)
{
    return replay->first_ms;
}

void
replay_take(struct replay *replay, const struct usage_record *record)
{
    bool was_refused = record->outcome == CALL_REFUSED;
    if (!was_refused && !went_through(record))
        return;
    struct replay_environment *environment = find_environment(replay, record->workspace, record->environment);
    struct passage passage = pass(replay, environment, record);
    if (record->time_ms >= replay->from_ms)
        tell(replay, &passage);
}

struct replay_sums *
replay_found(const struct replay *replay)
{
    return replay->found;
}

static bool
add_environment(struct replay *replay, const struct gateway_config *config, struct error *err)
{
    if (find_environment(replay, config->workspace, config->environment))
        return error_set(err, ERROR_INVALID, "environment %.*s/%.*s is there twice",
                         TEXT_ARG(config->workspace), TEXT_ARG(config->environment));
    struct replay_environment *environment = arena_alloc(replay->arena, sizeof(*environment));
    environment->config = config;
    environment->prices = gateway_prices_index(replay->arena, &config->prices);
    environment->limits = replay_limits_new(replay->arena, config);
    if (!replay_budgets_add(replay->budgets, config, &environment->budgets, err))
        return false;
    int64_t first = replay_budgets_first_ms(environment->budgets, replay->from_ms);
    replay->first_ms = first < replay->first_ms ? first : replay->first_ms;
    struct text name =
        text_format(replay->arena, "%.*s/%.*s", TEXT_ARG(config->workspace), TEXT_ARG(config->environment));
    map_set(replay->environments, name, environment);
    return true;
}

static struct replay_environment *
find_environment(const struct replay *replay, struct text workspace, struct text environment)
{
    char name[512];
    if (workspace.length + environment.length >= sizeof(name)) /* no such name is allowed */
        return NULL;
    int length = snprintf(name, sizeof(name), "%.*s/%.*s", TEXT_ARG(workspace), TEXT_ARG(environment));
    return map_find(replay->environments, (struct text){name, (size_t)length});
}

/* Only what completed or was billed: the rest cost nothing, and its client asked again or did not. */
static bool
went_through(const struct usage_record *record)
{
    return record->outcome == CALL_COMPLETED || record->usage_source != USAGE_NONE || record->cost > 0;
}

static struct passage
pass(struct replay *replay, struct replay_environment *environment, const struct usage_record *record)
{
    struct passage passage = {.record = record,
                              .was_refused = record->outcome == CALL_REFUSED,
                              .calls = record->next_try == NEXT_TRY_NONE,
                              .recorded_nano = record->cost == FIELD_UNSET ? 0 : record->cost,
                              .is_priced = true};
    passage.whole_nano = passage.now_nano = passage.recorded_nano;
    if (!environment)
        passage.refusal.rule = TEXT("environments");
    else if (environment->config->suspended)
        passage.refusal.rule = TEXT("suspended");
    else if (!text_is_empty(record->model)) /* what only lists models passes no rule */
        judge(replay, environment, &passage);
    return passage;
}

static void
judge(struct replay *replay, struct replay_environment *environment, struct passage *passage)
{
    const struct usage_record *record = passage->record;
    const struct usage_vector whole = usage_record_vector(record);
    passage->used = whole;
    passage->route = replay_route_of(environment->config, record);
    passage->refusal = passage->route.refusal;
    if (text_is_empty(passage->refusal.rule))
        passage->refusal = replay_apply_maxima(environment->config, &passage->used, &passage->clamped);
    bool takes_limits = passage->calls > 0;
    if (takes_limits && text_is_empty(passage->refusal.rule))
        passage->refusal = replay_limits_take(environment->limits, record, &passage->used);
    if (!text_is_empty(passage->refusal.rule))
        return;
    reckon(environment, passage, &whole);
    const struct replay_spend spend = {.record = record,
                                       .tokens = usage_vector_tokens(&passage->used),
                                       .cost_nano = passage->now_nano,
                                       .is_priced = passage->is_priced,
                                       .is_unknown = passage->was_refused};
    passage->refusal = replay_budgets_take(replay->budgets, environment->budgets, &spend);
    if (takes_limits && !text_is_empty(passage->refusal.rule))
        replay_limits_return(environment->limits, record, &passage->used);
}

/* A target that only lacks its key keeps the cost it had; what has no price is counted at what it cost then,
 * or a price left out would look like money saved. */
static void
reckon(const struct replay_environment *environment, struct passage *passage,
       const struct usage_vector *whole)
{
    const struct gateway_target *target = passage->route.target;
    if (!target)
        return;
    const struct model_price *price = gateway_prices_find(environment->prices, target);
    struct price_cost before, after;
    passage->is_priced = price_cost_of(price, whole, &before) &&
                         price_cost_of(price, &passage->used, &after) && before.unpriced == 0;
    if (!passage->is_priced)
        return;
    passage->whole_nano = before.nano_usd;
    passage->now_nano = after.nano_usd;
}

static void
tell(struct replay *replay, const struct passage *passage)
{
    const struct usage_record *record = passage->record;
    struct replay_environment_sum *sum =
        replay_sums_environment(replay->found, record->workspace, record->environment);
    bool is_refused = !text_is_empty(passage->refusal.rule);
    sum->calls += passage->was_refused ? 0 : passage->calls;
    sum->refused += passage->was_refused;
    replay_add(&sum->recorded_nano, passage->recorded_nano);
    if (!is_refused) {
        tell_passed(replay, sum, passage);
    } else if (!passage->was_refused) {
        const struct usage_vector used = usage_record_vector(record);
        struct replay_rule_sum *row = replay_sums_rule(replay->found, sum, REPLAY_BLOCKED, &passage->refusal);
        sum->effects[REPLAY_BLOCKED] += passage->calls;
        row->calls += passage->calls;
        replay_add(&row->tokens, usage_vector_tokens(&used));
        replay_add(&row->saved_nano, passage->recorded_nano);
    }
}

static void
tell_passed(struct replay *replay, struct replay_environment_sum *sum, const struct passage *passage)
{
    if (passage->was_refused) {
        const struct replay_refusal code = {passage->record->code, {.policy = passage->record->policy}};
        replay_sums_rule(replay->found, sum, REPLAY_NEWLY_ALLOWED, &code)->calls++;
        sum->effects[REPLAY_NEWLY_ALLOWED]++;
        return;
    }
    replay_add(&sum->changed_nano, passage->now_nano);
    sum->unpriced += !passage->is_priced;
    if (!text_is_empty(passage->route.moved_by.rule)) {
        struct replay_rule_sum *row =
            replay_sums_rule(replay->found, sum, REPLAY_MOVED, &passage->route.moved_by);
        sum->effects[REPLAY_MOVED] += passage->calls;
        row->calls += passage->calls;
        replay_add(&row->saved_nano, passage->recorded_nano - passage->whole_nano);
    } else {
        replay_add(&sum->saved_by_prices_nano, passage->recorded_nano - passage->whole_nano);
    }
    if (!text_is_empty(passage->clamped.rule)) {
        const struct usage_vector whole = usage_record_vector(passage->record);
        struct replay_rule_sum *row = replay_sums_rule(replay->found, sum, REPLAY_CLAMPED, &passage->clamped);
        sum->effects[REPLAY_CLAMPED] += passage->calls;
        row->calls += passage->calls;
        replay_add(&row->tokens, usage_vector_tokens(&whole) - usage_vector_tokens(&passage->used));
        replay_add(&row->saved_nano, passage->whole_nano - passage->now_nano);
    }
}
