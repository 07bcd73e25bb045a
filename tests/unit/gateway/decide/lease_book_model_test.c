/* Thousands of random sequences against what the api sees: of each lease never more is charged and given back
 * than was lent, and in the end exactly that. */
#include <criterion/criterion.h>

#include "gateway/decide/lease_account.h"
#include "gateway/decide/lease_book.h"
#include "gateway/decide/lease_returns.h"
#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/gateway/decide/random_sequence.h"

TestSuite(lease_book_model, .init = given_arena, .fini = end_arena);

enum { ACCOUNTS = 4, MAX_LENT = 400, MAX_RUNNING = 12, STEPS = 250, SEQUENCES = 3000 };

struct lent {
    int64_t amount, charged, returned;
    bool is_over;
};

struct running {
    struct lease_hold hold;
    struct lease_need needs[ACCOUNTS];
    size_t count;
};

struct model {
    struct arena *arena;
    struct lease_book *book;
    struct random_sequence random;
    int64_t now_ms;
    struct lent lent[MAX_LENT]; /* the lease's id is its place, as text */
    size_t lent_count;
    struct running running[MAX_RUNNING];
    size_t running_count;
    int64_t overdraft, overdraft_charged;
};

static size_t
below(struct model *model, int64_t most)
{
    return (size_t)random_below(&model->random, most);
}

static struct lease_account *
some_account(struct model *model, size_t which)
{
    static const char *const budgets[ACCOUNTS] = {"organisation", "workspace", "caller", "run"};
    struct lease_account *account = NULL;
    struct lease_account_name name = {text_of(budgets[which]), TEXT("x"), TEXT("2026-11")};
    cr_assert(lease_book_account(model->book, &name, INT64_MAX, &account, NULL));
    return account;
}

static struct lent *
lent_of(struct model *model, struct text id)
{
    size_t place = 0;
    for (size_t i = 0; i < id.length; i++)
        place = place * 10 + (size_t)(id.bytes[i] - '0');
    cr_assert_lt(place, model->lent_count);
    return &model->lent[place];
}

static void
expect_within(const struct lent *lent)
{
    cr_assert(lent->charged >= 0 && lent->returned >= 0);
    cr_assert_leq(lent->charged + lent->returned, lent->amount);
}

static void
add_lease(struct model *model)
{
    if (model->lent_count == MAX_LENT)
        return;
    char id[16];
    snprintf(id, sizeof(id), "%zu", model->lent_count);
    struct lease_grant grant = {text_of(id), 1 + random_below(&model->random, 1000),
                                model->now_ms + random_below(&model->random, 30000)};
    cr_assert(lease_book_add(model->book, some_account(model, below(model, ACCOUNTS)), &grant, NULL));
    model->lent[model->lent_count++] = (struct lent){.amount = grant.amount};
}

/* Granted if and only if every account has enough; a lack is what is missing, and a refusal changes nothing.
 */
static void
start_call(struct model *model)
{
    if (model->running_count == MAX_RUNNING)
        return;
    struct running call = {.count = 1 + below(model, ACCOUNTS)};
    struct lease_sums before[ACCOUNTS];
    size_t lacks = 0;
    for (size_t i = 0; i < call.count; i++) {
        call.needs[i] = (struct lease_need){some_account(model, i), random_below(&model->random, 400)};
        before[i] = lease_account_sums(call.needs[i].account, model->now_ms);
        lacks += call.needs[i].amount > before[i].usable;
    }

    const struct lease_verdict *verdict =
        lease_book_hold(model->book, call.needs, call.count, model->now_ms, &call.hold);

    cr_assert_eq(verdict->granted, lacks == 0);
    cr_assert_eq(verdict->lack_count, lacks);
    for (size_t i = 0; i < lacks; i++) {
        size_t need = verdict->lacks[i].need;
        cr_assert_eq(verdict->lacks[i].amount, call.needs[need].amount - before[need].usable);
    }
    for (size_t i = 0; i < call.count; i++) {
        struct lease_sums after = lease_account_sums(call.needs[i].account, model->now_ms);
        int64_t taken = verdict->granted ? call.needs[i].amount : 0;
        cr_assert_eq(after.usable, before[i].usable - taken);
        cr_assert_eq(after.held, before[i].held + taken);
    }
    if (verdict->granted)
        model->running[model->running_count++] = call;
}

