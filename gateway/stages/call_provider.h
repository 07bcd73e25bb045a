/* What the files of the call_provider stage share. Nobody else includes it. */
#pragma once

#include "gateway/answer.h"
#include "gateway/decide/retry.h"
#include "gateway/exchange.h"
#include "gateway/try_record.h"

struct loop_timer;

/* The stage's own state. */
struct calling {
    struct exchange *exchange;
    struct provider_call *running;   /* NULL between tries */
    struct provider_request request; /* of this try */
    struct answer answer;            /* of this try */
    struct arena *try_arena;         /* of this try: the exchange's own for the first */
    struct loop_timer *timer;        /* back-off, or the wait for a stream's end; NULL until needed */
    int64_t deadline_ms;             /* of the whole call, tries included */
    int target_attempts;
    struct failed_try failed; /* the last try, while another one may follow or the call ends with it */
    bool has_failed;
    bool holds_anew;   /* the last try may be billed: its hold is settled, the next try needs its own */
    bool is_past_done; /* [DONE] came: only the end of the message is waited for */
};

/* Sent, and nothing came back that counts: the provider may have worked, at most this much. */
struct call_usage calling_bounded_usage(const struct calling *calling);
/* A try that came to nothing: what of it is known, so that whatever follows charges it once. */
void calling_note_failed(struct calling *calling, enum call_failure failure);
/* call_provider_finish.c: what becomes of the call; each decides the reply and leaves the rest to
 * exchange_resume. */
void calling_finish_whole(struct calling *calling);
void calling_finish_cut(struct calling *calling, enum refusal_kind kind);
/* With the try that was noted. */
void calling_finish_failed(struct calling *calling, const struct error *why);
/* is_whole: the answer came to its end all the same. */
void calling_finish_gone(struct calling *calling, bool is_whole);
/* The head of a reply that passes through. */
void calling_start_reply(struct calling *calling);
