/* See the header. */
#include "api/server/alert_document.h"

#include "api/server/webhook_message.h"
#include "lib/base/arena.h"

static struct alert_delivery delivery_document(const struct kept_delivery *delivery);

struct raised_alert
alert_document(struct arena *arena, const struct kept_alert *alert)
{
    struct raised_alert raised;
    schema_set_defaults(&raised_alert_schema, &raised);
    raised.id = alert->id;
    raised.time = alert->time_ms;
    raised.budget = alert->budget;
    raised.scope = alert->scope;
    raised.owner = alert->owner;
    raised.period = alert->period;
    raised.window = alert->window;
    raised.percent = alert->percent;
    raised.unit = alert->unit;
    raised.amount = budget_amount_print(arena, alert->unit, alert->amount);
    raised.settled = budget_amount_print(arena, alert->unit, alert->settled);
    raised.deliveries.items =
        arena_alloc_array(arena, alert->delivery_count, sizeof(*raised.deliveries.items));
    for (size_t i = 0; i < alert->delivery_count; i++)
        raised.deliveries.items[raised.deliveries.count++] = delivery_document(&alert->deliveries[i]);
    return raised;
}

static struct alert_delivery
delivery_document(const struct kept_delivery *delivery)
{
    struct alert_delivery told;
    schema_set_defaults(&alert_delivery_schema, &told);
    told.server = webhook_server(delivery->url);
    told.state = (enum alert_told)delivery->state;
    told.tries = delivery->tries;
    if (told.state == ALERT_TOLD_WAITING)
        told.next = delivery->due_ms;
    told.note = delivery->note;
    return told;
}
