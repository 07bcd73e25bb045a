/* See the header. */
#include "gateway/decide/gateway_count.h"

static int64_t
greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void
gateway_count_told(struct gateway_count *count, int64_t gateways, int64_t now_ms)
{
    if (gateways < count->told)
        gateway_count_seen(count, count->told, now_ms);
    count->told = gateways;
}

void
gateway_count_seen(struct gateway_count *count, int64_t gateways, int64_t now_ms)
{
    if (gateways < count->most && now_ms < count->until_ms)
        return;
    count->most = gateways;
    count->until_ms = now_ms + GATEWAY_COUNT_REMEMBERED_MS;
}

int64_t
gateway_count_now(const struct gateway_count *count, int64_t wanted, int64_t now_ms)
{
    int64_t lately = now_ms < count->until_ms ? count->most : 0;
    return greater(greater(count->told, lately), greater(wanted, 1));
}
