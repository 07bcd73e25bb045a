/* The calls' side: hold, wait, leave, settle. What they are told they are told at the end of a turn. */
#include "gateway/lender.h"

#include "gateway/decide/lease_returns.h"
#include "gateway/lender_private.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "lib/net/loop.h"

enum { TICK_MS = 1000, SOON_MS = 10 };

static bool must_not_wait(struct lender *lender, struct lender_call *call, size_t need, int64_t now_ms);
static void ask_ahead(struct lender *lender, const struct lender_call *call, int64_t now_ms);
static void ask_for(struct lender *lender, const struct lender_call *call, size_t need, int64_t now_ms);
static void set_overdue_timer(struct lender *lender, int64_t now_ms);
static void give_back_soon(struct lender *lender);
static void work(void *owner);
static void on_overdue(void *owner);
static void on_tick(void *owner);

struct lender *
lender_new(struct arena *arena, struct loop *loop, struct metrics *metrics)
{
    struct lender *lender = arena_alloc(arena, sizeof(*lender));
    *lender = (struct lender){.arena = arena,
                              .loop = loop,
                              .metrics = lender_metrics_new(arena, metrics),
                              .book = lease_book_new(arena),
                              .outbox = lease_outbox_new(arena),
                              .down_ms = clock_boot_ms(),
                              .longest_call_ms = 1,
                              /* Far from the numbers of every process before this one on the same
                               * journal, whatever became of the wall clock: a number that was asked before
                               * would be answered with what was lent then. */
                              .last_number = (int64_t)(id_random_u64() >> 2)};
    lender->work = loop_task_new(loop, arena, work, lender);
    lender->overdue = loop_timer_new(loop, arena, on_overdue, lender);
    lender->tick = loop_timer_new(loop, arena, on_tick, lender);
    return lender;
}

void
lender_use_ledger(struct lender *lender, struct ledger_link *link)
{
    lender->link = link;
    lender_start_stream(lender);
    loop_timer_start(lender->tick, TICK_MS);
}

/* Never lower again: calls that began under a config before this one go by its deadlines. */
void
lender_expect_calls(struct lender *lender, int64_t longest_ms)
{
    if (longest_ms > lender->longest_call_ms)
        lender->longest_call_ms = longest_ms;
}

bool
lender_has_ledger(const struct lender *lender)
{
    return lender->link != NULL;
}

int64_t
lender_gateways(const struct lender *lender, int64_t wanted)
{
    return gateway_count_now(&lender->gateways, wanted, clock_boot_ms());
}

int64_t
lender_now_ms(const struct lender *lender)
{
    (void)lender;
    return clock_boot_ms();
}

bool
lender_account(struct lender *lender, const struct lease_account_name *name, int64_t ends_ms,
               struct lease_account_place *place, struct error *err)
{
    if (lease_book_account_at(place, ends_ms))
        return true;
    if (name->budget.length > BUDGET_ID_MAX_BYTES || name->owner.length > BUDGET_OWNER_MAX_BYTES ||
        name->window.length >= BUDGET_WINDOW_ID_BYTES)
        return error_set(err, ERROR_INVALID, "the name of the account is too long for the ledger");
    struct lease_account *account;
    if (!lease_book_account(lender->book, name, ends_ms, &account, err))
        return false;
    *place = lease_account_place_of(account);
    return true;
}

void
lender_follow(struct lender *lender, struct lease_account *account, const struct lease_account_name *before)
{
    const struct lease_account *found =
        lease_account_is_fresh(account) ? lease_book_find(lender->book, before) : NULL;
    if (found && found != account)
        lease_account_follow(account, found);
}

enum lender_answer
lender_hold(struct lender *lender, struct lender_call *call)
{
    int64_t now_ms = call->asked_ms;
    call->answer = LENDER_WAITS;
    call->reason = NULL;
    if (lease_queue_hold(&lender->queue, lender->book, &call->waiter, now_ms)) {
        lender_metrics_count(lender->metrics, LENDER_COUNT_HELD);
        ask_ahead(lender, call, now_ms);
        return call->answer = LENDER_HELD;
    }
    for (size_t i = 0; i < call->waiter.count; i++) {
        if (!lease_queue_lacks(&call->waiter, i) || !must_not_wait(lender, call, i, now_ms))
            continue;
        lease_queue_remove(&lender->queue, &call->waiter);
        lender_metrics_count(lender->metrics,
                             call->answer == LENDER_LACKS ? LENDER_COUNT_LACKED : LENDER_COUNT_UNREACHABLE);
        return call->answer;
    }
    int64_t wait_ms = call->patience_ms < LENDER_WAIT_MS ? call->patience_ms : LENDER_WAIT_MS;
    call->waiter.until_ms = now_ms + wait_ms;
    if (!lender->is_up && lender->down_ms + LENDER_WAIT_MS < call->waiter.until_ms)
        call->waiter.until_ms = lender->down_ms + LENDER_WAIT_MS;
    loop_task_post(lender->work);
    return LENDER_WAITS;
}

