/* See the header. */
#include "operator/runtime/alert_event.h"

#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "operator/reconcile/alert_words.h"
#include "operator/reconcile/budget_declarer.h"
#include "operator/runtime/cluster_parts.h"

bool
alert_event_of(struct arena *arena, const struct raised_alert *alert, struct kube_event *out_event)
{
    struct budget_declarer declarer;
    if (!budget_declarer_of(alert->budget, &declarer))
        return false;
    *out_event = (struct kube_event){
        .api_version = TEXT(WEIR_API_VERSION),
        .kind = declarer.is_workspace ? TEXT("Workspace") : TEXT("ModelPolicy"),
        .namespace = declarer.namespace,
        .name = declarer.name,
        .is_warning = alert->percent >= 100,
        .reason = TEXT("BudgetAlert"),
        .action = TEXT("Spend"),
        .note = alert_words(arena, alert),
        .id = alert->id,
    };
    return true;
}

void
alert_event_tell(struct cluster_operator *op, const struct raised_alert *alert)
{
    scoped_arena struct arena *scratch = arena_new(0);
    struct kube_event event;
    log_info("budget_alert", LOG_TEXT("alert", alert->id), LOG_TEXT("budget", alert->budget),
             LOG_TEXT("owner", alert->owner), LOG_INT("percent", alert->percent),
             LOG_TEXT("spent", alert->settled), LOG_TEXT("amount", alert->amount));
    if (!alert_event_of(scratch, alert, &event))
        return;
    const struct kube_table *table =
        watches_at(op->watches, text_is_empty(event.namespace) ? WATCHED_WORKSPACES : WATCHED_MODEL_POLICIES)
            ->table;
    const struct kube_object *object = kube_table_find(table, event.namespace, event.name);
    if (!object)
        return;
    event.uid = object->uid;
    kube_events_record(op->events, &event);
}
