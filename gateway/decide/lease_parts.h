/* What a book looks like inside; for lease_*.c only. */
#pragma once

#include "gateway/decide/lease_account.h"
#include "gateway/decide/lease_ask.h"
#include "gateway/decide/lease_book.h"
#include "gateway/decide/lease_use.h"

struct lease {
    struct lease *next; /* the one that ends next stands first; or the next unused one */
    uint64_t number;    /* no other lease of the book ever has it */
    char id[LEASE_ID_MAX_BYTES];
    uint8_t id_length;
    int64_t amount; /* what is lent, less what was given back */
    int64_t held, settled;
    int64_t expires_ms;
};

/* What a hold took from one lease for one need; a need of nothing has one too, that took nothing. */
struct lease_draw {
    struct lease_draw *next;
    struct lease_account *account;
    struct lease *lease; /* NULL: a need of nothing */
    int64_t amount;
    size_t need;
};

struct lease_account {
    struct lease_account *next_unused;
    uint64_t number; /* of lease_account_place; 0: it is not in use */
    struct lease *leases;
    struct lease *spent; /* all charged, so that no hold looks at them again: until the next returns */
    size_t lease_count;  /* of both */
    size_t draw_count;   /* how many draws point here */
    int64_t settled, overdraft;
    int64_t ends_ms;
    int64_t remaining, replicas, used;
    int64_t told_ms;
    int64_t given_back;        /* since the last question, so that its answer does not count it yet */
    int64_t given_back_before; /* since what was told last, before the last question: its answer does */
    bool is_refused;
    enum lease_kind kind;
    int64_t rests_until_ms;            /* lease_account_rest; 0: it does not */
    int64_t rest_amount, rest_largest; /* as long as holds take no more than so, all and each */
    int64_t owed;                      /* used beyond what was on loan: taken from the next leases */
    struct lease_use use;
    struct lease_question *question; /* lease_account_ask */
    size_t waiting_count; /* calls in the queue with a need of it; while there are any it is not forgotten */
    size_t lacking_count; /* of those the ones that lacked it when they last tried */
    uint64_t passed_in;   /* the queue's last round in which somebody lacked it: nobody behind gets of it */
};

/* Accounts, leases and draws are reused, never given back to the arena. */
struct lease_book {
    struct arena *arena;
    struct arena *names_arena; /* of the map: a new one when most names in it are gone */
    struct map *by_name;
    size_t removed_count; /* names gone from the map since its arena was new */
    struct lease_account *unused_accounts;
    uint64_t last_number; /* of an account */
    uint64_t last_lease_number;
    struct lease *unused_leases;
    struct lease_draw *unused_draws;
    struct lease_purse *open_purses, *unused_purses;
    uint64_t last_purse_number;
    struct lease_verdict verdict; /* lease_book_hold's last */
};

/* Of slots: there is not one for each gateway that shares them. */
bool lease_account_is_scarce(const struct lease_account *account);
/* To a sum that stays at the most there can be. */
void lease_add_up(int64_t *sum, int64_t amount);
/* What neither a hold nor a charge has. */
int64_t lease_unused(const struct lease *lease);
struct text lease_id(const struct lease *lease);
/* What a new hold could take from the account. */
int64_t lease_account_usable(const struct lease_account *account, int64_t now_ms);
int64_t lease_account_held(const struct lease_account *account);
/* What the ledger has again, or is about to have, beyond what it last told. */
int64_t lease_account_given_back(const struct lease_account *account);
/* What of the account should be there for calls to come. */
int64_t lease_account_target(const struct lease_account *account, int64_t now_ms);
