/* The two questions about a running gateway that are not one stage's. */
#include "gateway/gateway.h"

#include "gateway/callers_server.h"
#include "gateway/decide/limiter.h"
#include "gateway/live_config.h"
#include "gateway/usage_log.h"
#include "lib/net/loop.h"

void
gateway_use_config(struct gateway *gateway, struct live_config *config)
{
    struct live_config *before = gateway->config;
    gateway->config = config;
    callers_server_apply(gateway);
    limiter_apply(gateway->limiter, &config->config, loop_now_ms(gateway->site.loop));
    live_config_unref(before);
}

bool
gateway_is_ready(const struct gateway *gateway)
{
    return gateway->config && !gateway->is_draining && usage_log_is_taking(gateway->usage_log);
}
