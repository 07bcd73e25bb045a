/* One list; an account counts who lacks it, so that a call which lacks nothing passes without a look at the
 * list. */
#include "gateway/decide/lease_queue.h"

#include <assert.h>

#include "gateway/decide/lease_parts.h"

/* What was taken out, in order. */
struct taken_out {
    struct lease_waiter *first, *last;
};

static bool
try(struct lease_queue *queue, struct lease_book *book, struct lease_waiter *waiter, int64_t now_ms);
static bool stands_behind(const struct lease_waiter *waiter);
static bool is_lacked(const struct lease_need *need);
static void set_lack(struct lease_waiter *waiter, size_t need, bool lacks);
static void append(struct lease_queue *queue, struct lease_waiter *waiter);
static void take_out(struct lease_queue *queue, struct lease_waiter *waiter, struct taken_out *out);
static int64_t lacks_of(const struct lease_waiter *waiter, const struct lease_account *account);

bool
lease_queue_hold(struct lease_queue *queue, struct lease_book *book, struct lease_waiter *waiter,
                 int64_t now_ms)
{
    waiter->lacks = 0;
    waiter->hold = (struct lease_hold){0};
    if (queue->count > 0 && stands_behind(waiter)) {
        append(queue, waiter);
        for (size_t i = 0; i < waiter->count; i++)
            set_lack(waiter, i, is_lacked(&waiter->needs[i]));
        return false;
    }
    const struct lease_verdict *verdict =
        lease_book_hold(book, waiter->needs, waiter->count, now_ms, &waiter->hold);
    if (verdict->granted)
        return true;
    append(queue, waiter);
    for (size_t i = 0; i < verdict->lack_count; i++)
        set_lack(waiter, verdict->lacks[i].need, true);
    return false;
}

void
lease_queue_remove(struct lease_queue *queue, struct lease_waiter *waiter)
{
    struct taken_out out = {0};
    take_out(queue, waiter, &out);
}

bool
lease_queue_lacks(const struct lease_waiter *waiter, size_t need)
{
    return waiter->lacks >> need & 1;
}

bool
lease_queue_wants(const struct lease_account *account)
{
    return account->lacking_count > 0;
}

struct lease_ask
lease_queue_ask(const struct lease_queue *queue, const struct lease_account *account, int64_t now_ms)
{
    if (account->lacking_count == 0)
        return lease_book_next_ask(account, 0, now_ms);
    int64_t usable = lease_account_usable(account, now_ms), all = 0, first = 0;
    for (const struct lease_waiter *waiter = queue->first; waiter; waiter = waiter->next) {
        int64_t amount = lacks_of(waiter, account);
        first = first == 0 ? amount : first;
        all = all < LEASE_MAX_AMOUNT - amount ? all + amount : LEASE_MAX_AMOUNT;
    }
    struct lease_ask ask = lease_book_next_ask(account, all > usable ? all - usable : 1, now_ms);
    ask.at_least = first > usable ? first - usable : 1;
    return ask;
}

struct lease_waiter *
lease_queue_serve(struct lease_queue *queue, struct lease_book *book, int64_t now_ms)
{
    struct taken_out served = {0};
    struct lease_waiter *next;
    queue->round++;
    for (struct lease_waiter *waiter = queue->first; waiter; waiter = next) {
        next = waiter->next;
        if (try(queue, book, waiter, now_ms))
            take_out(queue, waiter, &served);
    }
    return served.first;
}

struct lease_waiter *
lease_queue_drop_hopeless(struct lease_queue *queue, const struct lease_account *account,
                          bool is_nothing_lent, int64_t now_ms)
{
    struct taken_out out = {0};
    struct lease_waiter *next;
    int64_t usable = lease_account_usable(account, now_ms) + lease_account_given_back(account);
    for (struct lease_waiter *waiter = queue->first; waiter && account->lacking_count > 0; waiter = next) {
        next = waiter->next;
        int64_t lacking = lacks_of(waiter, account) - usable;
        if (lacks_of(waiter, account) == 0)
            continue;
        if (lacking > account->remaining || is_nothing_lent)
            take_out(queue, waiter, &out);
        is_nothing_lent = false;
    }
    return out.first;
}

