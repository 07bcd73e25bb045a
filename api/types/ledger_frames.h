/* What a gateway and the ledger say to each other: one JSON object a WebSocket message; a Usage has the
 * records behind it, a line each.
 *
 * The gateway dials and says Hello; the ledger answers Welcome with the number of the first record that it
 * does not have, and the gateway sends from there, one batch after the other. Ack comes when a batch is
 * committed, and only then may the gateway forget it. Records are numbered by the gateway's journal from 0
 * without a gap; a batch that does not begin at the ledger's next number changes nothing and is answered with
 * Welcome again. So a batch that was committed unheard is not counted twice, whoever died.
 *
 * Beside that, at any time after Welcome: Ask is answered with Lent of the same number, GiveBack with
 * Returned; neither waits for a batch. Both are repeated on the next stream until they were answered, an
 * Ask under its number: repeating changes nothing. Gateways says how many gateways there are of the
 * environment, and Keys what was said of its keys, each behind a Welcome and whenever that changed, to those
 * whose Hello says that they hear it.
 * The ledger may say Look, which is answered with Running. Whose Hello and Welcome say that they know it may
 * be sent Recall, by either side, which is answered with Recalled. Late answers are forgotten, and what was
 * not answered on a stream is over with it. The operator sends
 * one Book after the other, without a Hello, and hears Booked; and then a Declare for each workspace of the
 * book, which is answered with Declared before the next. Where Booked says that alerts are told it may say
 * Listen beside that, which is answered with Alerts once there are some, and after each answer again, with
 * those that it told; and on any stream Samples of pods, as runtime_frames.h has it.
 */
#pragma once

#include "api/types/alert_frames.h"
#include "api/types/budget_book.h"
#include "api/types/declare_frames.h"
#include "api/types/greeting_frames.h"
#include "api/types/key_frames.h"
#include "api/types/lease_frames.h"
#include "api/types/look_frames.h"
#include "api/types/recall_frames.h"
#include "api/types/runtime_frames.h"
#include "api/types/usage_frames.h"

#define LEDGER_MAX_FRAME_BYTES (4u * 1024 * 1024)

enum ledger_frame_type {
    LEDGER_HELLO,
    LEDGER_WELCOME,
    LEDGER_USAGE,
    LEDGER_ACK,
    LEDGER_REFUSE,
    LEDGER_ASK,
    LEDGER_LENT,
    LEDGER_GIVE_BACK,
    LEDGER_RETURNED,
    LEDGER_BOOK,
    LEDGER_BOOKED,
    LEDGER_DECLARE,
    LEDGER_DECLARED,
    LEDGER_GATEWAYS,
    LEDGER_LISTEN,
    LEDGER_ALERTS,
    LEDGER_LOOK,
    LEDGER_RUNNING,
    LEDGER_KEYS,
    LEDGER_SAMPLES,
    LEDGER_SAMPLED,
    LEDGER_RECALL,
    LEDGER_RECALLED,
};
/* Hello Welcome Usage Ack Refuse Ask Lent GiveBack Returned Book Booked Declare Declared Gateways Listen
 * Alerts Look Running Keys Samples Sampled Recall Recalled */
extern const char *const ledger_frame_type_names[];

/* One message: only the member that belongs to its type is read or written. */
struct ledger_frame {
    enum ledger_frame_type type;
    struct ledger_hello hello;
    struct ledger_welcome welcome;
    struct ledger_usage usage;
    struct ledger_ack ack;
    struct ledger_refuse refuse;
    struct ledger_ask ask;
    struct ledger_lent lent;
    struct ledger_give_back give_back;
    struct ledger_returned returned;
    struct budget_book book;
    struct ledger_booked booked;
    struct ledger_declare declare;
    struct ledger_declared declared;
    struct ledger_gateways gateways;
    struct ledger_listen listen;
    struct ledger_alerts_frame alerts;
    struct ledger_look look;
    struct ledger_running running;
    struct ledger_keys keys;
    struct ledger_beside beside; /* of any type */
    struct ledger_knows knows;   /* of any type */
    struct ledger_samples samples;
    struct ledger_sampled sampled;
    struct ledger_recall recall;
    struct ledger_recalled recalled;
    struct text records; /* of a Usage: the lines behind it, each with its line end; inside the message */
};

struct arena;
struct buffer;
struct error;

/* Reads one message; refuses a frame whose member for its type is missing or wrong, and a Usage with another
 * number of lines than it says, or with an empty one. */
MUST_CHECK bool ledger_frame_parse(struct arena *arena, struct text message, struct ledger_frame *out_frame,
                                   struct error *err);
/* Writes the frame, and of a Usage its records behind it. */
void ledger_frame_print(struct arena *arena, const struct ledger_frame *frame, struct buffer *out);
/* All of it but the records, which are to follow at once. */
void ledger_frame_print_head(struct arena *arena, const struct ledger_frame *frame, struct buffer *out);
/* Takes the next line off records, without its end; false when there is none. */
bool ledger_next_record(struct text *records, struct text *out_record);
