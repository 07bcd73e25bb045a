/* See the header. */
#include "operator/reconcile/budget_alerts.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"

int
budget_alerts_compare(const struct gateway_budget *a, const struct gateway_budget *b)
{
    if (a->alerts.count != b->alerts.count)
        return a->alerts.count < b->alerts.count ? -1 : 1;
    for (size_t i = 0; i < a->alerts.count; i++)
        if (a->alerts.items[i] != b->alerts.items[i])
            return a->alerts.items[i] < b->alerts.items[i] ? -1 : 1;
    if (a->webhooks.count != b->webhooks.count)
        return a->webhooks.count < b->webhooks.count ? -1 : 1;
    for (size_t i = 0; i < a->webhooks.count; i++) {
        int order = text_compare(a->webhooks.items[i].url, b->webhooks.items[i].url);
        if (order != 0)
            return order;
    }
    return 0;
}

void
budget_alerts_copy(struct arena *arena, const struct gateway_budget *from, struct gateway_budget *to)
{
    to->alerts = (struct int_list){0};
    to->webhooks = (struct budget_webhook_list){0};
    if (from->alerts.count > 0) {
        to->alerts.count = from->alerts.count;
        to->alerts.items =
            arena_copy(arena, from->alerts.items, from->alerts.count * sizeof(*from->alerts.items));
    }
    if (from->webhooks.count == 0)
        return;
    to->webhooks.items = arena_alloc_array(arena, from->webhooks.count, sizeof(*to->webhooks.items));
    for (; to->webhooks.count < from->webhooks.count; to->webhooks.count++)
        to->webhooks.items[to->webhooks.count] =
            (struct budget_webhook){.url = text_copy(arena, from->webhooks.items[to->webhooks.count].url)};
}

void
budget_alerts_print(const struct gateway_budget *budget, struct buffer *out)
{
    for (size_t i = 0; i < budget->alerts.count; i++)
        buffer_print(out, "%s%lld %%", i == 0 ? ", alerts at " : ", ", (long long)budget->alerts.items[i]);
    if (budget->webhooks.count > 0)
        buffer_print(out, " to %zu webhook%s", budget->webhooks.count,
                     budget->webhooks.count == 1 ? "" : "s");
}
