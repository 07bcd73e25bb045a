/* Holds: taken from all accounts or from none, ended once. One thread, so nothing comes between. */
#include <assert.h>

#include "gateway/decide/lease_parts.h"
#include "gateway/decide/lease_purse.h"
#include "lib/base/arena.h"

/* Charges being written down, in room that was made once for all of them. */
struct charging {
    struct lease_charges charges;
    char *ids; /* where the next lease's id goes: the lease may be another one before it is read */
};

static const struct lease_verdict *try(struct lease_book *book, const struct lease_need *needs, size_t count,
                                       int64_t now_ms, struct lease_hold *out_hold);
static int64_t draw_from_leases(struct lease_book *book, const struct lease_need *need, size_t index,
                                int64_t now_ms, struct lease_hold *hold);
static void add_draw(struct lease_book *book, struct lease_hold *hold, const struct lease_draw *values);
static void end_draws(struct lease_book *book, struct lease_hold *hold);
static void note_use(const struct lease_need *need, int64_t now_ms);
static int64_t charge_need(const struct lease_draw **at, int64_t actual_amount, struct charging *charging);
static void add_charge(struct charging *charging, size_t need, const struct lease *lease, int64_t amount);
static struct charging room_for_charges(struct arena *arena, const struct lease_hold *hold, size_t count);

const struct lease_verdict *
lease_book_hold(struct lease_book *book, const struct lease_need *needs, size_t count, int64_t now_ms,
                struct lease_hold *out_hold)
{
    const struct lease_verdict *verdict = try(book, needs, count, now_ms, out_hold);
    if (!verdict->granted && lease_book_close_purses(book, now_ms) > 0)
        verdict = try(book, needs, count, now_ms, out_hold);
    return verdict;
}

static const struct lease_verdict *
try(struct lease_book *book, const struct lease_need *needs, size_t count, int64_t now_ms,
    struct lease_hold *out_hold)
{
    assert(count <= LEASE_HOLD_MAX_NEEDS);
    struct lease_verdict *verdict = &book->verdict; /* a kilobyte, of which most calls need two words */
    verdict->lack_count = 0;
    struct lease_hold hold = {0};
    for (size_t i = 0; i < count; i++) {
        int64_t lacking = draw_from_leases(book, &needs[i], i, now_ms, &hold);
        if (lacking > 0)
            verdict->lacks[verdict->lack_count++] = (struct lease_lack){i, lacking};
    }
    verdict->granted = verdict->lack_count == 0;
    if (!verdict->granted) {
        end_draws(book, &hold);
        return verdict;
    }
    for (size_t i = 0; i < count; i++)
        note_use(&needs[i], now_ms);
    *out_hold = hold;
    return verdict;
}

struct lease_charges
lease_book_settle(struct arena *arena, struct lease_book *book, struct lease_hold *hold,
                  const int64_t *actual_amounts, size_t count)
{
    struct charging charging = room_for_charges(arena, hold, count);
    struct lease_charges *charges = &charging.charges;
    const struct lease_draw *at = hold->first;
    while (at) {
        size_t need = at->need;
        assert(need < count && actual_amounts[need] >= 0);
        int64_t beyond = charge_need(&at, actual_amounts[need], &charging);
        if (beyond > 0)
            charges->items[charges->count++] = (struct lease_charge){.need = need, .amount = beyond};
        charges->is_overdrawn |= beyond > 0;
    }
    end_draws(book, hold);
    return *charges;
}

void
lease_book_use(struct lease_book *book, struct lease_hold *hold, const int64_t *actual_amounts, size_t count)
{
    const struct lease_draw *at = hold->first;
    while (at) {
        assert(at->need < count && actual_amounts[at->need] >= 0);
        (void)charge_need(&at, actual_amounts[at->need], NULL);
    }
    end_draws(book, hold);
}

void
lease_book_cancel(struct lease_book *book, struct lease_hold *hold)
{
    for (const struct lease_draw *draw = hold->first; draw; draw = draw->next)
        lease_use_give_back(&draw->account->use, draw->amount);
    end_draws(book, hold);
}

/* The first ones are those that holds took of first. */
static void
set_spent_aside(struct lease_account *account)
{
    for (struct lease *lease = account->leases; lease && lease->settled == lease->amount;
         lease = account->leases) {
        account->leases = lease->next;
        lease->next = account->spent;
        account->spent = lease;
    }
}

