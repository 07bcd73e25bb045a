/* See the header. */
#include "operator/reconcile/alert_words.h"

struct text
alert_words(struct arena *arena, const struct raised_alert *alert)
{
    struct text owner = text_is_empty(alert->owner) ? TEXT("everybody together") : alert->owner;
    return text_format(arena, "Alert at %lld %% of budget %.*s: %.*s spent %.*s of %.*s %s in %.*s.",
                       (long long)alert->percent, TEXT_ARG(alert->budget), TEXT_ARG(owner),
                       TEXT_ARG(alert->settled), TEXT_ARG(alert->amount),
                       alert->unit == BUDGET_UNIT_USD ? "USD" : "tokens", TEXT_ARG(alert->window));
}
