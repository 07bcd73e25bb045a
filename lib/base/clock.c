/* The only caller of clock_gettime, and the stopped clock that tests put in its place. */
#include "lib/base/clock.h"

#include <stdbool.h>
#include <time.h>

static bool is_frozen;      /* the monotonic clocks */
static bool is_unix_frozen; /* wall time */
static int64_t frozen_monotonic_ms;
static int64_t frozen_unix_ms;

static struct timespec
read_clock(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now); /* cannot fail for these clocks */
    return now;
}

static int64_t
ms_of(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int64_t
clock_now_ms(void)
{
    return is_frozen ? frozen_monotonic_ms : ms_of(read_clock(CLOCK_MONOTONIC));
}

int64_t
clock_now_us(void)
{
    if (is_frozen)
        return frozen_monotonic_ms * 1000;
    struct timespec now = read_clock(CLOCK_MONOTONIC);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_boot_ms(void)
{
    return is_frozen ? frozen_monotonic_ms : ms_of(read_clock(CLOCK_BOOTTIME));
}

int64_t
clock_unix_ms(void)
{
    return is_unix_frozen ? frozen_unix_ms : ms_of(read_clock(CLOCK_REALTIME));
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
