/* The counters of one caller (or of the environment), and the book of all callers' counters by name. For
 * limiter.c.
 *
 * An account with no call running and every bucket full says nothing a new one would not: it is forgotten. */
#pragma once

#include "gateway/decide/concurrency.h"
#include "gateway/decide/limiter.h"
#include "lib/base/token_bucket.h"

struct limiter_account {
    struct concurrency slots; /* also: how many holds point here */
    struct token_bucket buckets[LIMITER_RATES][LIMITER_MODES];
    bool is_started[LIMITER_RATES][LIMITER_MODES];
    struct limiter_account *next_free;
};

/* A limit, and how much of it is this process's. */
struct limiter_part {
    const struct gateway_limit *limit;
    int64_t amount;
};

struct limiter_accounts {
    struct arena *arena;       /* of the accounts: they are reused, never given back */
    struct arena *names_arena; /* of the map: a new one at each tidying */
    struct map *by_name;
    struct limiter_account *free;
};

void limiter_accounts_init(struct limiter_accounts *accounts, struct arena *arena);
/* The account under the name; a fresh one when there is none. */
struct limiter_account *limiter_accounts_get(struct limiter_accounts *accounts, struct text name);
/* Forgets the accounts that say nothing. */
void limiter_accounts_tidy(struct limiter_accounts *accounts, int64_t now_ms);
/* The bucket for a limit, started full at first sight and following the part's amount afterwards. */
struct token_bucket *
limiter_account_bucket(struct limiter_account *account, const struct limiter_part *part, int64_t now_ms);
