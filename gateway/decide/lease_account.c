/* One account: its leases, and how much of them is to be had. */
#include <assert.h>

#include "gateway/decide/lease_parts.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"

static int64_t low_mark(int64_t target);
static int64_t pay(struct lease *lease, int64_t owed);
static int64_t spare_slots(const struct lease_account *account, int64_t now_ms);
static bool has_lease(const struct lease *list, struct text id);
static void insert_by_end(struct lease_account *account, struct lease *lease);

bool
lease_book_add(struct lease_book *book, struct lease_account *account, const struct lease_grant *grant,
               struct error *err)
{
    if (grant->id.length == 0 || grant->id.length > LEASE_ID_MAX_BYTES)
        return error_set(err, ERROR_INVALID, "a lease's id has %zu bytes, at most %d", grant->id.length,
                         LEASE_ID_MAX_BYTES);
    if (grant->amount <= 0 || grant->amount > LEASE_MAX_AMOUNT)
        return error_set(err, ERROR_INVALID, "lease %.*s is of %lld", TEXT_ARG(grant->id),
                         (long long)grant->amount);
    if (has_lease(account->leases, grant->id) || has_lease(account->spent, grant->id))
        return error_set(err, ERROR_CONFLICT, "lease %.*s is in the book already", TEXT_ARG(grant->id));
    if (account->lease_count == LEASE_ACCOUNT_MAX_LEASES)
        return error_set(err, ERROR_UNAVAILABLE, "the account of lease %.*s has %d others",
                         TEXT_ARG(grant->id), LEASE_ACCOUNT_MAX_LEASES);

    struct lease *lease = book->unused_leases;
    if (lease)
        book->unused_leases = lease->next;
    else
        lease = arena_alloc(book->arena, sizeof(*lease));
    *lease = (struct lease){.number = ++book->last_lease_number,
                            .amount = grant->amount,
                            .expires_ms = grant->expires_ms,
                            .id_length = (uint8_t)grant->id.length};
    memcpy(lease->id, grant->id.bytes, grant->id.length);
    insert_by_end(account, lease);
    account->lease_count++;
    account->owed -= pay(lease, account->owed);
    return true;
}

void
lease_account_be(struct lease_account *account, enum lease_kind kind)
{
    account->kind = kind;
}

bool
lease_account_is_fresh(const struct lease_account *account)
{
    return account->told_ms == INT64_MIN && !account->question && !account->leases && !account->spent &&
           account->use.largest == 0 && account->use.largest_before == 0;
}

void
lease_account_follow(struct lease_account *account, const struct lease_account *before)
{
    account->use = before->use;
    account->replicas = before->replicas;
    account->rests_until_ms = 0;
}

void
lease_account_overuse(struct lease_account *account, int64_t amount, int64_t now_ms)
{
    assert(account->kind == LEASE_OF_RATE && amount >= 0);
    account->rests_until_ms = 0;
    lease_use_take(&account->use, amount, now_ms);
    for (struct lease *lease = account->leases; lease && amount > 0; lease = lease->next)
        if (lease_terms_may_hold(lease->expires_ms, now_ms))
            amount -= pay(lease, amount);
    account->owed = amount < LEASE_MAX_AMOUNT - account->owed ? account->owed + amount : LEASE_MAX_AMOUNT;
}

void
lease_book_told(struct lease_account *account, const struct lease_news *news)
{
    account->remaining = news->remaining > 0 ? news->remaining : 0;
    account->replicas = news->replicas > 0 ? news->replicas : 1;
    account->used = news->used > 0 ? news->used : 0;
    account->told_ms = news->now_ms;
    account->given_back_before = 0;
    account->is_refused = news->is_refused;
    account->rests_until_ms = 0;
}

/* What it should have changes slowly: with the rate of its use over seconds, and with a hold that is larger
 * than all before. Half of what there is above the mark, since in a burst the mark rises as the rest falls.
 */
void
lease_account_rest(struct lease_account *account, int64_t now_ms)
{
    int64_t target = lease_account_target(account, now_ms);
    account->rests_until_ms = now_ms + LEASE_REST_MS;
    account->rest_largest = target;
    account->rest_amount = (lease_account_usable(account, now_ms) - low_mark(target)) / 2;
}

bool
lease_account_is_at_rest(struct lease_account *account, int64_t held, int64_t now_ms)
{
    if (now_ms >= account->rests_until_ms || account->lacking_count > 0 || held > account->rest_largest)
        return false;
    account->rest_amount -= held;
    return account->rest_amount > 0;
}

struct lease_question *
lease_account_question(const struct lease_account *account)
{
    return account->question;
}

