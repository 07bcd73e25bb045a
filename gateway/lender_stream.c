/* The ledger's side: questions, what is lent, what is given back. */
#include "gateway/ledger_link.h"
#include "gateway/lender_private.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/net/loop.h"

static bool on_welcome(void *owner, int64_t next, struct error *err);
static bool on_frame(void *owner, const struct ledger_frame *frame, struct error *err);
static void on_lost(void *owner);
static bool take_lent(struct lender *lender, const struct ledger_lent *lent, struct error *err);
static bool add_lease(struct lender *lender, const struct lease_question *question,
                      const struct ledger_lent *lent, struct error *err);
static bool take_returned(struct lender *lender, int64_t number, struct error *err);
static struct lease_question *new_question(struct lender *lender, const struct lease_account_name *name);
static struct lease_question *take_question(struct lender *lender, int64_t number);
static void send_question(struct lender *lender, const struct lease_question *question);
static void send_returns(struct lender *lender);
static bool is_all_heard(const struct lender *lender);
static void finish_if_heard(struct lender *lender);
static void on_finished(void *owner);

void
lender_start_stream(struct lender *lender)
{
    const struct ledger_link_events events = {on_welcome, on_frame, on_lost, lender};
    ledger_link_serve(lender->link, LEDGER_LINK_LEASES, &events);
}

void
lender_ask(struct lender *lender, struct lease_account *account, const struct lease_account_name *name,
           int64_t now_ms)
{
    if (lease_account_question(account) || lender->question_count == LENDER_MAX_QUESTIONS || lender->finish)
        return;
    struct lease_ask ask = lease_queue_ask(&lender->queue, account, now_ms);
    if (ask.wanted == 0) {
        lease_account_rest(account, now_ms);
        return;
    }
    struct lease_question *question = new_question(lender, name);
    question->account = account;
    question->wanted = ask.wanted;
    question->at_least = ask.at_least;
    question->longest_call_ms = lender->longest_call_ms;
    question->asked_ms = now_ms;
    lease_account_ask(account, question);
    send_question(lender, question);
}

void
lender_give_back(struct lender *lender, int64_t now_ms)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct lease_returns returns = lease_book_returns(arena, lender->book, now_ms);
    lease_outbox_add(lender->outbox, &returns);
    send_returns(lender);
}

void
lender_finish(struct lender *lender, void (*on_heard)(void *owner), void *owner)
{
    lender->on_finished = on_heard;
    lender->finish_owner = owner;
    lender->finish = loop_timer_new(lender->loop, lender->arena, on_finished, lender);
    loop_timer_stop(lender->tick);
    if (lender->is_up)
        lender_give_back(lender, INT64_MAX); /* every lease is over then */
    loop_timer_start(lender->finish, !lender->is_up || is_all_heard(lender) ? 0 : LENDER_WAIT_MS);
}

/* What was asked and given back on the stream before is said again as it was: whoever counts by number
 * answers it once. */
static bool
on_welcome(void *owner, int64_t next, struct error *err)
{
    struct lender *lender = owner;
    (void)next;
    (void)err;
    if (lender->is_up)
        return true;
    lender->is_up = true;
    for (struct lease_question *question = lender->questions; question; question = question->next)
        send_question(lender, question);
    send_returns(lender);
    loop_task_post(lender->work);
    return true;
}

static bool
on_frame(void *owner, const struct ledger_frame *frame, struct error *err)
{
    struct lender *lender = owner;
    if (frame->type == LEDGER_GATEWAYS)
        gateway_count_told(&lender->gateways, frame->gateways.count, clock_boot_ms());
    else if (frame->type == LEDGER_LENT)
        return take_lent(lender, &frame->lent, err);
    else
        return take_returned(lender, frame->returned.number, err);
    return true;
}

static void
on_lost(void *owner)
{
    struct lender *lender = owner;
    if (!lender->is_up)
        return;
    lender->is_up = false;
    lender->down_ms = clock_boot_ms();
    lender->given_back = 0;
    lease_outbox_lost(lender->outbox);
}

static bool
take_lent(struct lender *lender, const struct ledger_lent *lent, struct error *err)
{
    struct lease_question *question = take_question(lender, lent->number);
    if (!question)
        return error_set(err, ERROR_INVALID, "the ledger lends for question %lld, which is not open",
                         (long long)lent->number);
    int64_t now_ms = clock_boot_ms();
    struct lease_account *account = question->account;
    bool is_lent = lent->amount > 0, is_refused = !is_lent && !text_is_empty(lent->reason);
    lease_book_told(account, &(struct lease_news){.remaining = lent->left,
                                                  .used = lent->used,
                                                  .replicas = lent->replicas,
                                                  .now_ms = now_ms,
                                                  .is_refused = is_refused});
    if (shared_limit_is_id(question->name.budget)) /* a budget's may be of other environments */
        gateway_count_seen(&lender->gateways, lent->replicas, now_ms);
    lender_metrics_answered(lender->metrics, is_lent);
    bool is_good = !is_lent || add_lease(lender, question, lent, err);
    lease_account_ask(account, NULL);
    question->next = lender->unused_questions;
    lender->unused_questions = question;

    lender_serve(lender, now_ms);
    if (is_refused) {
        snprintf(lender->reason, sizeof(lender->reason), "the ledger refuses: %.*s", TEXT_ARG(lent->reason));
        lender_answer(lender, lease_queue_drop_lacking(&lender->queue, account), LENDER_UNREACHABLE, account,
                      lender->reason);
    } else {
        lender_answer(lender, lease_queue_drop_hopeless(&lender->queue, account, !is_lent, now_ms),
                      LENDER_LACKS, account, NULL);
    }
    loop_task_post(lender->work);
    if (lender->finish)
        lender_give_back(lender, INT64_MAX);
    finish_if_heard(lender);
    return is_good;
}