void
lender_leave(struct lender *lender, struct lender_call *call)
{
    lender_metrics_count(lender->metrics, LENDER_COUNT_LEFT);
    lender_metrics_waited(lender->metrics, clock_boot_ms() - call->asked_ms);
    if (call->answer == LENDER_WAITS) {
        lease_queue_remove(&lender->queue, &call->waiter);
        loop_task_post(lender->work); /* who stood behind may be next */
        return;
    }
    struct lender_call **at = &lender->answered;
    struct lender_call *before = NULL;
    while (*at != call) {
        before = *at;
        at = &(*at)->next_answered;
    }
    *at = call->next_answered;
    if (lender->last_answered == call)
        lender->last_answered = before;
    lender_cancel(lender, &call->waiter.hold);
}

struct lease_charges
lender_settle(struct arena *arena, struct lender *lender, struct lease_hold *hold,
              const int64_t *actual_amounts, size_t count)
{
    bool is_scarce = lease_hold_has_scarce_slots(hold);
    struct lease_charges charges = lease_book_settle(arena, lender->book, hold, actual_amounts, count);
    lender_came_free(lender, is_scarce);
    if (charges.is_overdrawn)
        lender_overdrawn(lender);
    return charges;
}

void
lender_overdrawn(struct lender *lender)
{
    lender_metrics_overdrawn(lender->metrics);
    if (!lender->has_told_overdraft)
        log_error("budget_overdrawn",
                  LOG_STRING("reason", "a call cost more than the most it could; further ones are only "
                                       "counted in weir_budget_overdrafts_total"));
    lender->has_told_overdraft = true;
}

void
lender_use(struct lender *lender, struct lease_hold *hold, const int64_t *actual_amounts, size_t count)
{
    bool is_scarce = lease_hold_has_scarce_slots(hold);
    lease_book_use(lender->book, hold, actual_amounts, count);
    lender_came_free(lender, is_scarce);
}

void
lender_cancel(struct lender *lender, struct lease_hold *hold)
{
    bool is_scarce = lease_hold_has_scarce_slots(hold);
    lease_book_cancel(lender->book, hold);
    lender_came_free(lender, is_scarce);
}

void
lender_overuse(struct lender *lender, struct lease_account *account, const struct lease_account_name *name,
               int64_t amount)
{
    int64_t now_ms = clock_boot_ms();
    lease_account_overuse(account, amount, now_ms);
    if (lender->is_up)
        lender_ask(lender, account, name, now_ms);
}

void
lender_note_slowed(struct lender *lender, int64_t budgets)
{
    lender_metrics_slowed(lender->metrics, budgets);
}

void
lender_note_unheld(struct lender *lender, int64_t budgets)
{
    lender_metrics_unheld(lender->metrics, budgets);
}

void
lender_answer(struct lender *lender, struct lease_waiter *list, enum lender_answer answer,
              const struct lease_account *account, const char *reason)
{
    for (struct lease_waiter *waiter = list; waiter; waiter = waiter->next) {
        struct lender_call *call = (struct lender_call *)waiter; /* its first member */
        call->answer = answer;
        call->reason = reason;
        call->next_answered = NULL;
        for (size_t i = 0; account && i < waiter->count; i++)
            call->need = waiter->needs[i].account == account ? i : call->need;
        if (lender->last_answered)
            lender->last_answered->next_answered = call;
        else
            lender->answered = call;
        lender->last_answered = call;
    }
    if (list)
        loop_task_post(lender->work);
}

void
lender_serve(struct lender *lender, int64_t now_ms)
{
    if (lender->queue.count > 0)
        lender_answer(lender, lease_queue_serve(&lender->queue, lender->book, now_ms), LENDER_HELD, NULL,
                      NULL);
}