void
lease_account_ask(struct lease_account *account, struct lease_question *question)
{
    account->question = question;
    if (!question)
        return;
    account->given_back_before += account->given_back;
    account->given_back = 0;
}

struct lease_ask
lease_book_next_ask(const struct lease_account *account, int64_t lacking, int64_t now_ms)
{
    assert(lacking >= 0);
    int64_t target = lease_account_target(account, now_ms);
    if (account->owed > 0)
        target = target < LEASE_MAX_AMOUNT - account->owed ? target + account->owed : LEASE_MAX_AMOUNT;
    if (lacking > 0 && account->owed > 0)
        lacking = lacking < LEASE_MAX_AMOUNT - account->owed ? lacking + account->owed : LEASE_MAX_AMOUNT;
    if (lacking > 0)
        return (struct lease_ask){.wanted = lacking > target ? lacking : target, .at_least = lacking};

    /* Ahead of need when half is gone: then there is time for an answer, and room for a grant worth asking
     * for. */
    int64_t usable = lease_account_usable(account, now_ms);
    if (usable >= low_mark(target))
        return (struct lease_ask){0};
    int64_t wanted = target - usable;
    return (struct lease_ask){.wanted = wanted < account->remaining ? wanted : account->remaining};
}

int64_t
lease_account_left(const struct lease_account *account, int64_t amount, int64_t now_ms)
{
    int64_t usable = lease_account_usable(account, now_ms);
    return account->remaining < amount - usable ? usable + account->remaining : amount;
}

struct lease_sums
lease_account_sums(const struct lease_account *account, int64_t now_ms)
{
    return (struct lease_sums){
        .kind = account->kind,
        .usable = lease_account_usable(account, now_ms),
        .settled = account->settled,
        .overdraft = account->overdraft,
        .remaining = account->remaining,
        .used = account->used,
        .replicas = account->replicas,
        .told_ms = account->told_ms,
        .given_back = lease_account_given_back(account),
        .is_refused = account->is_refused,
        .held = lease_account_held(account),
        .lease_count = account->lease_count,
    };
}

int64_t
lease_account_given_back(const struct lease_account *account)
{
    return account->given_back + account->given_back_before;
}

int64_t
lease_account_held(const struct lease_account *account)
{
    int64_t held = 0;
    for (const struct lease *lease = account->leases; lease; lease = lease->next)
        held += lease->held;
    return held;
}

int64_t
lease_unused(const struct lease *lease)
{
    return lease->amount - lease->held - lease->settled;
}

struct text
lease_id(const struct lease *lease)
{
    return (struct text){lease->id, lease->id_length};
}

int64_t
lease_account_usable(const struct lease_account *account, int64_t now_ms)
{
    int64_t usable = 0;
    for (const struct lease *lease = account->leases; lease; lease = lease->next)
        if (lease_terms_may_hold(lease->expires_ms, now_ms))
            usable += lease_unused(lease);
    return usable;
}

int64_t
lease_account_target(const struct lease_account *account, int64_t now_ms)
{
    if (account->kind == LEASE_OF_SLOTS)
        return spare_slots(account, now_ms);
    struct lease_demand demand = {
        .per_second = lease_use_per_second(&account->use, now_ms),
        .hold = lease_use_largest(&account->use, now_ms),
        .remaining = account->remaining,
        .replicas = account->replicas,
    };
    return lease_ask_size(&demand);
}

/* Below it is asked for more. */
static int64_t
low_mark(int64_t target)
{
    return target / 2 + target % 2;
}

/* Returns what of it the lease could pay. */
static int64_t
pay(struct lease *lease, int64_t owed)
{
    int64_t unused = lease_unused(lease);
    int64_t paid = owed < unused ? owed : unused;
    lease->settled += paid;
    return paid;
}

/* As many as it takes to have so many calls again as ran lately, within an even share of what is left. */
static int64_t
spare_slots(const struct lease_account *account, int64_t now_ms)
{
    int64_t most = lease_use_largest(&account->use, now_ms);
    int64_t spare = most - lease_account_held(account);
    int64_t share = account->remaining / 2 / account->replicas;
    spare = spare < share ? spare : share;
    if (spare > 0)
        return spare;
    return most > 0;
}

static bool
has_lease(const struct lease *list, struct text id)
{
    for (const struct lease *lease = list; lease; lease = lease->next)
        if (text_equals(lease_id(lease), id))
            return true;
    return false;
}

/* So that holds take first what would be given back first. */
static void
insert_by_end(struct lease_account *account, struct lease *lease)
{
    struct lease **at = &account->leases;
    while (*at && (*at)->expires_ms <= lease->expires_ms)
        at = &(*at)->next;
    lease->next = *at;
    *at = lease;
}
