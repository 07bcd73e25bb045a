/* Alerts of budgets as events on the object that declares the budget: at 100 percent a warning. Told again,
 * an alert is the same Event. */
#pragma once

#include "api/types/alert_report.h"
#include "operator/kube/kube_events.h"

struct cluster_operator;

/* All of it but the object's uid. Pure. False when no object declares a budget of such an id. */
bool alert_event_of(struct arena *arena, const struct raised_alert *alert, struct kube_event *out_event);
/* Into the log, and on the object when it is still there. */
void alert_event_tell(struct cluster_operator *op, const struct raised_alert *alert);
