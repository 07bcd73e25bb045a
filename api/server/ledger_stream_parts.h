/* Between ledger_stream*.c, ledger_question.c and ledger_listener.c only. */
#pragma once

#include "api/server/call_recall.h"
#include "api/server/call_survey.h"
#include "api/server/ledger/ledger.h"
#include "api/server/ledger_stream.h"
#include "api/types/ledger_frames.h"

struct ledger_listener;
struct ledger_question;

/* What ledger_stream_usage.c has of a Usage. */
struct usage_in_pieces {
    struct text rest;    /* the records that are not with the ledger yet */
    int64_t next, until; /* the numbers of those */
    struct arena *arena; /* of the piece that is with it; NULL: none is */
    const struct usage_batch *piece;
    int turns; /* before the next one */
};

struct loop_timer;

/* In an arena of its own. */
struct ledger_stream {
    struct ledger_stream *next, **list; /* of all streams */
    const struct ledger_stream_host *host;
    struct arena *arena;
    struct websocket_stream *stream;
    struct ledger_hello hello;
    struct usage_origin origin; /* empty before a hello */
    bool is_welcome;
    bool hears_gateways, hears_keys, knows_recall;
    bool is_followed;              /* its gateway dialled again: this stream is the one of before */
    int64_t told_gateways;         /* 0: none yet */
    bool is_operator;              /* it brought a Book, a Declare or Samples */
    bool is_refused;               /* it is closing: nothing more is heard or said */
    struct arena *work;            /* of what is answered in turn, that is with the ledger; NULL: none */
    struct usage_in_pieces usage;  /* of that, if it is a Usage */
    struct loop_timer *next_piece; /* NULL: no Usage was of more than one */
    struct ledger_frame published; /* what the operator said; in work */
    struct ledger_question *questions;
    size_t question_count;
    struct surveyed_gateway surveyed; /* once it is welcome */
    struct recalled_gateway recalled; /* as that */
    struct ledger_listener *listener; /* a Listen that waits for its answer; NULL: none */
    struct arena *keys; /* of the question for its keys that is with the ledger; NULL: none is */
    bool has_new_keys;  /* since that began */
};

void ledger_stream_send(struct ledger_stream *stream, const struct ledger_frame *frame);
/* Says why and ends the stream: whoever dialled keeps what it has and dials again. */
void ledger_stream_refuse(struct ledger_stream *stream, const struct error *why);
void ledger_stream_end_work(struct ledger_stream *stream);
/* Its gateway is told, by a Welcome, from where on the ledger has no records. */
void ledger_stream_ask_where_it_stands(struct ledger_stream *stream);

/* A Usage, acked when all of it is committed. */
MUST_CHECK bool
ledger_stream_take_usage(struct ledger_stream *stream, const struct ledger_frame *frame, struct error *err);
void ledger_stream_forget_usage(struct ledger_stream *stream);
/* It is welcome now: counted, and told how many there are. */
void ledger_stream_add_gateway(struct ledger_stream *stream);
void ledger_stream_count(const struct ledger_stream *stream, enum ledger_counter counter, int64_t by);

/* It is welcome now: it may ask, and is asked, what is known under an Idempotency-Key. */
void ledger_stream_join_recalls(struct ledger_stream *stream);
/* A Recall or a Recalled; what is to be kept of it is copied. */
void ledger_stream_take_recall(struct ledger_stream *stream, const struct ledger_frame *frame);

/* A Book, a Declare or Samples, which only the operator may bring; answered when it is committed. */
MUST_CHECK bool ledger_stream_take_published(struct ledger_stream *stream, const struct ledger_frame *frame,
                                             struct error *err);

/* An Ask or a GiveBack, answered when the ledger has answered. The arena, which the frame is in, is the
 * question's from now on, unless this fails: there are too many already. */
MUST_CHECK bool ledger_question_begin(struct ledger_stream *stream, struct arena *arena,
                                      const struct ledger_frame *frame, struct error *err);
void ledger_question_forget_all(struct ledger_stream *stream);

/* A Listen, answered when there is an alert to tell of. The arena is its own from now on, as above. */
MUST_CHECK bool ledger_listener_begin(struct ledger_stream *stream, struct arena *arena,
                                      const struct ledger_listen *listen, struct error *err);
void ledger_listener_forget(struct ledger_stream *stream);
