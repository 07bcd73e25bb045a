/* The bucket counts in 60,000ths of a unit, so that one millisecond refills exactly per_minute of them. */
#include "lib/base/token_bucket.h"

#include <assert.h>

#define PARTS INT64_C(60000) /* of one unit; also the milliseconds of a minute */

static void refill(struct token_bucket *bucket, int64_t now_ms);
static struct bucket_verdict judge(const struct token_bucket *bucket, int64_t amount);
static void add_units(struct token_bucket *bucket, int64_t units);
static int64_t ms_until(const struct token_bucket *bucket, int64_t level);

struct token_bucket
token_bucket_start_full(struct token_bucket_start start)
{
    assert(start.per_minute >= 0 && start.per_minute <= TOKEN_BUCKET_MAX_PER_MINUTE);
    return (struct token_bucket){
        .per_minute = start.per_minute,
        .level = start.per_minute * PARTS,
        .updated_ms = start.now_ms,
    };
}

struct bucket_verdict
token_bucket_take(struct token_bucket *bucket, int64_t now_ms, int64_t amount)
{
    refill(bucket, now_ms);
    struct bucket_verdict verdict = judge(bucket, amount);
    if (!verdict.granted)
        return verdict;

    bucket->level -= amount * PARTS;
    verdict.remaining = bucket->level / PARTS;
    verdict.reset_ms = ms_until(bucket, bucket->per_minute * PARTS);
    return verdict;
}

struct bucket_verdict
token_bucket_look(struct token_bucket *bucket, int64_t now_ms, int64_t amount)
{
    refill(bucket, now_ms);
    return judge(bucket, amount);
}

void
token_bucket_settle(struct token_bucket *bucket, int64_t now_ms, int64_t taken, int64_t actual)
{
    assert(taken >= 0 && actual >= 0);
    refill(bucket, now_ms);
    add_units(bucket, taken - actual);
}

void
token_bucket_return(struct token_bucket *bucket, int64_t now_ms, int64_t taken)
{
    token_bucket_settle(bucket, now_ms, taken, 0);
}

void
token_bucket_change_limit(struct token_bucket *bucket, int64_t now_ms, int64_t per_minute)
{
    assert(per_minute >= 0 && per_minute <= TOKEN_BUCKET_MAX_PER_MINUTE);
    refill(bucket, now_ms);
    if (bucket->per_minute == 0)
        bucket->level = 0;
    else
        bucket->level = (int64_t)((__int128)bucket->level * per_minute / bucket->per_minute);
    bucket->per_minute = per_minute;
}

static void
refill(struct token_bucket *bucket, int64_t now_ms)
{
    int64_t elapsed_ms = now_ms - bucket->updated_ms;
    if (elapsed_ms <= 0)
        return;
    bucket->updated_ms = now_ms;

    /* Longer than this every bucket is full, however much is owed; and the product below stays in range. */
    int64_t longest_ms = (TOKEN_BUCKET_MAX_DEBT_MINUTES + 1) * PARTS;
    if (elapsed_ms > longest_ms)
        elapsed_ms = longest_ms;

    int64_t full = bucket->per_minute * PARTS;
    bucket->level += elapsed_ms * bucket->per_minute;
    if (bucket->level > full)
        bucket->level = full;
}

static struct bucket_verdict
judge(const struct token_bucket *bucket, int64_t amount)
{
    assert(amount >= 0);
    struct bucket_verdict verdict = {
        .never = amount > bucket->per_minute,
        .remaining = bucket->level > 0 ? bucket->level / PARTS : 0,
        .reset_ms = ms_until(bucket, bucket->per_minute * PARTS),
    };
    if (verdict.never)
        return verdict;

    verdict.granted = bucket->level >= amount * PARTS;
    if (!verdict.granted)
        verdict.retry_after_ms = ms_until(bucket, amount * PARTS);
    return verdict;
}

static void
add_units(struct token_bucket *bucket, int64_t units)
{
    int64_t full = bucket->per_minute * PARTS;
    int64_t deepest = -bucket->per_minute * PARTS * TOKEN_BUCKET_MAX_DEBT_MINUTES;
    int64_t parts, level;
    if (__builtin_mul_overflow(units, PARTS, &parts) || __builtin_add_overflow(bucket->level, parts, &level))
        level = units < 0 ? deepest : full;

    if (level > full)
        level = full;
    if (level < deepest)
        level = deepest;
    bucket->level = level;
}

/* Rounded up: at that moment there is enough. */
static int64_t
ms_until(const struct token_bucket *bucket, int64_t level)
{
    if (bucket->level >= level)
        return 0;
    int64_t missing = level - bucket->level;
    return missing / bucket->per_minute + (missing % bucket->per_minute != 0);
}
