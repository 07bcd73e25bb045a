/* See the header. */
#include "gateway/live_limits.h"

#include "api/types/gateway_config.h"
#include "lib/base/arena.h"

struct live_limits
live_limits_index(struct arena *arena, const struct gateway_config *config)
{
    struct live_limits limits = {.items =
                                     arena_alloc_array(arena, config->limits.count, sizeof(*limits.items))};
    for (size_t i = 0; i < config->limits.count; i++) {
        const struct gateway_limit *limit = &config->limits.items[i];
        if (limit->from.mode == POLICY_MODE_ENFORCE)
            limits.items[limits.count++] = (struct live_limit){
                limit, shared_limit_id(arena, config->workspace, config->environment, limit)};
    }
    return limits;
}
