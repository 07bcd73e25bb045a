/* A per-minute allowance as a bucket that refills continuously: N at once, then N a minute.
 *
 * Integer arithmetic in 60,000ths of a unit (what N a minute is in one millisecond), so nothing drifts. In
 * any stretch of w ms at most N + N * w / 60,000 are granted. Knows no clock: now_ms is monotonic, and a step
 * back refills nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TOKEN_BUCKET_MAX_PER_MINUTE INT64_C(1000000000000)
/* What was used beyond the estimate is owed, but never longer than this: one absurd count locks nobody out
 * for good. */
#define TOKEN_BUCKET_MAX_DEBT_MINUTES 60

struct token_bucket {
    int64_t per_minute;
    int64_t level;      /* 60,000ths; below zero: owed */
    int64_t updated_ms; /* when level was right */
};

struct bucket_verdict {
    bool granted;
    bool never;             /* more than the whole limit: coming back cannot help */
    int64_t remaining;      /* whole units left after this, never below zero */
    int64_t retry_after_ms; /* refused: until this amount fits; 0 when granted or never */
    int64_t reset_ms;       /* until the bucket is full again */
};

struct token_bucket_start {
    int64_t per_minute; /* 0 to TOKEN_BUCKET_MAX_PER_MINUTE; 0 refuses everything */
    int64_t now_ms;
};

/* token_bucket_full(.per_minute = 600, .now_ms = now): names keep the two apart. */
#define token_bucket_full(...) token_bucket_start_full((struct token_bucket_start){__VA_ARGS__})
struct token_bucket token_bucket_start_full(struct token_bucket_start start);

/* Takes the amount whole or not at all. An amount of 0 is granted unless something is owed. */
struct bucket_verdict token_bucket_take(struct token_bucket *bucket, int64_t now_ms, int64_t amount);
/* What taking would say, without taking. */
struct bucket_verdict token_bucket_look(struct token_bucket *bucket, int64_t now_ms, int64_t amount);
/* Replaces an amount taken by what it turned out to be: less comes back, more is owed. */
void token_bucket_settle(struct token_bucket *bucket, int64_t now_ms, int64_t taken, int64_t actual);
/* Gives back what was taken and never used. */
void token_bucket_return(struct token_bucket *bucket, int64_t now_ms, int64_t taken);
/* A new limit: the share of the minute that is spent stays spent, so editing back and forth gives nothing
 * away. */
void token_bucket_change_limit(struct token_bucket *bucket, int64_t now_ms, int64_t per_minute);
