/* See the header. An open purse is in the book's list; a closed one lives as long as calls hold of it. */
#include "gateway/decide/lease_purse.h"

#include <assert.h>

#include "gateway/decide/lease_parts.h"
#include "lib/base/arena.h"

/* Of a lease only a part is set aside, so that others who need of it do not find it empty at each turn; and
 * what this one's account, by its use of late, takes while the purse is open, twice over, or twice what was
 * taken of the purse just before, since use of late counts seconds: one of whom few calls come has next to
 * nothing, for as long as nobody closes it. */
enum { PART_OF_LEASE = 4, FEW_CALLS = 4, MOST_SLOTS = 4, JUST_BEFORE_MS = 5 * LEASE_PURSE_MS };
enum { NO_CLASS = LEASE_PURSE_CLASSES };

struct entry {
    struct lease_account *account;
    struct lease *lease;
    size_t class; /* or NO_CLASS: a slot */
};

/* Leases are good until the purse is closed, and as long as something is held of them. */
struct lease_purse {
    struct lease_purse *next; /* the next open one, or unused one */
    uint64_t number;          /* of lease_purse_place; 0: it is not in use */
    int64_t until_ms;         /* INT64_MIN: it is closed */
    int64_t room[LEASE_PURSE_CLASSES];
    int64_t settled[LEASE_PURSE_CLASSES], taken[LEASE_PURSE_CLASSES], largest[LEASE_PURSE_CLASSES];
    size_t call_count; /* that hold of it now */
    bool was_used;
    /* Of slots nothing is set aside: how many are taken at once says how many there should be. */
    struct entry *slots[MOST_SLOTS];
    size_t slot_count;
    size_t class_count; /* those above are of nobody */
    size_t entry_count;
    struct entry entries[LEASE_PURSE_MAX_NEEDS];
};

static struct lease_amounts taken_just_before(const struct lease_purse *before, int64_t now_ms);
static bool fill(struct lease_purse *purse, const struct lease_purse_needs *needs,
                 const struct lease_amounts *before, int64_t now_ms);
static struct lease *fullest_lease(struct lease_account *account, int64_t now_ms);
static int64_t room_of(const struct entry *entry, int64_t amount, int64_t before, int64_t now_ms);
static bool add_slot(struct lease_purse *purse, const struct lease_need *need, struct entry *entry);
static bool is_full(const struct lease_purse *purse);
static void take_slots(struct lease_purse *purse, int64_t now_ms);
static void give_slots_back(struct lease_purse *purse);
static void take_room(struct lease_purse *purse);
static bool is_open(const struct lease_purse *purse);
static void close_purse(struct lease_book *book, struct lease_purse *purse, int64_t now_ms);
static void put_back(struct lease_purse *purse, const struct entry *entry, int64_t now_ms);
static int64_t charge(struct lease_purse *purse, size_t class, int64_t held, int64_t actual);
static void overdraw(struct lease_purse *purse, size_t class, int64_t beyond);
static void leave(struct lease_book *book, struct lease_purse *purse);
static void forget(struct lease_book *book, struct lease_purse *purse);

void
lease_purse_open(struct lease_book *book, const struct lease_purse_needs *needs, int64_t now_ms,
                 struct lease_purse_place *place)
{
    struct lease_purse *before = place->purse;
    struct lease_amounts taken = {0};
    if (before && before->number == place->number && is_open(before)) {
        taken = taken_just_before(before, now_ms);
        close_purse(book, before, now_ms);
    }
    *place = (struct lease_purse_place){0};
    if (needs->count > LEASE_PURSE_MAX_NEEDS)
        return;
    struct lease_purse *purse = book->unused_purses;
    if (purse)
        book->unused_purses = purse->next;
    else
        purse = arena_alloc_raw(book->arena, sizeof(*purse));
    memset(purse, 0, offsetof(struct lease_purse, entries));
    if (!fill(purse, needs, &taken, now_ms)) {
        purse->next = book->unused_purses;
        book->unused_purses = purse;
        return;
    }
    take_room(purse);
    purse->number = ++book->last_purse_number;
    purse->next = book->open_purses;
    book->open_purses = purse;
    *place = (struct lease_purse_place){purse, purse->number};
}

struct lease_purse *
lease_purse_hold(const struct lease_purse_place *place, const struct lease_amounts *amounts, int64_t now_ms)
{
    struct lease_purse *purse = place->purse;
    if (!purse || purse->number != place->number || now_ms >= purse->until_ms)
        return NULL;
    for (size_t i = 0; i < purse->class_count; i++)
        if (amounts->of[i] > purse->room[i])
            return NULL;
    if (is_full(purse))
        return NULL;
    for (size_t i = 0; i < purse->class_count; i++) {
        int64_t amount = amounts->of[i];
        purse->room[i] -= amount;
        purse->taken[i] += amount;
        purse->largest[i] = amount > purse->largest[i] ? amount : purse->largest[i];
    }
    take_slots(purse, now_ms);
    purse->call_count++;
    purse->was_used = true;
    return purse;
}

