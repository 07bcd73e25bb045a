/* What was found out a short time ago, by a digest of the question. Pure: bounded in time, number and bytes.
 */
#pragma once

#include "lib/net/digest.h"

struct review_cache;

#define REVIEW_CACHE_MAX_ANSWERS 1024
#define REVIEW_CACHE_MAX_ANSWER_BYTES 4096

struct review_key {
    uint8_t digest[DIGEST_SHA256_BYTES];
};

/* Of the parts, so that no other parts have the same. */
struct review_key review_key_of(const struct text *parts, size_t count);

/* Ends with the arena. */
struct review_cache *review_cache_new(struct arena *arena);
/* False: not known, or not any more. The answer is copied into the arena. */
bool review_cache_find(struct arena *arena, const struct review_cache *cache, const struct review_key *key,
                       int64_t now_ms, struct text *out_answer);
/* Known until then. What is longer than REVIEW_CACHE_MAX_ANSWER_BYTES is not kept. */
void review_cache_keep(struct review_cache *cache, const struct review_key *key, int64_t until_ms,
                       struct text answer);
