/* An environment that was ready and now lacks nothing but acks of gateways that the cluster counts. */
#include "operator/reconcile/redial.h"

static bool is_worse(const struct environment_status *standing, const struct environment_status *wanted);
static bool lacks_acks_only(const struct environment_status *wanted);
static const struct environment_status *find(const struct workspace_status *status, struct text name);

int64_t
redial_wait_ms(int64_t led_ms, const struct workspace_status *standing, const struct workspace_status *wanted)
{
    const struct condition *ready = condition_find(&wanted->conditions, TEXT("Ready"));
    if (led_ms >= REDIAL_PATIENCE_MS || !ready || ready->status != CONDITION_UNKNOWN)
        return 0;
    bool is_waiting = false;
    for (size_t i = 0; i < wanted->environments.count; i++) {
        const struct environment_status *one = &wanted->environments.items[i];
        if (!is_worse(find(standing, one->name), one))
            continue;
        if (!lacks_acks_only(one))
            return 0;
        is_waiting = true;
    }
    return is_waiting ? REDIAL_PATIENCE_MS - led_ms : 0;
}

static bool
is_worse(const struct environment_status *standing, const struct environment_status *wanted)
{
    return standing && standing->ready && !wanted->ready;
}

static bool
lacks_acks_only(const struct environment_status *wanted)
{
    return text_equals(wanted->reason, TEXT("GatewayStarting")) && wanted->gateway.replicas > 0;
}

static const struct environment_status *
find(const struct workspace_status *status, struct text name)
{
    for (size_t i = 0; i < status->environments.count; i++)
        if (text_equals(status->environments.items[i].name, name))
            return &status->environments.items[i];
    return NULL;
}
