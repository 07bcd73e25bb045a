/* What goes back to the api, and what the book forgets. */
#include "gateway/decide/lease_returns.h"

#include "gateway/decide/lease_parts.h"
#include "gateway/decide/lease_purse.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/map.h"

/* Of what an account should have: below it nothing is given back only to be asked for. */
#define TARGETS_KEPT 2
#define FEWEST_REMOVED 256 /* names that are gone before the map gets a new arena */

static int64_t excess_of(const struct lease_account *account, int64_t now_ms);
static void return_unused(struct arena *arena, struct lease_account *account, int64_t now_ms,
                          struct lease_returns *returns, size_t *capacity);
static void take_spent_back(struct lease_account *account);
static void drop_ended(struct lease_book *book, struct lease_account *account);
static bool
is_told(const struct lease_account *account, const struct lease *lease, int64_t amount, int64_t now_ms);
static bool is_ended(const struct lease *lease);
static bool says_nothing(const struct lease_account *account, int64_t now_ms);
static void forget_accounts(struct arena *arena, struct lease_book *book, int64_t now_ms);
static void renew_names(struct lease_book *book);

struct lease_returns
lease_book_returns(struct arena *arena, struct lease_book *book, int64_t now_ms)
{
    struct lease_returns returns = {0};
    size_t capacity = 0;
    struct text name;
    void *value;
    (void)lease_book_close_purses(book, now_ms);
    for (size_t at = 0; map_next(book->by_name, &at, &name, &value);) {
        return_unused(arena, value, now_ms, &returns, &capacity);
        drop_ended(book, value);
    }
    forget_accounts(arena, book, now_ms);
    return returns;
}

bool
lease_book_check(const struct lease_book *book, struct error *err)
{
    struct text name;
    void *value;
    for (size_t at = 0; map_next(book->by_name, &at, &name, &value);) {
        const struct lease_account *account = value;
        size_t count = 0;
        for (const struct lease *lease = account->spent; lease; lease = lease->next, count++)
            if (!is_ended(lease))
                return error_set(err, ERROR_INTERNAL, "lease %.*s is not spent", TEXT_ARG(lease_id(lease)));
        for (const struct lease *lease = account->leases; lease; lease = lease->next, count++)
            if (lease->held < 0 || lease->settled < 0 || lease->held > lease->amount - lease->settled)
                return error_set(err, ERROR_INTERNAL, "lease %.*s: %lld held and %lld settled of %lld",
                                 TEXT_ARG(lease_id(lease)), (long long)lease->held, (long long)lease->settled,
                                 (long long)lease->amount);
        if (count != account->lease_count)
            return error_set(err, ERROR_INTERNAL, "an account has %zu leases and counts %zu", count,
                             account->lease_count);
    }
    return true;
}

bool
lease_hold_has_scarce_slots(const struct lease_hold *hold)
{
    for (const struct lease_draw *draw = hold->first; draw; draw = draw->next)
        if (lease_account_is_scarce(draw->account))
            return true;
    return false;
}

bool
lease_account_is_scarce(const struct lease_account *account)
{
    return account->kind == LEASE_OF_SLOTS && account->replicas > 1 && account->remaining < account->replicas;
}

/* What the account has more than it should. When what it has and what is left to lend are each too little for
 * a call, all of it: together with what others give back it may be enough for one. */
static int64_t
excess_of(const struct lease_account *account, int64_t now_ms)
{
    int64_t usable = lease_account_usable(account, now_ms);
    /* Where slots are scarce nobody keeps one that no call is in. */
    if (lease_account_is_scarce(account))
        return usable;
    int64_t hold = lease_use_largest(&account->use, now_ms);
    if (account->kind == LEASE_OF_SLOTS)
        hold = 1;
    if (now_ms >= account->ends_ms || (usable < hold && account->remaining < hold))
        return usable;
    int64_t excess = usable - TARGETS_KEPT * lease_account_target(account, now_ms);
    return excess > 0 ? excess : 0;
}

