/* Configs, records and replays as tests write them: JSON with ' for ". The test file has arena_fixture.h. */
#pragma once

#include <criterion/criterion.h>

#include "api/simulate/replay.h"
#include "lib/base/error.h"
#include "lib/document/json.h"
#include "lib/schema/schema.h"
#include "tests/support/arena_fixture.h"

/* 2026-11-10T12:00:00Z, a Tuesday. */
#define NOON INT64_C(1794312000000)
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)

/* A thousand nano-USD a token in, two thousand out. */
#define PRICED_TARGET(MODEL) "{'provider':'p','model':'" MODEL "','priceVersion':'v'}"
#define PRICES                                                                                               \
    ",'prices':[{'version':'v','price':{'provider':'p','model':'*','usdPerMillion':"                         \
    "{'input':'1','output':'2','reasoning':'2'}}}]"

static inline void
given_decoded(const struct schema *schema, const char *written, void *out_value)
{
    char *json = text_c_string(arena, text_of(written));
    for (char *at = json; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    struct document *document;
    struct error err = {0};
    struct problem_list problems;
    problems_init(&problems, arena);
    cr_assert(json_parse(arena, text_of(json), TEXT("given"), &document, &err), "%s", err.message);
    cr_assert(schema_decode(arena, schema, document, (struct text){0}, out_value, &problems), "%.*s",
              TEXT_ARG(problem_line(arena, &problems.items[0])));
}

/* more: further members of the config, ",'deny':[...]"; without models among them there is one, m, and
 * without prices there are PRICES. */
static inline struct gateway_config
given_config(const char *environment, const char *more)
{
    struct gateway_config config;
    bool has_models = strstr(more, "'models'") != NULL, has_prices = strstr(more, "'prices'") != NULL;
    struct text json = text_format(
        arena, "{'version':1,'workspace':'lab','environment':'%s','tier':'Development'%s%s%s}", environment,
        has_models ? "" : ",'models':[{'name':'m','targets':[" PRICED_TARGET("big") "]}]",
        has_prices ? "" : PRICES, more);
    given_decoded(&gateway_config_schema, text_c_string(arena, json), &config);
    return config;
}

/* A call of ada's to m in lab/dev that completed; cost 20,000 nano-USD for 10 tokens in and 5 out. */
static inline struct usage_record
given_call(int64_t time_ms)
{
    struct usage_record record;
    given_decoded(&usage_record_schema,
                  "{'id':'01','time':0,'workspace':'lab','environment':'dev','caller':'ada','model':'m',"
                  "'provider':'p','targetModel':'big','outcome':'Completed','usageSource':'Provider',"
                  "'inputTokens':10,'outputTokens':5,'cost':'0.00002'}",
                  &record);
    record.time_ms = time_ms;
    return record;
}

static inline struct usage_record
given_refused(int64_t time_ms)
{
    struct usage_record record = given_call(time_ms);
    record.outcome = CALL_REFUSED;
    record.usage_source = USAGE_NONE;
    record.input_tokens = record.output_tokens = 0;
    record.cost = FIELD_UNSET;
    record.provider = record.target_model = (struct text){0};
    record.code = TEXT("rate_limited");
    record.policy = TEXT("ns/old");
    return record;
}

static inline struct replay *
given_replay(const struct gateway_config *configs, size_t count, int64_t from_ms)
{
    struct gateway_config_list *list = arena_alloc(arena, sizeof(*list));
    list->items = arena_copy(arena, configs, count * sizeof(*configs));
    list->count = count;
    struct replay *replay = NULL;
    struct error err = {0};
    cr_assert(replay_new(arena, list, from_ms, &replay, &err), "%s", err.message);
    return replay;
}

static inline struct replay *
given_replay_of(const char *more)
{
    struct gateway_config config = given_config("dev", more);
    return given_replay(&config, 1, NOON);
}
