/* The stream between this gateway and the ledger (api/types/ledger_frames.h): dials, says Hello, and gives
 * each frame to the part it is for. What is sent and kept is the parts' business.
 *
 * Anything unexpected ends the stream: the next one begins with a Welcome, which says where both stand. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/net/websocket.h"

struct arena;
struct buffer;
struct error;
struct gateway;
struct ledger_frame;
struct ledger_link;

struct ledger_link_options {
    const char *address;                 /* the ledger's socket, or wss://host:port with: */
    struct websocket_client_files files; /* PEM, read at each dial */
};

enum ledger_link_part {
    LEDGER_LINK_USAGE,  /* usage_shipper.h: hears Ack */
    LEDGER_LINK_LEASES, /* lender.h: hears Lent, Returned and Gateways */
    LEDGER_LINK_CALLS,  /* running_calls.h: hears Look */
    LEDGER_LINK_KEYS,   /* heard_keys.h: hears Keys */
    LEDGER_LINK_RECALL, /* recaller.h: hears Recall and Recalled */
    LEDGER_LINK_PARTS
};

/* False, with the reason in err, ends the stream. */
struct ledger_link_events {
    /* Frames can be sent from now on; `next` is the first record that the ledger lacks. Comes again on the
     * same stream when it says anew where it stands. */
    bool (*on_welcome)(void *owner, int64_t next, struct error *err);
    bool (*on_frame)(void *owner, const struct ledger_frame *frame, struct error *err);
    void (*on_lost)(void *owner); /* what was sent may or may not have been heard */
    void *owner;
};

struct ledger_link *
ledger_link_start(struct arena *arena, struct gateway *gateway, const struct ledger_link_options *options);
/* Before the loop runs. */
void ledger_link_serve(struct ledger_link *link, enum ledger_link_part part,
                       const struct ledger_link_events *events);
/* Whether a Welcome came on the stream that is open. */
bool ledger_link_is_up(const struct ledger_link *link);
/* Whether it did, and said that Recall may be sent. */
bool ledger_link_knows_recall(const struct ledger_link *link);
/* False: there is no stream now, and the frame is not kept. */
bool ledger_link_send(struct ledger_link *link, const struct ledger_frame *frame);
/* A batch is written where it is sent from: add the records to the buffer, each with its line end, and then
 * send them behind their head, or drop what was added; nothing else is sent meanwhile. NULL: there is no
 * stream now. */
struct buffer *ledger_link_begin_records(struct ledger_link *link);
void ledger_link_send_records(struct ledger_link *link, const struct ledger_frame *head);
void ledger_link_drop_records(struct ledger_link *link);
void ledger_link_close(struct ledger_link *link);