/* What cannot be kept is given back. A lease that is in the book already is no second one: giving it back
 * would end the first. */
static bool
add_lease(struct lender *lender, const struct lease_question *question, const struct ledger_lent *lent,
          struct error *err)
{
    const struct lease_grant grant = {.id = lent->lease,
                                      .amount = lent->amount,
                                      .expires_ms =
                                          lease_terms_expires_ms(question->asked_ms, lent->length_ms)};
    struct error why = {0};
    if (lease_book_add(lender->book, question->account, &grant, &why))
        return true;
    if (why.kind == ERROR_CONFLICT || text_is_empty(lent->lease))
        return error_set(err, why.kind, "%s", why.message);
    log_error("lease_not_taken", LOG_TEXT("lease", lent->lease), LOG_STRING("reason", why.message));
    struct lease_return all = {.lease_id = lent->lease, .amount = lent->amount, .is_over = true};
    lease_outbox_add(lender->outbox, &(struct lease_returns){&all, 1});
    return true;
}

static bool
take_returned(struct lender *lender, int64_t number, struct error *err)
{
    if (number != lender->given_back || !lease_outbox_heard(lender->outbox, number))
        return error_set(err, ERROR_INVALID, "the ledger took back %lld, which was not given back",
                         (long long)number);
    lender->given_back = 0;
    send_returns(lender);
    finish_if_heard(lender);
    return true;
}

/* What a question brings is to be given back too. */
static bool
is_all_heard(const struct lender *lender)
{
    return lender->question_count == 0 && lease_outbox_count(lender->outbox) == 0;
}

static void
finish_if_heard(struct lender *lender)
{
    if (lender->finish && is_all_heard(lender))
        loop_timer_start(lender->finish, 0);
}

static struct lease_question *
new_question(struct lender *lender, const struct lease_account_name *name)
{
    struct lease_question *question = lender->unused_questions;
    if (question)
        lender->unused_questions = question->next;
    else
        question = arena_alloc(lender->arena, sizeof(*question));
    *question = (struct lease_question){.number = ++lender->last_number};
    lender->question_count++;
    question->name = (struct lease_account_name){{question->budget, name->budget.length},
                                                 {question->owner, name->owner.length},
                                                 {question->window, name->window.length}};
    memcpy(question->budget, name->budget.bytes, name->budget.length);
    if (name->owner.length > 0)
        memcpy(question->owner, name->owner.bytes, name->owner.length);
    memcpy(question->window, name->window.bytes, name->window.length);
    if (lender->questions)
        lender->last_question->next = question;
    else
        lender->questions = question;
    lender->last_question = question;
    return question;
}

static struct lease_question *
take_question(struct lender *lender, int64_t number)
{
    struct lease_question *before = NULL;
    struct lease_question *question = lender->questions;
    while (question && question->number != number) {
        before = question;
        question = question->next;
    }
    if (!question)
        return NULL;
    lender->question_count--;
    if (before)
        before->next = question->next;
    else
        lender->questions = question->next;
    if (lender->last_question == question)
        lender->last_question = before;
    return question;
}

static void
send_question(struct lender *lender, const struct lease_question *question)
{
    const struct ledger_frame frame = {.type = LEDGER_ASK,
                                       .ask = {.number = question->number,
                                               .budget = question->name.budget,
                                               .owner = question->name.owner,
                                               .window = question->name.window,
                                               .wanted = question->wanted,
                                               .at_least = question->at_least,
                                               .longest_call_ms = question->longest_call_ms}};
    (void)ledger_link_send(lender->link, &frame); /* a lost one is asked again on the next stream */
}

/* One GiveBack is out at a time. */
static void
send_returns(struct lender *lender)
{
    if (!lender->is_up || lender->given_back != 0)
        return;
    scoped_arena struct arena *arena = arena_new(0);
    int64_t number = ++lender->last_number;
    const struct ledger_frame frame = {
        .type = LEDGER_GIVE_BACK,
        .give_back = {.number = number, .returns = lease_outbox_take(arena, lender->outbox, number)}};
    if (frame.give_back.returns.count == 0)
        return;
    lender->given_back = number;
    (void)ledger_link_send(lender->link, &frame);
}

static void
on_finished(void *owner)
{
    struct lender *lender = owner;
    lender->on_finished(lender->finish_owner);
}
