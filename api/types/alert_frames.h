/* Members of ledger_frames.h's frames by which the operator hears of alerts. */
#pragma once

#include "api/types/alert_report.h"

#define LEDGER_MAX_ALERTS 100 /* of one message */

/* clang-format off */
#define LEDGER_LISTEN_FIELDS(F, T)                                                                                     \
    F(T, TEXTS, told, "told", MAX_ITEMS(LEDGER_MAX_ALERTS), MAX_LENGTH(ALERT_ID_MAX_BYTES), DOC("Ids of alerts that people were told of: no operator hears of them again."))
DECLARE_SCHEMA(ledger_listen, LEDGER_LISTEN_FIELDS);

#define LEDGER_ALERTS_FIELDS(F, T)                                                                                     \
    F(T, LIST(raised_alert), alerts, "alerts", REQUIRED, MAX_ITEMS(LEDGER_MAX_ALERTS), DOC("Those that no operator said it told, oldest first."))
DECLARE_SCHEMA(ledger_alerts_frame, LEDGER_ALERTS_FIELDS);
/* clang-format on */
