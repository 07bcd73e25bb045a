/* See the header. */
#include "gateway/decide/limiter_account.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/map.h"

static bool says_nothing(struct limiter_account *account, int64_t now_ms);
static void end_names(void *owner);

void
limiter_accounts_init(struct limiter_accounts *accounts, struct arena *arena)
{
    *accounts = (struct limiter_accounts){.arena = arena, .names_arena = arena_new(0)};
    arena_defer(arena, end_names, accounts);
    accounts->by_name = map_new(accounts->names_arena);
}

struct limiter_account *
limiter_accounts_get(struct limiter_accounts *accounts, struct text name)
{
    struct limiter_account *account = map_find(accounts->by_name, name);
    if (account)
        return account;

    account = accounts->free;
    if (account)
        accounts->free = account->next_free;
    else
        account = arena_alloc(accounts->arena, sizeof(*account));
    *account = (struct limiter_account){0};
    map_set(accounts->by_name, name, account);
    return account;
}

void
limiter_accounts_tidy(struct limiter_accounts *accounts, int64_t now_ms)
{
    struct arena *names_arena = arena_new(0);
    struct map *kept = map_new(names_arena);
    struct text name;
    void *value;
    for (size_t at = 0; map_next(accounts->by_name, &at, &name, &value);) {
        struct limiter_account *account = value;
        if (says_nothing(account, now_ms)) {
            account->next_free = accounts->free;
            accounts->free = account;
        } else {
            map_set(kept, name, account);
        }
    }
    arena_free(accounts->names_arena);
    accounts->names_arena = names_arena;
    accounts->by_name = kept;
}

struct token_bucket *
limiter_account_bucket(struct limiter_account *account, const struct limiter_part *part, int64_t now_ms)
{
    const struct gateway_limit *limit = part->limit;
    assert(limit->unit != LIMIT_UNIT_CONCURRENCY);
    struct token_bucket *bucket = &account->buckets[limit->unit][limit->from.mode];
    bool *is_started = &account->is_started[limit->unit][limit->from.mode];
    if (!*is_started) {
        *bucket = token_bucket_full(.per_minute = part->amount, .now_ms = now_ms);
        *is_started = true;
    } else if (bucket->per_minute != part->amount) {
        token_bucket_change_limit(bucket, now_ms, part->amount);
    }
    return bucket;
}

static bool
says_nothing(struct limiter_account *account, int64_t now_ms)
{
    if (account->slots.taken > 0)
        return false;
    for (int rate = 0; rate < LIMITER_RATES; rate++)
        for (int mode = 0; mode < LIMITER_MODES; mode++)
            if (account->is_started[rate][mode] &&
                token_bucket_look(&account->buckets[rate][mode], now_ms, 0).reset_ms > 0)
                return false;
    return true;
}

static void
end_names(void *owner)
{
    struct limiter_accounts *accounts = owner;
    arena_free(accounts->names_arena);
}
