/* A gateway: the real book, queue and outbox, and around them what gateway/lender*.c and usage_shipper.c do.
 */
#include <inttypes.h>

#include "gateway/decide/lease_account.h"
#include "gateway/decide/lease_returns.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "tests/unit/simulator/simulator_parts.h"

enum { MOST_IN_A_BATCH = 5 };

static void on_welcome(struct sim *sim, struct sim_gateway *gateway, int64_t next);
static void take_lent(struct sim *sim, struct sim_gateway *gateway, const struct sim_message *lent);
static void add_lease(struct sim *sim, struct sim_gateway *gateway, const struct lease_question *question,
                      const struct sim_message *lent);
static void ask_for_who_waits(struct sim *sim, struct sim_gateway *gateway);
static struct lease_question *take_question(struct sim_gateway *gateway, int64_t number);
static void
send_question(struct sim *sim, struct sim_gateway *gateway, const struct lease_question *question);
static void send_returns(struct sim *sim, struct sim_gateway *gateway);

void
sim_gateway_start(struct sim *sim, struct sim_gateway *gateway, bool has_new_journal)
{
    if (gateway->is_up || (has_new_journal && sim->journal_count == SIM_MAX_JOURNALS))
        return;
    struct sim_gateway fresh = {.journal = gateway->journal,
                                .clock_us = gateway->clock_us,
                                .wall_off_ms = gateway->wall_off_ms,
                                .is_up = true};
    fresh.arena = arena_new(0);
    fresh.book = lease_book_new(fresh.arena);
    fresh.outbox = lease_outbox_new(fresh.arena);
    if (has_new_journal) {
        fresh.journal = sim->journal_count++;
        struct sim_journal *journal = &sim->journals[fresh.journal];
        journal->count = journal->synced = journal->next = 0;
    }
    fresh.next = 0;
    memcpy(gateway, &fresh, offsetof(struct sim_gateway, up));
    gateway->up.count = gateway->down.count = 0;
}

void
sim_gateway_kill(struct sim *sim, struct sim_gateway *gateway)
{
    if (!gateway->is_up)
        return;
    for (size_t i = 0; i < SIM_MAX_CALLS; i++)
        if (sim->calls[i].state != SIM_CALL_NONE && sim_gateway_of(sim, &sim->calls[i]) == gateway)
            sim_call_dies(sim, &sim->calls[i]);
    gateway->is_up = gateway->is_asleep = false;
    sim_lose_stream(sim, gateway);
    arena_free(gateway->arena);
    sim->has_lost_money = true;
    sim->counts.killed++;
}

int64_t
sim_gateway_now_ms(const struct sim_gateway *gateway)
{
    return gateway->clock_us / 1000;
}

void
sim_gateway_ask(struct sim *sim, struct sim_gateway *gateway, struct lease_account *account,
                size_t model_account)
{
    int64_t now_ms = sim_gateway_now_ms(gateway);
    if (lease_account_question(account))
        return;
    struct lease_ask ask = lease_queue_ask(&gateway->queue, account, now_ms);
    if (ask.wanted == 0)
        return;
    struct lease_question *question = arena_alloc(gateway->arena, sizeof(*question));
    *question = (struct lease_question){
        gateway->questions, ++sim->last_number, now_ms, ask.wanted, ask.at_least, account, model_account};
    gateway->questions = question;
    lease_account_ask(account, question);
    send_question(sim, gateway, question);
}

void
sim_gateway_hear(struct sim *sim, struct sim_gateway *gateway, const struct sim_message *message)
{
    switch (message->kind) {
    case SIM_WELCOME:
        on_welcome(sim, gateway, message->first);
        return;
    case SIM_LENT:
        take_lent(sim, gateway, message);
        return;
    case SIM_RETURNED:
        if (message->number != gateway->given_back || !lease_outbox_heard(gateway->outbox, message->number))
            sim_fail(sim, "the ledger took back %" PRId64 ", which was not given back", message->number);
        gateway->given_back = 0;
        send_returns(sim, gateway);
        return;
    case SIM_ACK:
        if (message->first < gateway->next)
            sim_fail(sim, "the ledger acked %" PRId64 " behind %" PRId64, message->first, gateway->next);
        gateway->next = message->first;
        gateway->is_batch_out = false;
        return;
    case SIM_HELLO:
    case SIM_ASK:
    case SIM_GIVE_BACK:
    case SIM_USAGE:
        break;
    }
    sim_fail(sim, "a gateway was sent a question");
}

void
sim_gateway_lost(struct sim_gateway *gateway)
{
    gateway->given_back = 0;
    gateway->is_batch_out = false;
    lease_outbox_lost(gateway->outbox);
}

void
sim_gateway_give_back(struct sim *sim, struct sim_gateway *gateway, int64_t now_ms)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct lease_returns returns = lease_book_returns(arena, gateway->book, now_ms);
    lease_outbox_add(gateway->outbox, &returns);
    send_returns(sim, gateway);
}