static void
end_call(struct model *model, bool is_made)
{
    if (model->running_count == 0)
        return;
    size_t which = below(model, (int64_t)model->running_count);
    struct running call = model->running[which];
    model->running[which] = model->running[--model->running_count];
    if (!is_made) {
        lease_book_cancel(model->book, &call.hold);
        return;
    }
    int64_t actual[ACCOUNTS], charged[ACCOUNTS] = {0};
    for (size_t i = 0; i < call.count; i++) {
        bool is_too_much = below(model, 50) == 0;
        actual[i] = random_below(&model->random, call.needs[i].amount + 1);
        actual[i] = is_too_much ? call.needs[i].amount + 7 : actual[i];
        model->overdraft += is_too_much ? 7 : 0;
    }

    struct lease_charges charges =
        lease_book_settle(model->arena, model->book, &call.hold, actual, call.count);

    for (size_t i = 0; i < charges.count; i++) {
        const struct lease_charge *charge = &charges.items[i];
        charged[charge->need] += charge->amount;
        if (text_is_empty(charge->lease_id)) {
            model->overdraft_charged += charge->amount;
            continue;
        }
        struct lent *lent = lent_of(model, charge->lease_id);
        cr_assert_not(lent->is_over);
        lent->charged += charge->amount;
        expect_within(lent);
    }
    for (size_t i = 0; i < call.count; i++)
        cr_assert_eq(charged[i], actual[i]);
    cr_assert_eq(model->overdraft, model->overdraft_charged);
}

static void
take_returns(struct model *model)
{
    struct lease_returns returns = lease_book_returns(model->arena, model->book, model->now_ms);
    for (size_t i = 0; i < returns.count; i++) {
        struct lent *lent = lent_of(model, returns.items[i].lease_id);
        cr_assert_not(lent->is_over);
        lent->returned += returns.items[i].amount;
        lent->is_over = returns.items[i].is_over;
        expect_within(lent);
        cr_assert_eq(returns.items[i].kept, lent->amount - lent->returned);
        cr_assert(!lent->is_over || lent->charged + lent->returned == lent->amount);
    }
}

static void
step(struct model *model)
{
    switch (below(model, 8)) {
    case 0:
    case 1:
        add_lease(model);
        break;
    case 2:
    case 3:
        start_call(model);
        break;
    case 4:
    case 5:
        end_call(model, below(model, 4) > 0);
        break;
    case 6:
        take_returns(model);
        break;
    default:
        model->now_ms += random_below(&model->random, 4000);
        lease_book_told(some_account(model, below(model, ACCOUNTS)),
                        &(struct lease_news){.remaining = random_below(&model->random, 2000), .replicas = 3});
    }
    struct error err = {0};
    cr_assert(lease_book_check(model->book, &err), "%s", err.message);
}

Test(lease_book_model, charges_and_gives_back_exactly_what_was_lent)
{
    for (uint64_t seed = 1; seed <= SEQUENCES; seed++) {
        scoped_arena struct arena *of_sequence = arena_new(0);
        struct model model = {.arena = of_sequence, .random = {seed}, .now_ms = 1000000};
        model.book = lease_book_new(of_sequence);

        for (int i = 0; i < STEPS; i++)
            step(&model);
        while (model.running_count > 0)
            end_call(&model, true);
        model.now_ms += 60000;
        take_returns(&model);

        for (size_t i = 0; i < model.lent_count; i++) {
            cr_assert(model.lent[i].is_over, "seed %d, lease %zu", (int)seed, i);
            cr_assert_eq(model.lent[i].charged + model.lent[i].returned, model.lent[i].amount);
        }
        cr_assert_eq(lease_book_account_count(model.book), 0);
    }
}
