/* An alert as people and programs are told of it. */
#pragma once

#include "api/server/ledger/ledger_alerts.h"
#include "api/types/alert_report.h"

/* Texts of the alert's stay where they are. */
struct raised_alert alert_document(struct arena *arena, const struct kept_alert *alert);
