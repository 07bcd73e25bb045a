/* Readiness is not health: a gateway without a config is alive. */
#include "gateway/admin.h"

#include "gateway/gateway.h"
#include "gateway/gateway_options.h"
#include "gateway/metrics/process_metrics.h"
#include "lib/base/metrics.h"

static bool
is_ready(void *owner, struct arena *arena, struct text *out_words)
{
    (void)arena;
    const struct admin *admin = owner;
    const struct gateway *gateway = admin->gateway;
    bool ready = gateway_is_ready(gateway);
    *out_words = TEXT("ready\n");
    if (gateway->is_draining)
        *out_words = TEXT("draining\n");
    else if (!gateway->config)
        *out_words = TEXT("waiting for the first config\n");
    else if (!ready)
        *out_words = TEXT("the journal takes no records\n");
    return ready;
}

static void
print_metrics(void *owner, struct arena *arena, struct buffer *text)
{
    (void)arena;
    struct admin *admin = owner;
    process_metrics_update(admin->process_metrics);
    metrics_print(admin->metrics, text);
}

bool
admin_start(struct arena *arena, struct admin *admin, const struct gateway_address *address,
            struct http_server **out_server, struct error *err)
{
    const struct admin_place place = {admin->gateway->site.loop, address->host, address->port};
    admin->answers =
        (struct admin_answers){.is_ready = is_ready, .print_metrics = print_metrics, .owner = admin};
    return admin_port_open(arena, &place, &admin->answers, out_server, err);
}