/* One batch is out at a time, of what would survive the machine's death. */
void
sim_gateway_ship(struct sim *sim, struct sim_gateway *gateway)
{
    int64_t count = sim->journals[gateway->journal].synced - gateway->next;
    if (!gateway->is_welcome || gateway->is_batch_out || count <= 0)
        return;
    gateway->is_batch_out = true;
    count = count < MOST_IN_A_BATCH ? count : 1 + sim_below(sim, MOST_IN_A_BATCH);
    sim_send(sim, gateway, &(struct sim_message){.kind = SIM_USAGE, .first = gateway->next, .count = count});
}

static void
on_welcome(struct sim *sim, struct sim_gateway *gateway, int64_t next)
{
    gateway->next = next;
    gateway->is_batch_out = false;
    if (gateway->is_welcome)
        return;
    gateway->is_welcome = true;
    for (struct lease_question *question = gateway->questions; question && gateway->has_stream;
         question = question->next)
        send_question(sim, gateway, question);
    send_returns(sim, gateway);
    ask_for_who_waits(sim, gateway);
}

static void
take_lent(struct sim *sim, struct sim_gateway *gateway, const struct sim_message *lent)
{
    struct lease_question *question = take_question(gateway, lent->number);
    if (!question)
        sim_fail(sim, "the ledger lends for question %" PRId64 ", which is not open", lent->number);
    int64_t now_ms = sim_gateway_now_ms(gateway);
    struct lease_account *account = question->account;
    lease_book_told(account, &(struct lease_news){.remaining = lent->left,
                                                  .used = lent->used,
                                                  .replicas = lent->replicas,
                                                  .now_ms = now_ms,
                                                  .is_refused = lent->is_refused});
    if (lent->amount > 0)
        add_lease(sim, gateway, question, lent);
    lease_account_ask(account, NULL);
    sim_calls_run(sim, lease_queue_serve(&gateway->queue, gateway->book, now_ms));
    struct lease_waiter *dropped =
        lent->is_refused ? lease_queue_drop_lacking(&gateway->queue, account)
                         : lease_queue_drop_hopeless(&gateway->queue, account, lent->amount == 0, now_ms);
    sim_calls_end_unserved(sim, dropped);
    ask_for_who_waits(sim, gateway);
}

static void
ask_for_who_waits(struct sim *sim, struct sim_gateway *gateway)
{
    for (struct lease_waiter *waiter = gateway->queue.first; waiter; waiter = waiter->next)
        for (size_t i = 0; gateway->is_welcome && i < waiter->count; i++)
            if (lease_queue_lacks(waiter, i))
                sim_gateway_ask(sim, gateway, waiter->needs[i].account,
                                ((struct sim_call *)waiter)->accounts[i]);
}

static void
add_lease(struct sim *sim, struct sim_gateway *gateway, const struct lease_question *question,
          const struct sim_message *lent)
{
    const struct lease_grant grant = {.id = text_of(sim->model.leases[lent->lease].id),
                                      .amount = lent->amount,
                                      .expires_ms =
                                          lease_terms_expires_ms(question->asked_ms, LEASE_LENGTH_MS)};
    struct error why = {0};
    if (!lease_book_add(gateway->book, question->account, &grant, &why))
        sim_fail(sim, "%s", why.message);
}

static struct lease_question *
take_question(struct sim_gateway *gateway, int64_t number)
{
    for (struct lease_question **at = &gateway->questions; *at; at = &(*at)->next) {
        struct lease_question *question = *at;
        if (question->number != number)
            continue;
        *at = question->next;
        return question;
    }
    return NULL;
}

static void
send_question(struct sim *sim, struct sim_gateway *gateway, const struct lease_question *question)
{
    if (gateway->is_welcome)
        sim_send(sim, gateway,
                 &(struct sim_message){.kind = SIM_ASK,
                                       .number = question->number,
                                       .account = question->model_account,
                                       .wanted = question->wanted,
                                       .at_least = question->at_least});
}

/* One GiveBack is out at a time. */
static void
send_returns(struct sim *sim, struct sim_gateway *gateway)
{
    if (!gateway->is_welcome || gateway->given_back != 0 || lease_outbox_count(gateway->outbox) == 0)
        return;
    scoped_arena struct arena *arena = arena_new(0);
    int64_t number = ++sim->last_number;
    struct ledger_return_list list = lease_outbox_take(arena, gateway->outbox, number);
    struct sim_message message = {.kind = SIM_GIVE_BACK, .number = number, .return_count = list.count};
    if (list.count > SIM_MAX_RETURNS)
        sim_fail(sim, "%zu leases are given back at once", list.count);
    for (size_t i = 0; i < list.count; i++)
        message.returns[i] =
            (struct sim_return){sim_lease_of(list.items[i].lease), list.items[i].kept, list.items[i].over};
    gateway->given_back = number;
    sim_send(sim, gateway, &message);
}
