/* Who is to be told of alerts: a row for each alert and webhook, written with the alert. Whoever sends claims
 * some for a while, so that several ledgers on one database send each once, and one that dies in between is
 * followed by another: at least once. */
#pragma once

#include "api/server/ledger/ledger_alerts.h"
#include "api/types/alert_report.h"

struct delivery {
    struct kept_alert alert;
    struct text url;
    int64_t tries; /* this one too */
};

struct claim_question {
    int64_t now_ms, until_ms; /* nobody else sends what is claimed before until_ms */
    size_t most;
};

/* As in ledger.h. */
struct claim_answer {
    enum ledger_end end;
    struct error why;
    struct text claim; /* names it */
    struct delivery *deliveries;
    size_t count;
    int64_t waiting; /* all that wait, these too */
};
typedef void (*claim_answer_fn)(void *owner, const struct claim_answer *answer);

/* Those that were tried least come first: a server that never answers holds up nobody's first try. */
void ledger_deliveries_claim(struct ledger *ledger, struct arena *arena,
                             const struct claim_question *question, claim_answer_fn on_answer, void *owner);

struct delivery_result {
    struct text alert, url, claim;
    enum alert_told state; /* the column has its number */
    int64_t due_ms;        /* ALERT_TOLD_WAITING: when it is tried again */
    struct text note;      /* how it ended; no URL in it */
};
/* What of it is somebody else's claim by now stays, unless it was done: then it is. */
void ledger_delivery_end(struct ledger *ledger, struct arena *arena, const struct delivery_result *result,
                         ledger_done_fn on_done, void *owner);