bool
lease_purse_settle(struct lease_book *book, struct lease_purse *purse, const struct lease_amounts *held,
                   const struct lease_amounts *actual)
{
    bool is_overdrawn = false;
    for (size_t i = 0; i < purse->class_count; i++) {
        assert(actual->of[i] >= 0);
        int64_t beyond = charge(purse, i, held->of[i], actual->of[i]);
        if (beyond > 0)
            overdraw(purse, i, beyond);
        is_overdrawn |= beyond > 0;
    }
    leave(book, purse);
    return is_overdrawn;
}

void
lease_purse_cancel(struct lease_book *book, struct lease_purse *purse, const struct lease_amounts *held)
{
    for (size_t i = 0; i < purse->class_count; i++)
        (void)charge(purse, i, held->of[i], 0);
    leave(book, purse);
}

struct lease_charge
lease_purse_charge(const struct lease_purse *purse, size_t need, int64_t amount)
{
    const struct lease *lease = purse->entries[need].lease;
    return (struct lease_charge){need, lease_id(lease), lease->number, amount};
}

uint64_t
lease_purse_number(const struct lease_purse *purse)
{
    return purse->number;
}

bool
lease_purse_has_scarce_slots(const struct lease_purse *purse)
{
    for (size_t i = 0; i < purse->slot_count; i++)
        if (lease_account_is_scarce(purse->slots[i]->account))
            return true;
    return false;
}

size_t
lease_book_close_purses(struct lease_book *book, int64_t now_ms)
{
    size_t count = 0;
    for (; book->open_purses; count++)
        close_purse(book, book->open_purses, now_ms);
    return count;
}

static struct lease_amounts
taken_just_before(const struct lease_purse *before, int64_t now_ms)
{
    struct lease_amounts taken = {0};
    for (size_t i = 0; i < before->class_count && now_ms - before->until_ms < JUST_BEFORE_MS; i++)
        taken.of[i] = before->taken[i];
    return taken;
}

/* One lease of each account, and what of each class all of them can spare. */
static bool
fill(struct lease_purse *purse, const struct lease_purse_needs *needs, const struct lease_amounts *before,
     int64_t now_ms)
{
    purse->until_ms = now_ms + LEASE_PURSE_MS;
    for (size_t i = 0; i < LEASE_PURSE_CLASSES; i++)
        purse->room[i] = INT64_MAX;
    for (size_t i = 0; i < needs->count; i++) {
        const struct lease_need *need = &needs->items[i];
        struct entry *entry = &purse->entries[purse->entry_count++];
        *entry = (struct entry){need->account, fullest_lease(need->account, now_ms), needs->classes[i]};
        if (!entry->lease)
            return false;
        int64_t ends_ms = entry->lease->expires_ms - LEASE_LAST_HOLD_MS;
        purse->until_ms = ends_ms < purse->until_ms ? ends_ms : purse->until_ms;
        if (need->account->kind == LEASE_OF_SLOTS) {
            if (!add_slot(purse, need, entry))
                return false;
            continue;
        }
        if (entry->class >= purse->class_count)
            purse->class_count = entry->class + 1;
        int64_t room = room_of(entry, need->amount, before->of[entry->class], now_ms);
        if (room < need->amount)
            return false;
        purse->room[entry->class] = room < purse->room[entry->class] ? room : purse->room[entry->class];
    }
    for (size_t i = 0; i < LEASE_PURSE_CLASSES; i++)
        purse->room[i] = purse->room[i] == INT64_MAX ? 0 : purse->room[i];
    return true;
}

static int64_t
room_of(const struct entry *entry, int64_t amount, int64_t before, int64_t now_ms)
{
    int64_t part = lease_unused(entry->lease) / PART_OF_LEASE;
    int64_t soon = lease_use_per_second(&entry->account->use, now_ms) / (1000 / (2 * LEASE_PURSE_MS));
    int64_t again = before > INT64_MAX / 2 ? INT64_MAX : 2 * before;
    soon = soon > again ? soon : again;
    bool is_much = amount > (INT64_MAX - soon) / FEW_CALLS; /* more than any lease */
    return is_much || part < soon + FEW_CALLS * amount ? part : soon + FEW_CALLS * amount;
}

