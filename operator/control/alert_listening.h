/* What the operator says to hear of alerts, and what it has told by now: a Listen is answered with Alerts,
 * and the next one says which those were. For book_publisher.c. */
#pragma once

#include "api/types/ledger_frames.h"

struct alert_listening;
struct websocket_stream;

typedef void (*alert_fn)(void *owner, const struct raised_alert *alert);

/* Alerts are told to on_alert. */
struct alert_listening *alert_listening_new(struct arena *arena, alert_fn on_alert, void *owner);
/* A new stream: nothing was said on it. What was told on the one before is said with its first Listen. */
void alert_listening_begin(struct alert_listening *listening);
/* Says that it listens, unless it does. */
void alert_listening_say(struct alert_listening *listening, struct websocket_stream *stream);
/* Tells each, and listens on. ERROR_INVALID: it did not listen. */
MUST_CHECK bool alert_listening_take(struct alert_listening *listening, struct websocket_stream *stream,
                                     const struct raised_alert_list *alerts, struct error *err);
