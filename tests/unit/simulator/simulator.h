/* A world in which exact budgets are kept: gateways with the real books, queues and outboxes of
 * gateway/decide, a ledger that is the model which lending_random_test.c proves to be what the databases do,
 * and between them a network, clocks and deaths that all come of one seed.
 *
 * Streams end with messages in them; what was on the way up may still be carried out, late and in any order,
 * with nobody to hear of it. Whatever happens, after every step checks.c looks at the whole world. */
#pragma once

#include "gateway/decide/lease_outbox.h"
#include "gateway/decide/lease_purse.h"
#include "gateway/decide/lease_queue.h"
#include "tests/support/lending_model.h"
#include "tests/unit/gateway/decide/random_sequence.h"
#include "tests/unit/simulator/simulator_counts.h"
#include "tests/unit/simulator/simulator_message.h"

#define SIM_BUDGETS MODEL_RULES
#define SIM_MAX_GATEWAYS 5
#define SIM_MAX_PURSES 4
#define SIM_MAX_JOURNALS MODEL_MAX_JOURNALS
#define SIM_MAX_CALLS 48
#define SIM_MAX_RECORDS 1024  /* of one journal */
#define SIM_MAX_CHARGES 24    /* of one record */
#define SIM_CLOCK_PERMILLE 83 /* chrony's highest rate, below LEASE_CLOCK_DRIFT_PERCENT */

struct sim_charge {
    size_t account, lease;
    int64_t amount;
};

struct sim_record {
    struct sim_charge charges[SIM_MAX_CHARGES];
    size_t count;
};

struct sim_journal {
    struct sim_record records[SIM_MAX_RECORDS];
    int64_t count, synced;
    int64_t next; /* the ledger's: committed there with the charges */
};

/* Haunts: its gateway died, and nobody but the provider knows that it runs on. */
enum sim_call_state { SIM_CALL_NONE, SIM_CALL_WAITS, SIM_CALL_RUNS, SIM_CALL_HAUNTS };

struct sim_call {
    struct lease_waiter waiter; /* first: the queue's lists are of these */
    struct lease_purse *purse;  /* it holds of; NULL: it holds by itself */
    enum sim_call_state state;
    size_t gateway;
    size_t need_count;
    size_t budgets[SIM_BUDGETS], accounts[SIM_BUDGETS]; /* accounts: the model's */
    struct lease_need needs[SIM_BUDGETS];
    int64_t deadline_ms; /* by the gateway's clock */
    struct sim_record record;
};

/* As the lender's. */
struct lease_question {
    struct lease_question *next;
    int64_t number, asked_ms, wanted, at_least;
    struct lease_account *account;
    size_t model_account;
};

/* Of calls that need of just these accounts of the model. */
struct sim_purse {
    size_t need_count, accounts[SIM_BUDGETS];
    struct lease_purse_place place;
};

struct sim_gateway {
    bool is_up, is_asleep, is_gone;
    size_t journal;
    struct arena *arena;
    struct lease_book *book;
    struct lease_queue queue;
    struct lease_outbox *outbox;
    struct sim_purse purses[SIM_MAX_PURSES];
    size_t alike[SIM_BUDGETS], alike_count; /* what the next calls are about; 0: it is drawn anew */
    struct lease_question *questions;
    int64_t given_back; /* number of the GiveBack that is out; 0: none */
    int64_t clock_us;   /* counts what the machine sleeps */
    int64_t wall_off_ms;
    bool has_stream, is_welcome, is_batch_out;
    int64_t next; /* first record to send */
    struct sim_stream up, down;
};

/* Beside each of the model's accounts: what the ledger cannot know. */
struct sim_account {
    int64_t spent;    /* what providers bill for what has ended, recorded or not */
    int64_t held;     /* the worst case of what runs */
    int64_t recorded; /* charged by records that were committed */
    int64_t sum_before;
};

struct sim {
    uint64_t seed;
    int step;
    bool is_told; /* each step, to who looks for what went wrong */
    struct random_sequence random;
    int64_t true_us, ledger_us;
    int64_t ledger_set_us; /* by which somebody set the ledger's clock wrong; other wall clocks are near it */
    int64_t part;          /* of a budget a call mostly costs no more */
    bool is_cut_off;       /* nobody reaches the ledger */
    bool has_jumped;       /* the ledger's clock was set: by it nothing can be said of lengths */
    bool has_lost_money;   /* to the dead, or to leases that nobody heard of */
    struct model model;
    int64_t lent_us[MODEL_MAX_LEASES]; /* true time */
    bool was_orphan[MODEL_MAX_LEASES];
    struct sim_account accounts[MODEL_MAX_ACCOUNTS];
    struct sim_gateway gateways[SIM_MAX_GATEWAYS];
    size_t gateway_count;
    struct sim_journal journals[SIM_MAX_JOURNALS];
    size_t journal_count;
    struct sim_call calls[SIM_MAX_CALLS];
    struct sim_stream late; /* of streams that are lost: carried out or not */
    int64_t last_number;
    struct sim_counts counts; /* stays from seed to seed */
};
