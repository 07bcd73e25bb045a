/* What is remembered, and for how long. */
#include "api/server/identity/review_cache.h"

#include <criterion/criterion.h>

#include "tests/support/arena_fixture.h"

TestSuite(review_cache, .init = given_arena, .fini = end_arena);

static struct review_key
key(const char *name)
{
    const struct text part = text_of(name);
    return review_key_of(&part, 1);
}

static bool
finds(const struct review_cache *cache, const char *name, int64_t now_ms, const char *wanted)
{
    struct review_key asked = key(name);
    struct text found = {0};
    return review_cache_find(arena, cache, &asked, now_ms, &found) && text_equals(found, text_of(wanted));
}

static void
keep(struct review_cache *cache, const char *name, int64_t until_ms, const char *answer)
{
    struct review_key kept = key(name);
    review_cache_keep(cache, &kept, until_ms, text_of(answer));
}

Test(review_cache, an_answer_is_known_until_its_end_and_no_longer)
{
    struct review_cache *cache = review_cache_new(arena);
    keep(cache, "a", 100, "yes");
    cr_assert(finds(cache, "a", 99, "yes"));
    cr_assert_not(finds(cache, "a", 100, "yes"));
    cr_assert_not(finds(cache, "b", 0, "yes"));
    keep(cache, "a", 200, "no");
    cr_assert(finds(cache, "a", 150, "no"), "the newer one counts");
}

Test(review_cache, what_is_too_long_is_not_kept)
{
    struct review_cache *cache = review_cache_new(arena);
    char *answer = arena_alloc(arena, REVIEW_CACHE_MAX_ANSWER_BYTES + 2);
    memset(answer, 'x', REVIEW_CACHE_MAX_ANSWER_BYTES + 1);
    keep(cache, "a", 100, answer);
    cr_assert_not(finds(cache, "a", 0, answer));
    answer[REVIEW_CACHE_MAX_ANSWER_BYTES] = '\0';
    keep(cache, "a", 100, answer);
    cr_assert(finds(cache, "a", 0, answer));
}

Test(review_cache, a_full_one_is_begun_anew_also_by_answers_that_replace_others)
{
    struct review_cache *cache = review_cache_new(arena);
    keep(cache, "first", 100, "yes");
    for (int i = 0; i < REVIEW_CACHE_MAX_ANSWERS - 1; i++)
        keep(cache, "again", 100, "yes");
    cr_assert(finds(cache, "first", 0, "yes"));
    keep(cache, "last", 100, "yes");
    cr_assert_not(finds(cache, "first", 0, "yes"));
    cr_assert(finds(cache, "last", 0, "yes"));
}

Test(review_cache, parts_are_not_run_together)
{
    const struct text one[] = {TEXT("ab"), TEXT("c")}, other[] = {TEXT("a"), TEXT("bc")};
    const struct text alone[] = {TEXT("ab")};
    struct review_key a = review_key_of(one, 2), b = review_key_of(other, 2), c = review_key_of(alone, 1);
    cr_assert_not(digest_equals(a.digest, b.digest, sizeof(a.digest)));
    cr_assert_not(digest_equals(a.digest, c.digest, sizeof(a.digest)));
}
