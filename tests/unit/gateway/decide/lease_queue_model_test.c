/* Thousands of random sequences: nobody overtakes for what another lacks, nobody waits for what is there, and
 * the counts of who lacks what are right after every step. */
#include <criterion/criterion.h>

#include "gateway/decide/lease_parts.h"
#include "gateway/decide/lease_queue.h"
#include "gateway/decide/lease_returns.h"
#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/gateway/decide/random_sequence.h"

TestSuite(lease_queue_model, .init = given_arena, .fini = end_arena);

enum { ACCOUNTS = 3, MOST_CALLS = 10, STEPS = 120, SEQUENCES = 1500, FOR_EVER_MS = 1 << 30 };

enum state { IDLE, WAITING, HOLDING };

struct call {
    struct lease_waiter waiter; /* first: lists lead here */
    struct lease_need needs[ACCOUNTS];
    enum state state;
};

struct model {
    struct arena *arena;
    struct lease_book *book;
    struct lease_queue queue;
    struct lease_account *accounts[ACCOUNTS];
    struct call calls[MOST_CALLS];
    struct random_sequence random;
    int lent;
};

static void
lend(struct model *model)
{
    struct lease_account *account = model->accounts[random_below(&model->random, ACCOUNTS)];
    const struct lease_grant grant = {text_format(model->arena, "%d", model->lent++),
                                      1 + random_below(&model->random, 30), FOR_EVER_MS};
    struct error err = {0};
    cr_assert(lease_book_add(model->book, account, &grant, &err), "%s", err.message);
}

static void
mark(struct lease_waiter *list, enum state state)
{
    for (; list; list = list->next) {
        struct call *call = (struct call *)list;
        cr_assert_eq(call->state, WAITING);
        call->state = state;
    }
}

static void
begin(struct model *model, struct call *call)
{
    size_t count = 0;
    for (size_t i = 0; i < ACCOUNTS; i++)
        if (random_below(&model->random, 2))
            call->needs[count++] = (struct lease_need){model->accounts[i], random_below(&model->random, 20)};
    call->waiter = (struct lease_waiter){
        .needs = call->needs, .count = count, .until_ms = random_below(&model->random, 1000)};
    call->state = lease_queue_hold(&model->queue, model->book, &call->waiter, 0) ? HOLDING : WAITING;
}

static void
finish(struct model *model, struct call *call)
{
    int64_t actual[ACCOUNTS];
    for (size_t i = 0; i < call->waiter.count; i++)
        actual[i] = random_below(&model->random, call->needs[i].amount + 1);
    (void)lease_book_settle(model->arena, model->book, &call->waiter.hold, actual, call->waiter.count);
    call->state = IDLE;
}

static void
drop(struct model *model)
{
    struct lease_account *account = model->accounts[random_below(&model->random, ACCOUNTS)];
    int64_t left = random_below(&model->random, 40);
    switch (random_below(&model->random, 3)) {
    case 0:
        mark(lease_queue_drop_overdue(&model->queue, random_below(&model->random, 200)), IDLE);
        break;
    case 1:
        lease_book_told(account, &(struct lease_news){.remaining = left, .replicas = 1});
        mark(lease_queue_drop_hopeless(&model->queue, account, random_below(&model->random, 2), 0), IDLE);
        break;
    default:
        mark(lease_queue_drop_lacking(&model->queue, account), IDLE);
        cr_assert_not(lease_queue_wants(account));
    }
}

/* After a round of serving nobody waits but for something that is not there, or that somebody before lacks.
 */
static void
serve(struct model *model)
{
    mark(lease_queue_serve(&model->queue, model->book, 0), HOLDING);
    for (struct lease_waiter *waiter = model->queue.first; waiter; waiter = waiter->next)
        cr_assert_neq(waiter->lacks, 0, "it lacks nothing and waits");
    const struct lease_waiter *first = model->queue.first;
    for (size_t i = 0; first && i < first->count; i++)
        if (lease_queue_lacks(first, i))
            cr_assert_lt(lease_account_usable(first->needs[i].account, 0), first->needs[i].amount);
}

static void
check(const struct model *model)
{
    struct error err = {0};
    cr_assert(lease_book_check(model->book, &err), "%s", err.message);
    for (size_t i = 0; i < ACCOUNTS; i++) {
        size_t lacking = 0, waiting = 0;
        for (const struct lease_waiter *waiter = model->queue.first; waiter; waiter = waiter->next)
            for (size_t j = 0; j < waiter->count; j++) {
                waiting += waiter->needs[j].account == model->accounts[i];
                lacking += waiter->needs[j].account == model->accounts[i] && lease_queue_lacks(waiter, j);
            }
        cr_assert_eq(model->accounts[i]->lacking_count, lacking);
        cr_assert_eq(model->accounts[i]->waiting_count, waiting);
    }
}

static void
step(struct model *model)
{
    struct call *call = &model->calls[random_below(&model->random, MOST_CALLS)];
    switch (random_below(&model->random, 5)) {
    case 0:
        lend(model);
        break;
    case 1:
        serve(model);
        break;
    case 2:
        drop(model);
        break;
    default:
        if (call->state == IDLE)
            begin(model, call);
        else if (call->state == HOLDING)
            finish(model, call);
        else if (random_below(&model->random, 4) == 0) {
            lease_queue_remove(&model->queue, &call->waiter);
            call->state = IDLE;
        }
    }
    check(model);
}

Test(lease_queue_model, keeps_order_and_counts_in_random_sequences)
{
    static const char *const names[ACCOUNTS] = {"organisation", "environment", "caller"};
    for (uint64_t seed = 1; seed <= SEQUENCES; seed++) {
        scoped_arena struct arena *own = arena_new(0);
        struct model model = {.arena = own, .book = lease_book_new(own), .random = {seed}};
        for (size_t i = 0; i < ACCOUNTS; i++) {
            const struct lease_account_name name = {text_of(names[i]), TEXT("x"), TEXT("2026-11")};
            cr_assert(lease_book_account(model.book, &name, FOR_EVER_MS, &model.accounts[i], NULL));
        }
        for (int i = 0; i < STEPS; i++)
            step(&model);
    }
}