struct lease_waiter *
lease_queue_drop_lacking(struct lease_queue *queue, const struct lease_account *account)
{
    struct taken_out out = {0};
    struct lease_waiter *next;
    for (struct lease_waiter *waiter = queue->first; waiter && account->lacking_count > 0; waiter = next) {
        next = waiter->next;
        if (lacks_of(waiter, account) > 0)
            take_out(queue, waiter, &out);
    }
    return out.first;
}

struct lease_waiter *
lease_queue_drop_overdue(struct lease_queue *queue, int64_t now_ms)
{
    struct taken_out out = {0};
    struct lease_waiter *next;
    for (struct lease_waiter *waiter = queue->first; waiter; waiter = next) {
        next = waiter->next;
        if (now_ms >= waiter->until_ms)
            take_out(queue, waiter, &out);
    }
    return out.first;
}

int64_t
lease_queue_next_overdue(const struct lease_queue *queue)
{
    int64_t first_ms = INT64_MAX;
    for (const struct lease_waiter *waiter = queue->first; waiter; waiter = waiter->next)
        first_ms = waiter->until_ms < first_ms ? waiter->until_ms : first_ms;
    return first_ms;
}

/* In this round: who stands before may have been passed over for the same. */
static bool
try(struct lease_queue *queue, struct lease_book *book, struct lease_waiter *waiter, int64_t now_ms)
{
    bool is_behind = false;
    for (size_t i = 0; i < waiter->count; i++) {
        bool is_passed = waiter->needs[i].account->passed_in == queue->round && waiter->needs[i].amount > 0;
        set_lack(waiter, i, is_passed);
        is_behind = is_behind || is_passed;
    }
    if (is_behind)
        return false;
    const struct lease_verdict *verdict =
        lease_book_hold(book, waiter->needs, waiter->count, now_ms, &waiter->hold);
    for (size_t i = 0; i < verdict->lack_count; i++) {
        set_lack(waiter, verdict->lacks[i].need, true);
        waiter->needs[verdict->lacks[i].need].account->passed_in = queue->round;
    }
    return verdict->granted;
}

/* Somebody who came before lacks what it needs. */
static bool
stands_behind(const struct lease_waiter *waiter)
{
    for (size_t i = 0; i < waiter->count; i++)
        if (is_lacked(&waiter->needs[i]))
            return true;
    return false;
}

static bool
is_lacked(const struct lease_need *need)
{
    return need->account->lacking_count > 0 && need->amount > 0;
}

static void
set_lack(struct lease_waiter *waiter, size_t need, bool lacks)
{
    if (lease_queue_lacks(waiter, need) == lacks)
        return;
    waiter->lacks ^= UINT64_C(1) << need;
    if (lacks)
        waiter->needs[need].account->lacking_count++;
    else
        waiter->needs[need].account->lacking_count--;
}

static void
append(struct lease_queue *queue, struct lease_waiter *waiter)
{
    waiter->next = NULL;
    waiter->before = queue->last;
    if (queue->last)
        queue->last->next = waiter;
    else
        queue->first = waiter;
    queue->last = waiter;
    queue->count++;
    for (size_t i = 0; i < waiter->count; i++)
        waiter->needs[i].account->waiting_count++;
}

static void
take_out(struct lease_queue *queue, struct lease_waiter *waiter, struct taken_out *out)
{
    assert(queue->count > 0);
    if (waiter->before)
        waiter->before->next = waiter->next;
    else
        queue->first = waiter->next;
    if (waiter->next)
        waiter->next->before = waiter->before;
    else
        queue->last = waiter->before;
    queue->count--;
    for (size_t i = 0; i < waiter->count; i++) {
        set_lack(waiter, i, false);
        waiter->needs[i].account->waiting_count--;
    }
    waiter->next = NULL;
    if (out->last)
        out->last->next = waiter;
    else
        out->first = waiter;
    out->last = waiter;
}

/* What it needs of the account in all, when it lacks it; else 0. */
static int64_t
lacks_of(const struct lease_waiter *waiter, const struct lease_account *account)
{
    for (size_t i = 0; i < waiter->count; i++)
        if (waiter->needs[i].account == account && lease_queue_lacks(waiter, i))
            return waiter->needs[i].amount;
    return 0;
}
