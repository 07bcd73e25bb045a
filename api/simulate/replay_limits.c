/* See the header. The same buckets as a gateway's. */
#include "api/simulate/replay_limits.h"

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/base/token_bucket.h"

struct replay_limits {
    struct arena *arena;
    const struct gateway_config *config;
    struct map *buckets; /* of each limit: by its index and, where the scope says so, the caller */
};

static bool is_about(const struct gateway_limit *limit, const struct usage_record *record);
static struct token_bucket *
find_bucket(struct replay_limits *limits, size_t index, const struct usage_record *record);
static int64_t first_need(const struct gateway_limit *limit, const struct usage_vector *used);
static struct replay_refusal refusal_of(const struct gateway_limit *limit);

struct replay_limits *
replay_limits_new(struct arena *arena, const struct gateway_config *config)
{
    struct replay_limits *limits = arena_alloc(arena, sizeof(*limits));
    *limits = (struct replay_limits){arena, config, map_new(arena)};
    return limits;
}

struct replay_refusal
replay_limits_take(struct replay_limits *limits, const struct usage_record *record,
                   const struct usage_vector *used)
{
    const struct gateway_limit_list *list = &limits->config->limits;
    for (size_t i = 0; i < list->count; i++) {
        const struct gateway_limit *limit = &list->items[i];
        if (is_about(limit, record) &&
            !token_bucket_look(find_bucket(limits, i, record), record->time_ms, first_need(limit, used))
                 .granted)
            return refusal_of(limit);
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct gateway_limit *limit = &list->items[i];
        if (!is_about(limit, record))
            continue;
        struct token_bucket *bucket = find_bucket(limits, i, record);
        int64_t need = first_need(limit, used);
        token_bucket_take(bucket, record->time_ms, need);
        if (limit->unit == LIMIT_UNIT_TOKENS_PER_MINUTE)
            token_bucket_settle(bucket, record->time_ms, need, usage_vector_tokens(used));
    }
    return (struct replay_refusal){0};
}

void
replay_limits_return(struct replay_limits *limits, const struct usage_record *record,
                     const struct usage_vector *used)
{
    for (size_t i = 0; i < limits->config->limits.count; i++) {
        const struct gateway_limit *limit = &limits->config->limits.items[i];
        bool is_of_tokens = limit->unit == LIMIT_UNIT_TOKENS_PER_MINUTE;
        if (is_about(limit, record))
            token_bucket_return(find_bucket(limits, i, record), record->time_ms,
                                is_of_tokens ? usage_vector_tokens(used) : 1);
    }
}

static bool
is_about(const struct gateway_limit *limit, const struct usage_record *record)
{
    return limit->from.mode == POLICY_MODE_ENFORCE && limit->unit != LIMIT_UNIT_CONCURRENCY &&
           (limit->scope != LIMIT_SCOPE_CALLER || !text_is_empty(record->caller));
}

static struct token_bucket *
find_bucket(struct replay_limits *limits, size_t index, const struct usage_record *record)
{
    const struct gateway_limit *limit = &limits->config->limits.items[index];
    char key[sizeof(index) + 256];
    size_t length = sizeof(index);
    memcpy(key, &index, sizeof(index));
    if (limit->scope == LIMIT_SCOPE_CALLER) {
        size_t taken = record->caller.length < 256 ? record->caller.length : 256;
        memcpy(key + length, record->caller.bytes, taken);
        length += taken;
    }
    struct text name = {key, length};
    struct token_bucket *bucket = map_find(limits->buckets, name);
    if (!bucket) {
        bucket = arena_alloc(limits->arena, sizeof(*bucket));
        *bucket = token_bucket_full(.per_minute = limit->amount, .now_ms = record->time_ms);
        map_set(limits->buckets, name, bucket);
    }
    return bucket;
}

static int64_t
first_need(const struct gateway_limit *limit, const struct usage_vector *used)
{
    return limit->unit == LIMIT_UNIT_TOKENS_PER_MINUTE ? usage_vector_prompt_tokens(used) : 1;
}

static struct replay_refusal
refusal_of(const struct gateway_limit *limit)
{
    static const char *const names[][2] = {
        {"limits[environment].requestsPerMinute", "limits[environment].tokensPerMinute"},
        {"limits[caller].requestsPerMinute", "limits[caller].tokensPerMinute"},
    };
    const char *name = names[limit->scope == LIMIT_SCOPE_CALLER][limit->unit == LIMIT_UNIT_TOKENS_PER_MINUTE];
    return (struct replay_refusal){text_of(name), limit->from};
}