/* Whether the answer is known already: what the ledger said just now, or that it says nothing. */
static bool
must_not_wait(struct lender *lender, struct lender_call *call, size_t need, int64_t now_ms)
{
    const struct lease_need *lacking = &call->waiter.needs[need];
    struct lease_sums sums = lease_account_sums(lacking->account, now_ms);
    const struct lease_question *question = lease_account_question(lacking->account);
    call->need = need;
    int64_t believed_ms = sums.kind == LEASE_OF_SLOTS ? LENDER_BELIEVES_OF_SLOTS_MS : LENDER_BELIEVES_MS;
    bool is_told = sums.told_ms != INT64_MIN && now_ms - sums.told_ms < believed_ms;
    if (is_told && !sums.is_refused && lacking->amount - sums.usable - sums.given_back > sums.remaining)
        call->answer = LENDER_LACKS;
    else
        call->answer = LENDER_UNREACHABLE;
    if (call->answer == LENDER_LACKS)
        return true;
    if (!lender->link)
        call->reason = "this gateway was started without a ledger";
    else if (!lender->is_up && now_ms - lender->down_ms >= LENDER_WAIT_MS)
        call->reason = "the ledger cannot be reached";
    else if (question && now_ms - question->asked_ms >= LENDER_WAIT_MS)
        call->reason = "the ledger does not answer";
    else if (is_told && sums.is_refused)
        call->reason = lender->reason;
    if (!call->reason)
        call->answer = LENDER_WAITS;
    return call->reason != NULL;
}

static void
ask_ahead(struct lender *lender, const struct lender_call *call, int64_t now_ms)
{
    for (size_t i = 0; lender->is_up && i < call->waiter.count; i++) {
        const struct lease_need *need = &call->waiter.needs[i];
        if (!lease_account_is_at_rest(need->account, need->amount, now_ms))
            ask_for(lender, call, i, now_ms);
    }
}

static void
ask_for(struct lender *lender, const struct lender_call *call, size_t need, int64_t now_ms)
{
    const struct lease_account_name name = call->name_of(call->named_by, need);
    lender_ask(lender, call->waiter.needs[need].account, &name, now_ms);
}

/* One wait may be up much before the others: it is looked no more often than this. */
static void
set_overdue_timer(struct lender *lender, int64_t now_ms)
{
    enum { SELDOM_MS = 10 };
    int64_t next_ms = lease_queue_next_overdue(&lender->queue);
    if (next_ms == INT64_MAX)
        loop_timer_stop(lender->overdue);
    else
        loop_timer_start(lender->overdue, next_ms - now_ms > SELDOM_MS ? next_ms - now_ms : SELDOM_MS);
}

void
lender_came_free(struct lender *lender, bool is_scarce)
{
    if (lender->queue.count > 0)
        loop_task_post(lender->work);
    if (is_scarce)
        give_back_soon(lender);
}

/* Somebody else may be looking for what just came free. */
static void
give_back_soon(struct lender *lender)
{
    if (lender->gives_back_soon || !lender->is_up || lender->finish)
        return;
    lender->gives_back_soon = true;
    loop_timer_start(lender->tick, SOON_MS);
}

static void
work(void *owner)
{
    struct lender *lender = owner;
    int64_t now_ms = clock_boot_ms();
    lender_serve(lender, now_ms);
    for (struct lease_waiter *waiter = lender->queue.first; lender->is_up && waiter; waiter = waiter->next)
        for (size_t i = 0; i < waiter->count; i++)
            if (lease_queue_lacks(waiter, i))
                ask_for(lender, (struct lender_call *)waiter, i, now_ms);
    set_overdue_timer(lender, now_ms);
    while (lender->answered) {
        static const enum lender_count counts[] = {[LENDER_HELD] = LENDER_COUNT_WAITED,
                                                   [LENDER_LACKS] = LENDER_COUNT_LACKED,
                                                   [LENDER_UNREACHABLE] = LENDER_COUNT_UNREACHABLE};
        struct lender_call *call = lender->answered;
        lender->answered = call->next_answered;
        if (!lender->answered)
            lender->last_answered = NULL;
        lender_metrics_count(lender->metrics, counts[call->answer]);
        lender_metrics_waited(lender->metrics, now_ms - call->asked_ms);
        call->on_answer(call->owner);
    }
}

static void
on_overdue(void *owner)
{
    struct lender *lender = owner;
    int64_t now_ms = clock_boot_ms();
    struct lease_waiter *list = lease_queue_drop_overdue(&lender->queue, now_ms);
    lender_answer(lender, list, LENDER_UNREACHABLE, NULL,
                  lender->is_up ? "the ledger does not answer" : "the ledger cannot be reached");
    set_overdue_timer(lender, now_ms);
}

static void
on_tick(void *owner)
{
    struct lender *lender = owner;
    int64_t now_ms = clock_boot_ms();
    lender->gives_back_soon = false;
    (void)lease_book_close_purses(lender->book, now_ms); /* nobody may call again */
    lender_give_back(lender, now_ms);
    lender_metrics_look(lender->metrics, lender->book, now_ms, lender->queue.count,
                        lender_gateways(lender, 1));
    loop_timer_start(lender->tick, TICK_MS);
}