static bool
add_slot(struct lease_purse *purse, const struct lease_need *need, struct entry *entry)
{
    if (need->amount != 1 || purse->slot_count == MOST_SLOTS || lease_account_is_scarce(need->account))
        return false;
    entry->class = NO_CLASS;
    purse->slots[purse->slot_count++] = entry;
    return true;
}

static bool
is_full(const struct lease_purse *purse)
{
    for (size_t i = 0; i < purse->slot_count; i++)
        if (lease_unused(purse->slots[i]->lease) < 1)
            return true;
    return false;
}

static void
take_slots(struct lease_purse *purse, int64_t now_ms)
{
    for (size_t i = 0; i < purse->slot_count; i++) {
        struct entry *entry = purse->slots[i];
        entry->lease->held++;
        lease_use_take(&entry->account->use, lease_account_held(entry->account), now_ms);
    }
}

static void
give_slots_back(struct lease_purse *purse)
{
    for (size_t i = 0; i < purse->slot_count; i++) {
        purse->slots[i]->lease->held--;
        lease_use_give_back(&purse->slots[i]->account->use, 1);
    }
}

/* What little is left of others is for calls that hold by themselves: those take what ends first. */
static struct lease *
fullest_lease(struct lease_account *account, int64_t now_ms)
{
    struct lease *fullest = NULL;
    for (struct lease *lease = account->leases; lease; lease = lease->next)
        if (lease_terms_may_hold(lease->expires_ms, now_ms) && lease_unused(lease) > 0 &&
            (!fullest || lease_unused(lease) > lease_unused(fullest)))
            fullest = lease;
    return fullest;
}

static void
take_room(struct lease_purse *purse)
{
    for (size_t i = 0; i < purse->entry_count; i++) {
        const struct entry *entry = &purse->entries[i];
        if (entry->class != NO_CLASS)
            entry->lease->held += purse->room[entry->class];
        entry->account->draw_count++;
    }
}

static bool
is_open(const struct lease_purse *purse)
{
    return purse->until_ms != INT64_MIN;
}

static void
close_purse(struct lease_book *book, struct lease_purse *purse, int64_t now_ms)
{
    struct lease_purse **at = &book->open_purses;
    while (*at != purse)
        at = &(*at)->next;
    *at = purse->next;
    for (size_t i = 0; i < purse->entry_count; i++)
        if (purse->entries[i].class != NO_CLASS)
            put_back(purse, &purse->entries[i], now_ms);
    memset(purse->room, 0, sizeof(purse->room));
    purse->until_ms = INT64_MIN;
    if (purse->call_count == 0)
        forget(book, purse);
}

static void
put_back(struct lease_purse *purse, const struct entry *entry, int64_t now_ms)
{
    struct lease_account *account = entry->account;
    int64_t settled = purse->settled[entry->class];
    entry->lease->held -= settled + purse->room[entry->class];
    entry->lease->settled += settled;
    lease_add_up(&account->settled, settled);
    if (purse->was_used)
        lease_use_take_many(&account->use, purse->taken[entry->class], purse->largest[entry->class], now_ms);
}

/* Returns what is beyond what was held. */
static int64_t
charge(struct lease_purse *purse, size_t class, int64_t held, int64_t actual)
{
    int64_t charged = actual < held ? actual : held;
    if (is_open(purse)) {
        purse->settled[class] += charged;
        purse->room[class] += held - charged;
        purse->taken[class] -= held - charged;
        return actual - charged;
    }
    for (size_t i = 0; i < purse->entry_count && held > 0; i++) {
        const struct entry *entry = &purse->entries[i];
        if (entry->class != class)
            continue;
        entry->lease->held -= held;
        entry->lease->settled += charged;
        lease_add_up(&entry->account->settled, charged);
        lease_use_give_back(&entry->account->use, held - charged);
    }
    return actual - charged;
}

static void
overdraw(struct lease_purse *purse, size_t class, int64_t beyond)
{
    for (size_t i = 0; i < purse->entry_count; i++) {
        struct lease_account *account = purse->entries[i].account;
        if (purse->entries[i].class != class)
            continue;
        lease_add_up(&account->settled, beyond);
        lease_add_up(&account->overdraft, beyond);
    }
}

static void
leave(struct lease_book *book, struct lease_purse *purse)
{
    give_slots_back(purse);
    purse->call_count--;
    if (purse->call_count == 0 && !is_open(purse))
        forget(book, purse);
}

static void
forget(struct lease_book *book, struct lease_purse *purse)
{
    for (size_t i = 0; i < purse->entry_count; i++)
        purse->entries[i].account->draw_count--;
    purse->number = 0;
    purse->next = book->unused_purses;
    book->unused_purses = purse;
}
