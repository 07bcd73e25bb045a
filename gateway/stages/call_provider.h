/* What the files of the call_provider stage share. Nobody else includes it. */
#pragma once

#include "gateway/answer.h"
#include "gateway/decide/retry.h"
#include "gateway/exchange.h"

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
    bool is_past_done; /* [DONE] came: only the end of the message is waited for */
};

/* call_provider_finish.c: what becomes of the call; each decides the reply and leaves the rest to
 * exchange_resume. */
void calling_finish_whole(struct calling *calling);
void calling_finish_cut(struct calling *calling, enum refusal_kind kind);
void calling_finish_failed(struct calling *calling, enum call_failure failure, const struct error *why);
void calling_finish_gone(struct calling *calling);
/* The head of a reply that passes through. */
void calling_start_reply(struct calling *calling);
