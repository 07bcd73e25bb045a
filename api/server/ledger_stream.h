/* The conversation with one gateway, or with the operator, as api/types/ledger_frames.h has it.
 *
 * Hello, Usage and what the operator says are answered in turn, one at a time; Ask, GiveBack, Listen and
 * Recall at any time beside them. */
#pragma once

#include "lib/base/text.h"

struct alert_sender;
struct arena;
struct audit_writer;
struct call_recalls;
struct call_surveys;
struct key_place;
struct ledger;
struct ledger_stream;
struct loop;
struct loop_timer;
struct metric;
struct peer_gateway_list;
struct price_card;
struct websocket_stream;

enum ledger_counter {
    LEDGER_RECORDS,
    LEDGER_SPOILT,
    LEDGER_OVERDRAWN,
    LEDGER_LEASES,
    LEDGER_ASKS_IN_VAIN,
    LEDGER_STREAMS_REFUSED,
    LEDGER_SAMPLES_COUNTED,
    LEDGER_SAMPLES_LEFT,
    LEDGER_RECALLS,
    LEDGER_COUNTER_COUNT
};

/* What all streams share; outlives them. */
struct ledger_stream_host {
    struct loop *loop;
    struct ledger *ledger;
    struct audit_writer *audit;       /* woken for what was written for it; NULL: nobody chains it here */
    struct call_surveys *surveys;     /* whose questions gateways answer; NULL: nobody asks */
    struct call_recalls *recalls;     /* what gateways ask each other */
    struct alert_sender *alerts;      /* hears of those that records made; NULL: nobody is told here */
    const struct price_card *card;    /* what samples of pods are priced by; NULL: they have no price */
    struct loop_timer *tell_gateways; /* calls ledger_stream_tell_gateways */
    const struct peer_gateway_list *elsewhere; /* gateways of peers; NULL: there are no peers */
    struct metric *counters[LEDGER_COUNTER_COUNT];
};

/* Put in front of the list. */
struct ledger_stream *ledger_stream_begin(struct ledger_stream **list, const struct ledger_stream_host *host,
                                          struct websocket_stream *stream);
void ledger_stream_take(struct ledger_stream *stream, struct text message);
/* Alerts were made: an operator that listens hears of them now. */
void ledger_listener_wake(struct ledger_stream *stream);
/* Whether it is a gateway's of this environment. */
bool ledger_stream_is_of(const struct ledger_stream *stream, const struct key_place *place);
/* A gateway that is welcome, and hears it, is told soon what is known of its environment's keys. */
void ledger_stream_tell_keys(struct ledger_stream *stream);
struct ledger_stream *ledger_stream_next(const struct ledger_stream *stream);
/* Taken out of the list and forgotten, with every question that is not answered. */
void ledger_stream_release(struct ledger_stream **list, struct ledger_stream *stream);
/* A gateway came or went: the others hear of it soon. */
void ledger_stream_gateways_changed(const struct ledger_stream_host *host);
/* Those that are there, in the arena: a gateway that dialled again once. */
struct peer_gateway_list
ledger_stream_list_gateways(const struct ledger_stream *streams, struct arena *arena);
/* Each gateway hears how many there are of its environment, here and elsewhere, unless it knows. */
void ledger_stream_tell_gateways(struct ledger_stream *streams);
