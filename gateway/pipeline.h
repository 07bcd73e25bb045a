/* The list of stages, and what the server of callers tells it. The list itself is in pipeline.c: read it
 * first. */
#pragma once

struct exchange;

/* The client left before the end; the waiting stage ends what it started. */
void exchange_client_gone(struct exchange *exchange);
/* The client takes bytes again after http_call_send returned false. */
void exchange_writable(struct exchange *exchange);
