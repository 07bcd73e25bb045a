/* The only caller of clock_gettime, and the stopped clock that tests put in its place. */
#include "lib/base/clock.h"

#include <stdbool.h>
#include <time.h>

static bool is_frozen;      /* the monotonic clocks */
static bool is_unix_frozen; /* wall time */
static int64_t frozen_monotonic_ms;
static int64_t frozen_unix_ms;

static int64_t
read_us(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now); /* cannot fail for these clocks */
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_now_ms(void)
{
    return clock_now_us() / 1000;
}

int64_t
clock_now_us(void)
{
    return is_frozen ? frozen_monotonic_ms * 1000 : read_us(CLOCK_MONOTONIC);
}

int64_t
clock_boot_ms(void)
{
    return is_frozen ? frozen_monotonic_ms : read_us(CLOCK_BOOTTIME) / 1000;
}

int64_t
clock_unix_ms(void)
{
    return is_unix_frozen ? frozen_unix_ms : read_us(CLOCK_REALTIME) / 1000;
}

void
clock_freeze(int64_t monotonic_ms, int64_t unix_ms)
{
    is_frozen = true;
    frozen_monotonic_ms = monotonic_ms;
    clock_freeze_unix(unix_ms);
}

void
clock_freeze_unix(int64_t unix_ms)
{
    is_unix_frozen = true;
    frozen_unix_ms = unix_ms;
}
