/* One account of a lease book: what is known of it, and what to ask for it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lease_account;
struct lease_question;

#define LEASE_REST_MS 10

/* What becomes of what a call held. */
enum lease_kind {
    LEASE_OF_BUDGET, /* it is charged, and the ledger hears of it */
    LEASE_OF_RATE,   /* it is used up: nothing of a minute that is over is of interest to anybody */
    LEASE_OF_SLOTS,  /* it is free again, for the next call or for another gateway */
};

struct lease_ask {
    int64_t wanted; /* 0: nothing need be asked for */
    int64_t at_least;
};

/* What the api said with an answer. */
struct lease_news {
    int64_t remaining; /* left to lend */
    int64_t used;      /* recorded by all gateways */
    int64_t replicas;  /* gateways that share the account */
    int64_t now_ms;
    bool is_refused; /* it lends nothing of the account, whatever is left */
};

struct lease_sums {
    enum lease_kind kind;
    int64_t usable; /* what a new hold could take */
    int64_t held;
    int64_t settled;    /* since the account was opened here */
    int64_t overdraft;  /* settled beyond what was held; in settled too */
    int64_t remaining;  /* as last told; LEASE_REMAINING_UNKNOWN before */
    int64_t used;       /* as last told; 0 before */
    int64_t replicas;   /* as last told; 1 before */
    int64_t told_ms;    /* when; INT64_MIN before */
    int64_t given_back; /* not counted in what was told */
    bool is_refused;    /* as last told */
    size_t lease_count;
};

/* Of a budget until this says otherwise. */
void lease_account_be(struct lease_account *account, enum lease_kind kind);
/* Whether nothing was held or told of it yet. */
bool lease_account_is_fresh(const struct lease_account *account);
/* The account takes the place of another, whose window is over: it will be used as that was. */
void lease_account_follow(struct lease_account *account, const struct lease_account *before);
/* More was used than was held, of a rate: it is taken from what is on loan, and as far as that does not
 * suffice from what will be. */
void lease_account_overuse(struct lease_account *account, int64_t amount, int64_t now_ms);
void lease_book_told(struct lease_account *account, const struct lease_news *news);
/* What to ask the api for: for a call that lacks something, or ahead of need with `lacking` 0. */
struct lease_ask lease_book_next_ask(const struct lease_account *account, int64_t lacking, int64_t now_ms);
/* It wants nothing now: so it is not looked at again before that may have changed, or LEASE_REST_MS later. */
void lease_account_rest(struct lease_account *account, int64_t now_ms);
/* A hold took so much of it. Whether it still wants nothing for all that is known; false: look again. */
bool lease_account_is_at_rest(struct lease_account *account, int64_t held, int64_t now_ms);
/* What is left of so much, here and, as last told, at the ledger. */
int64_t lease_account_left(const struct lease_account *account, int64_t amount, int64_t now_ms);
struct lease_sums lease_account_sums(const struct lease_account *account, int64_t now_ms);
/* The question that is out for the account, of whoever asks; with one it is not forgotten. NULL: none. */
struct lease_question *lease_account_question(const struct lease_account *account);
void lease_account_ask(struct lease_account *account, struct lease_question *question);
