/* Keys are texts with their lengths before them, so that no two are the same by where one ends. */
#include "api/server/ledger/cost_shares.h"

#include "api/types/model_policy_provider.h"
#include "api/types/runtime_cost.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/map.h"

struct cost_shares {
    struct arena *arena;
    struct map *hours; /* -> int64_t: what is left of an hour's cost */
    struct map *borne; /* by dimensions -> int64_t */
    int64_t idle_nano;
};

static void allot(struct cost_shares *shares, const struct served_hour *served, size_t count);
static struct text hour_key(struct arena *arena, int64_t hour_ms, const struct text *words);
static struct text key_of(struct arena *arena, int64_t hour_ms, const struct text *words, size_t count);
static bool is_same_hour(const struct served_hour *a, const struct served_hour *b);

struct cost_shares *
cost_shares_new(struct arena *arena, const struct model_hour *hours, size_t hour_count,
                const struct served_hour *served, size_t served_count)
{
    struct cost_shares *shares = arena_alloc(arena, sizeof(*shares));
    *shares = (struct cost_shares){arena, map_new(arena), map_new(arena), 0};
    for (size_t i = 0; i < hour_count; i++) {
        const struct text words[] = {hours[i].workspace, hours[i].environment, hours[i].deployment};
        int64_t *left = arena_alloc(arena, sizeof(*left));
        *left = hours[i].cost_nano;
        shares->idle_nano += *left;
        map_set(shares->hours, hour_key(arena, hours[i].hour_ms, words), left);
    }
    for (size_t i = 0, next; i < served_count; i = next) {
        for (next = i + 1; next < served_count && is_same_hour(&served[i], &served[next]);)
            next++;
        allot(shares, &served[i], next - i);
    }
    return shares;
}

int64_t
cost_shares_of(const struct cost_shares *shares, const struct text *by)
{
    const int64_t *borne = map_find(shares->borne, key_of(shares->arena, 0, by, USAGE_DIMENSION_COUNT));
    return borne ? *borne : 0;
}

int64_t
cost_shares_idle(const struct cost_shares *shares)
{
    return shares->idle_nano;
}

/* Of one hour and model. */
static void
allot(struct cost_shares *shares, const struct served_hour *served, size_t count)
{
    struct arena *arena = shares->arena;
    size_t prefix = sizeof(PROVIDER_SELF_HOSTED "/") - 1;
    const struct text words[] = {served->workspace, served->environment,
                                 text_slice(served->provider, prefix, served->provider.length)};
    int64_t *left = map_find(shares->hours, hour_key(arena, served->hour_ms, words));
    if (!left)
        return;
    struct runtime_share *parts = arena_alloc_array(arena, count, sizeof(*parts));
    for (size_t i = 0; i < count; i++)
        parts[i] = (struct runtime_share){
            .tokens = served[i].tokens, .media_ms = served[i].media_ms, .requests = served[i].requests};
    int64_t idle = runtime_allot(*left, parts, count);
    shares->idle_nano -= *left - idle;
    *left = idle;
    for (size_t i = 0; i < count; i++) {
        struct text key = key_of(arena, 0, served[i].by, USAGE_DIMENSION_COUNT);
        int64_t *borne = map_find(shares->borne, key);
        if (!borne) {
            borne = arena_alloc(arena, sizeof(*borne));
            map_set(shares->borne, key, borne);
        }
        *borne += parts[i].nano;
    }
}

static struct text
hour_key(struct arena *arena, int64_t hour_ms, const struct text *words)
{
    return key_of(arena, hour_ms, words, 3);
}

static struct text
key_of(struct arena *arena, int64_t hour_ms, const struct text *words, size_t count)
{
    struct buffer key;
    buffer_init(&key, arena, 128);
    buffer_print(&key, "%lld", (long long)hour_ms);
    for (size_t i = 0; i < count; i++) {
        buffer_print(&key, ",%zu:", words[i].length);
        buffer_add_text(&key, words[i]);
    }
    return buffer_text(&key);
}

static bool
is_same_hour(const struct served_hour *a, const struct served_hour *b)
{
    return a->hour_ms == b->hour_ms && text_equals(a->workspace, b->workspace) &&
           text_equals(a->environment, b->environment) && text_equals(a->provider, b->provider);
}
