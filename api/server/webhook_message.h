/* What a webhook is sent, as the Standard Webhooks specification has it (standardwebhooks.com): the message,
 * and headers with its id, the time it is sent, and a signature by a key that both sides know. Pure. */
#pragma once

#include "api/server/ledger/ledger_alerts.h"

#define WEBHOOK_KEY_MAX_BYTES 64

/* Secret. */
struct webhook_key {
    uint8_t bytes[WEBHOOK_KEY_MAX_BYTES];
    size_t length; /* 0: none, and nothing is signed */
};

/* "whsec_" and 24 to 64 bytes in base64. */
MUST_CHECK bool webhook_key_parse(struct text text, struct webhook_key *out_key, struct error *err);

struct webhook_message {
    struct text body; /* {"type": "budget.alert", "timestamp": ..., "data": the alert as /v1/alerts has it} */
    struct text headers; /* lines, each with its end */
};
/* now_ms: Unix milliseconds. The same alert has the same body and id whenever it is sent. */
struct webhook_message webhook_message(struct arena *arena, const struct kept_alert *alert,
                                       const struct webhook_key *key, int64_t now_ms);
/* "https://hooks.example.com:8443": what of a URL may be shown. */
struct text webhook_server(struct text url);

#define WEBHOOK_MOST_TRIES 20
/* How long after so many tries in vain the next is due: ten seconds, then twice as long each time, an hour at
 * most; the last is half a day after the first. 0: no other. */
int64_t webhook_retry_ms(int64_t tries);