static void
return_unused(struct arena *arena, struct lease_account *account, int64_t now_ms,
              struct lease_returns *returns, size_t *capacity)
{
    int64_t excess = excess_of(account, now_ms);
    account->rests_until_ms = 0;
    take_spent_back(account);
    for (struct lease *lease = account->leases; lease; lease = lease->next) {
        int64_t amount = lease_unused(lease);
        if (lease_terms_may_hold(lease->expires_ms, now_ms)) {
            amount = amount < excess ? amount : excess;
            excess -= amount;
        }
        lease->amount -= amount;
        if (account->kind != LEASE_OF_SLOTS) /* of those others wait, and news comes every moment */
            account->given_back += amount;
        if (!is_told(account, lease, amount, now_ms))
            continue;
        returns->items = arena_grow(arena, returns->items, returns->count, capacity, sizeof(*returns->items));
        returns->items[returns->count++] = (struct lease_return){
            .lease_id = text_copy(arena, lease_id(lease)),
            .amount = amount,
            .kept = lease->amount,
            .is_over = is_ended(lease),
        };
    }
}

/* To the place before the others that they had. */
static void
take_spent_back(struct lease_account *account)
{
    for (struct lease *lease = account->spent; lease; lease = account->spent) {
        account->spent = lease->next;
        lease->next = account->leases;
        account->leases = lease;
    }
}

/* Of a rate the ledger only hears what others may still use. */
static bool
is_told(const struct lease_account *account, const struct lease *lease, int64_t amount, int64_t now_ms)
{
    if (account->kind == LEASE_OF_RATE)
        return amount > 0 && (now_ms < account->ends_ms || now_ms == INT64_MAX);
    return amount > 0 || is_ended(lease);
}

/* All of it is charged or given back. */
static bool
is_ended(const struct lease *lease)
{
    return lease->held == 0 && lease_unused(lease) == 0;
}

static void
drop_ended(struct lease_book *book, struct lease_account *account)
{
    for (struct lease **at = &account->leases; *at;) {
        struct lease *lease = *at;
        if (!is_ended(lease)) {
            at = &lease->next;
            continue;
        }
        *at = lease->next;
        lease->next = book->unused_leases;
        book->unused_leases = lease;
        account->lease_count--;
    }
}

/* Nothing on loan, nothing held, nobody waits, and no recent use to remember. */
static bool
says_nothing(const struct lease_account *account, int64_t now_ms)
{
    bool is_idle = lease_account_target(account, now_ms) == 0 || now_ms >= account->ends_ms;
    bool is_waited_for = account->waiting_count > 0 || account->question;
    return account->lease_count == 0 && account->draw_count == 0 && is_idle && !is_waited_for;
}

/* In two rounds: the map must not change while it is walked. */
static void
forget_accounts(struct arena *arena, struct lease_book *book, int64_t now_ms)
{
    struct text_list gone = {0};
    size_t capacity = 0;
    struct text name;
    void *value;
    for (size_t at = 0; map_next(book->by_name, &at, &name, &value);) {
        if (!says_nothing(value, now_ms))
            continue;
        gone.items = arena_grow(arena, gone.items, gone.count, &capacity, sizeof(*gone.items));
        gone.items[gone.count++] = name;
        struct lease_account *account = value;
        account->number = 0;
        account->next_unused = book->unused_accounts;
        book->unused_accounts = account;
    }
    for (size_t i = 0; i < gone.count; i++)
        (void)map_remove(book->by_name, gone.items[i]);
    book->removed_count += gone.count;
    if (book->removed_count > FEWEST_REMOVED + map_count(book->by_name))
        renew_names(book);
}

/* A removed name keeps its bytes until the arena ends. */
static void
renew_names(struct lease_book *book)
{
    struct arena *names_arena = arena_new(0);
    struct map *kept = map_new(names_arena);
    struct text name;
    void *value;
    for (size_t at = 0; map_next(book->by_name, &at, &name, &value);)
        map_set(kept, name, value);
    arena_free(book->names_arena);
    book->names_arena = names_arena;
    book->by_name = kept;
    book->removed_count = 0;
}