/* Returns what could not be had. */
static int64_t
draw_from_leases(struct lease_book *book, const struct lease_need *need, size_t index, int64_t now_ms,
                 struct lease_hold *hold)
{
    assert(need->amount >= 0);
    int64_t lacking = need->amount;
    set_spent_aside(need->account);
    for (struct lease *lease = need->account->leases; lease && lacking > 0; lease = lease->next) {
        int64_t unused = lease_unused(lease);
        int64_t amount = unused < lacking ? unused : lacking;
        if (amount == 0 || !lease_terms_may_hold(lease->expires_ms, now_ms))
            continue;
        lease->held += amount;
        lacking -= amount;
        add_draw(book, hold, &(struct lease_draw){NULL, need->account, lease, amount, index});
    }
    if (need->amount == 0)
        add_draw(book, hold, &(struct lease_draw){NULL, need->account, NULL, 0, index});
    return lacking;
}

static void
add_draw(struct lease_book *book, struct lease_hold *hold, const struct lease_draw *values)
{
    struct lease_draw *draw = book->unused_draws;
    if (draw)
        book->unused_draws = draw->next;
    else
        draw = arena_alloc(book->arena, sizeof(*draw));
    *draw = *values;
    draw->account->draw_count++;
    if (hold->last)
        hold->last->next = draw;
    else
        hold->first = draw;
    hold->last = draw;
}

/* Of slots it counts how many are taken at once. */
static void
note_use(const struct lease_need *need, int64_t now_ms)
{
    struct lease_account *account = need->account;
    bool is_slots = account->kind == LEASE_OF_SLOTS;
    lease_use_take(&account->use, is_slots ? lease_account_held(account) : need->amount, now_ms);
}

/* Nothing is held any more. */
static void
end_draws(struct lease_book *book, struct lease_hold *hold)
{
    for (struct lease_draw *draw = hold->first; draw; draw = draw->next) {
        draw->account->draw_count--;
        if (draw->lease)
            draw->lease->held -= draw->amount;
    }
    if (hold->last) {
        hold->last->next = book->unused_draws;
        book->unused_draws = hold->first;
    }
    *hold = (struct lease_hold){0};
}

/* Charges the leases that one need was drawn from, in the order they were drawn from, and leaves *at behind
 * them. What is charged stays held until the draws end. charging: NULL when nobody asks. Returns what is on
 * no lease. */
static int64_t
charge_need(const struct lease_draw **at, int64_t actual_amount, struct charging *charging)
{
    size_t need = (*at)->need;
    struct lease_account *account = (*at)->account;
    int64_t left = actual_amount;
    for (; *at && (*at)->need == need; *at = (*at)->next) {
        const struct lease_draw *draw = *at;
        int64_t charged = left < draw->amount ? left : draw->amount;
        left -= charged;
        lease_use_give_back(&account->use, draw->amount - charged);
        if (charged == 0)
            continue;
        draw->lease->settled += charged;
        lease_add_up(&account->settled, charged);
        if (charging)
            add_charge(charging, need, draw->lease, charged);
    }
    if (left > 0) {
        lease_add_up(&account->settled, left);
        lease_add_up(&account->overdraft, left);
    }
    return left;
}

void
lease_add_up(int64_t *sum, int64_t amount)
{
    if (__builtin_add_overflow(*sum, amount, sum))
        *sum = INT64_MAX;
}

static void
add_charge(struct charging *charging, size_t need, const struct lease *lease, int64_t amount)
{
    struct text copy = {charging->ids, lease->id_length};
    charging->ids = mempcpy(charging->ids, lease->id, lease->id_length);
    charging->charges.items[charging->charges.count++] =
        (struct lease_charge){need, copy, lease->number, amount};
}

static struct charging
room_for_charges(struct arena *arena, const struct lease_hold *hold, size_t count)
{
    size_t charges = count, bytes = 0;
    for (const struct lease_draw *draw = hold->first; draw; draw = draw->next) {
        charges++;
        bytes += draw->lease ? draw->lease->id_length : 0;
    }
    size_t items_bytes = charges * sizeof(struct lease_charge);
    void *room = arena_alloc_raw(arena, items_bytes + bytes);
    return (struct charging){.charges = {.items = room}, .ids = (char *)room + items_bytes};
}
