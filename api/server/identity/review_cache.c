/* A full table is begun anew: asking again costs little, and whose answers are fresh is no secret. */
#include "api/server/identity/review_cache.h"

#include "lib/base/arena.h"
#include "lib/base/map.h"

struct review_cache {
    struct arena *arena; /* of the answers; begun anew with the table */
    struct map *answers; /* struct kept_answer */
    size_t kept;         /* since then, one that replaced another counted too: both are in the arena */
};

struct kept_answer {
    struct text text;
    int64_t until_ms;
};

static void release(void *owner);

/* Each part's length goes before it. */
struct review_key
review_key_of(const struct text *parts, size_t count)
{
    struct review_key key = {0};
    uint8_t joined[2 * DIGEST_SHA256_BYTES] = {0};
    for (size_t i = 0; i < count; i++) {
        memcpy(joined, key.digest, DIGEST_SHA256_BYTES);
        digest_sha256(parts[i], joined + DIGEST_SHA256_BYTES);
        digest_sha256((struct text){(const char *)joined, sizeof(joined)}, key.digest);
    }
    return key;
}

struct review_cache *
review_cache_new(struct arena *arena)
{
    struct review_cache *cache = arena_alloc(arena, sizeof(*cache));
    cache->arena = arena_new(0);
    cache->answers = map_new(cache->arena);
    arena_defer(arena, release, cache);
    return cache;
}

static struct text
text_of_key(const struct review_key *key)
{
    return (struct text){(const char *)key->digest, sizeof(key->digest)};
}

bool
review_cache_find(struct arena *arena, const struct review_cache *cache, const struct review_key *key,
                  int64_t now_ms, struct text *out_answer)
{
    const struct kept_answer *kept = map_find(cache->answers, text_of_key(key));
    if (!kept || now_ms >= kept->until_ms)
        return false;
    *out_answer = text_copy(arena, kept->text);
    return true;
}

void
review_cache_keep(struct review_cache *cache, const struct review_key *key, int64_t until_ms,
                  struct text answer)
{
    if (answer.length > REVIEW_CACHE_MAX_ANSWER_BYTES)
        return;
    if (cache->kept++ >= REVIEW_CACHE_MAX_ANSWERS) {
        arena_reset(cache->arena);
        cache->answers = map_new(cache->arena);
        cache->kept = 1;
    }
    struct kept_answer *kept = arena_alloc(cache->arena, sizeof(*kept));
    *kept = (struct kept_answer){text_copy(cache->arena, answer), until_ms};
    map_set(cache->answers, text_of_key(key), kept);
}

static void
release(void *owner)
{
    arena_free(((struct review_cache *)owner)->arena);
}
