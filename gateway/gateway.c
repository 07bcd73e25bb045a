/* The two questions about a running gateway that are not one stage's. */
#include "gateway/gateway.h"

#include "gateway/callers_server.h"
#include "gateway/decide/limiter.h"
#include "gateway/lender.h"
#include "gateway/live_config.h"
#include "gateway/usage_log.h"
#include "lib/base/log.h"
#include "lib/net/loop.h"

static void
tell_problems(const struct live_config *config)
{
    for (size_t i = 0; i < config->target_problems.count; i++)
        log_warn("target_unusable", LOG_TEXT("reason", config->target_problems.items[i]));
    for (size_t i = 0; i < config->workloads.problems.count; i++)
        log_warn("token_key_unusable", LOG_TEXT("reason", config->workloads.problems.items[i]));
}

void
gateway_use_config(struct gateway *gateway, struct live_config *config)
{
    struct live_config *before = gateway->config;
    gateway->config = config;
    callers_server_apply(gateway);
    limiter_apply(gateway->limiter, &config->config, loop_now_ms(gateway->site.loop));
    lender_expect_calls(gateway->lender, config->config.deadlines.total);
    live_config_unref(before);
    tell_problems(config);
}

bool
gateway_is_ready(const struct gateway *gateway)
{
    return gateway->config && !gateway->is_draining && usage_log_is_taking(gateway->usage_log);
}
