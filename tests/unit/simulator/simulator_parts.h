/* What the files of the simulator do for each other. */
#pragma once

#include "api/types/gateway_budget.h"
#include "tests/unit/simulator/simulator.h"

/* simulator.c */
void sim_begin(struct sim *sim, uint64_t seed);
void sim_end(struct sim *sim);
int64_t sim_below(struct sim *sim, int64_t below);
bool sim_happens(struct sim *sim, int percent);
/* Fails the test, naming seed and step. */
__attribute__((format(printf, 2, 3), noreturn)) void sim_fail(const struct sim *sim, const char *format, ...);
/* All clocks go on, each as wrong as it likes within its bounds. */
void sim_pass_time(struct sim *sim, int64_t true_ms);
struct gateway_budget sim_budget(const struct sim *sim, size_t budget);
struct text sim_owner(size_t budget);
/* Of the budget or limit, at this instant. */
struct budget_window sim_window(const struct sim *sim, size_t budget, int64_t unix_ms);

/* simulator_ledger.c: carries it out and commits; true when there is an answer. */
bool sim_ledger_answer(struct sim *sim, const struct sim_message *message, struct sim_message *out_answer);
void sim_ledger_sweep(struct sim *sim);
int64_t sim_ledger_now_ms(const struct sim *sim);
size_t sim_lease_of(struct text id);

/* simulator_network.c */
void sim_connect(struct sim *sim, struct sim_gateway *gateway);
void sim_lose_stream(struct sim *sim, struct sim_gateway *gateway);
void sim_send(struct sim *sim, struct sim_gateway *gateway, const struct sim_message *message);
/* The ledger takes the next message of the gateway; false: there is none. */
bool sim_deliver_up(struct sim *sim, struct sim_gateway *gateway);
bool sim_deliver_down(struct sim *sim, struct sim_gateway *gateway);
void sim_deliver_late(struct sim *sim);
/* The ledger's process ends, with one message before or after its commit. */
void sim_crash_ledger(struct sim *sim);

/* simulator_gateway.c */
void sim_gateway_start(struct sim *sim, struct sim_gateway *gateway, bool has_new_journal);
/* What is billed for its calls, nobody will record. */
void sim_gateway_kill(struct sim *sim, struct sim_gateway *gateway);
int64_t sim_gateway_now_ms(const struct sim_gateway *gateway);
void sim_gateway_ask(struct sim *sim, struct sim_gateway *gateway, struct lease_account *account,
                     size_t model_account);
void sim_gateway_hear(struct sim *sim, struct sim_gateway *gateway, const struct sim_message *message);
void sim_gateway_lost(struct sim_gateway *gateway);
void sim_gateway_give_back(struct sim *sim, struct sim_gateway *gateway, int64_t now_ms);
void sim_gateway_ship(struct sim *sim, struct sim_gateway *gateway);

/* simulator_purse.c: holds; false: there is no purse for such a call, or too little in it */
bool sim_purse_hold(struct sim *sim, struct sim_call *call);
void sim_purse_open(struct sim *sim, const struct sim_call *call);
/* True: it cost more than it held. */
bool sim_purse_settle(struct sim *sim, struct sim_call *call, const int64_t *actual);
void sim_purse_cancel(struct sim *sim, struct sim_call *call);

/* simulator_call.c */
void sim_call_arrives(struct sim *sim, struct sim_gateway *gateway);
void sim_call_ends(struct sim *sim, struct sim_call *call);
void sim_call_is_retried(struct sim *sim, struct sim_call *call);
void sim_call_leaves(struct sim *sim, struct sim_call *call);
void sim_call_dies(struct sim *sim, struct sim_call *call);
/* By its deadline it is over at the provider's too. */
void sim_calls_lay_ghosts(struct sim *sim, bool are_all);
/* What comes of a list that the queue let go of. */
void sim_calls_run(struct sim *sim, struct lease_waiter *list);
void sim_calls_end_unserved(struct sim *sim, struct lease_waiter *list);
struct sim_gateway *sim_gateway_of(struct sim *sim, const struct sim_call *call);

/* simulator_checks.c */
void sim_check(struct sim *sim);
/* No hold is taken of a lease whose length is over by a right clock. */
void sim_check_hold(const struct sim *sim, const struct sim_call *call);
/* Of a lease that just became an orphan no call holds that may still run. */
void sim_check_orphans(struct sim *sim);
void sim_check_rest(struct sim *sim);

/* simulator_steps.c */
void sim_run(struct sim *sim, uint64_t seed, int steps);
