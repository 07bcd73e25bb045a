/* See the header. */
#include "gateway/decide/lease_use.h"

static struct lease_use at_time(const struct lease_use *use, int64_t now_ms);
static int64_t sum(int64_t a, int64_t b);

void
lease_use_take(struct lease_use *use, int64_t amount, int64_t now_ms)
{
    lease_use_take_many(use, amount, amount, now_ms);
}

void
lease_use_take_many(struct lease_use *use, int64_t all, int64_t largest, int64_t now_ms)
{
    if (now_ms - use->start_ms >= LEASE_USE_STRETCH_MS)
        *use = at_time(use, now_ms);
    use->taken = sum(use->taken, all);
    use->largest = largest > use->largest ? largest : use->largest;
}

void
lease_use_give_back(struct lease_use *use, int64_t amount)
{
    use->taken = sum(use->taken, -amount);
}

/* The stretch before counts whole, so a rate is never taken from an instant. */
int64_t
lease_use_per_second(const struct lease_use *use, int64_t now_ms)
{
    struct lease_use now = at_time(use, now_ms);
    int64_t taken = sum(now.taken, now.taken_before);
    int64_t elapsed_ms = now_ms > now.start_ms ? now_ms - now.start_ms : 0;
    if (taken <= 0)
        return 0;
    if (taken <= INT64_MAX / 1000) /* each hold asks: the wide division is ten times as dear */
        return taken * 1000 / (elapsed_ms + LEASE_USE_STRETCH_MS);
    return (int64_t)((__int128)taken * 1000 / (elapsed_ms + LEASE_USE_STRETCH_MS));
}

int64_t
lease_use_largest(const struct lease_use *use, int64_t now_ms)
{
    struct lease_use now = at_time(use, now_ms);
    return now.largest > now.largest_before ? now.largest : now.largest_before;
}

static struct lease_use
at_time(const struct lease_use *use, int64_t now_ms)
{
    int64_t elapsed_ms = now_ms - use->start_ms;
    if (elapsed_ms < LEASE_USE_STRETCH_MS)
        return *use;
    if (elapsed_ms >= INT64_C(2) * LEASE_USE_STRETCH_MS)
        return (struct lease_use){.start_ms = now_ms};
    return (struct lease_use){
        .start_ms = use->start_ms + LEASE_USE_STRETCH_MS,
        .taken_before = use->taken,
        .largest_before = use->largest,
    };
}

static int64_t
sum(int64_t a, int64_t b)
{
    int64_t result = 0;
    if (__builtin_add_overflow(a, b, &result))
        return a < 0 ? INT64_MIN : INT64_MAX;
    return result;
}
