/* What the files of the lender share. Nobody else includes it. */
#pragma once

#include "api/types/ledger_frames.h"
#include "gateway/decide/gateway_count.h"
#include "gateway/decide/lease_outbox.h"
#include "gateway/lender.h"
#include "gateway/metrics/lender_metrics.h"

struct loop_task;
struct loop_timer;

/* The ledger ends a stream with more than 1,024 open: further accounts are asked for when some are answered.
 */
#define LENDER_MAX_QUESTIONS 512

/* One that is out, or was when the stream was lost: then it is asked again as it was. */
struct lease_question {
    struct lease_question *next;
    int64_t number, asked_ms;
    struct lease_account *account;
    int64_t wanted, at_least, longest_call_ms;
    char budget[BUDGET_ID_MAX_BYTES], owner[BUDGET_OWNER_MAX_BYTES], window[BUDGET_WINDOW_ID_BYTES];
    struct lease_account_name name; /* of the above */
};

struct lender {
    struct arena *arena;
    struct loop *loop;
    struct ledger_link *link; /* NULL: there is no ledger */
    struct lender_metrics *metrics;
    struct lease_book *book;
    struct lease_queue queue;
    struct lender_call *answered, *last_answered; /* to be told at the end of this turn */
    struct loop_task *work;                       /* serves, asks and tells */
    struct loop_timer *overdue, *tick;
    /* lender_stream.c's: */
    struct lease_outbox *outbox;
    struct lease_question *questions, *last_question, *unused_questions;
    size_t question_count;
    int64_t last_number;
    int64_t longest_call_ms; /* of every config so far */
    int64_t given_back;      /* number of the GiveBack that is out; 0: none */
    int64_t down_ms;         /* since when there is no stream */
    struct gateway_count gateways;
    bool is_up;
    bool gives_back_soon;
    bool has_told_overdraft;
    char reason[512]; /* of the ledger's last refusal */
    struct loop_timer *finish;
    void (*on_finished)(void *owner);
    void *finish_owner;
};

/* lender.c: an answer for each of the list, told at the end of this turn. */
void lender_answer(struct lender *lender, struct lease_waiter *list, enum lender_answer answer,
                   const struct lease_account *account, const char *reason);
void lender_serve(struct lender *lender, int64_t now_ms);
/* What comes free is for who waits here, or for another gateway that may be looking for it. */
void lender_came_free(struct lender *lender, bool is_scarce);
/* Somebody was charged more than the most that the call could cost. */
void lender_overdrawn(struct lender *lender);

/* lender_stream.c */
void lender_start_stream(struct lender *lender);
/* Asks for the account, unless a question is out or nothing need be asked. */
void lender_ask(struct lender *lender, struct lease_account *account, const struct lease_account_name *name,
                int64_t now_ms);
void lender_give_back(struct lender *lender, int64_t now_ms);
