/* An alert of a budget in one sentence, as people read it on a laptop and in a cluster's events. Pure. */
#pragma once

#include "api/types/alert_report.h"

/* "Alert at 80 % of budget weir-system/org/Environment/Month/USD: demo/dev spent 8.20 of 10.00 USD in
 * 2026-11." */
struct text alert_words(struct arena *arena, const struct raised_alert *alert);
