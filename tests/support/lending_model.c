#include "tests/support/lending_model.h"

#include <criterion/criterion.h>

#include "api/server/ledger/lend.h"
#include "api/types/lease_terms.h"

size_t
model_account(struct model *model, size_t budget, const char *window)
{
    for (size_t i = 0; i < model->account_count; i++)
        if (model->accounts[i].budget == budget && strcmp(model->accounts[i].window, window) == 0)
            return i;
    cr_assert_lt(model->account_count, MODEL_MAX_ACCOUNTS);
    struct model_account *account = &model->accounts[model->account_count];
    *account = (struct model_account){.budget = budget};
    snprintf(account->window, sizeof(account->window), "%s", window);
    return model->account_count++;
}

int64_t
model_replicas(const struct model *model, size_t account, size_t journal, int64_t now_ms)
{
    bool is_there[MODEL_MAX_JOURNALS] = {false};
    int64_t count = 1;
    for (size_t i = 0; i < model->lease_count; i++) {
        const struct model_lease *lease = &model->leases[i];
        if (lease->is_forgotten || lease->account != account || lease->journal == journal ||
            lease->lent_ms <= now_ms - LEASE_LENGTH_MS || is_there[lease->journal])
            continue;
        is_there[lease->journal] = true;
        count++;
    }
    return count;
}

int64_t
model_lend(struct model *model, size_t account, size_t journal, int64_t wanted, int64_t at_least,
           int64_t now_ms)
{
    struct model_account *at = &model->accounts[account];
    const struct lend_account lending = {model->amounts[at->budget], at->settled, at->leased,
                                         model_replicas(model, account, journal, now_ms)};
    int64_t granted = lend_decide(&lending, &(struct lend_ask){wanted, at_least}).granted;
    at->leased += granted;
    cr_assert(granted == 0 || at->settled + at->leased <= lending.limit);
    return granted;
}

void
model_add_lease(struct model *model, const struct model_lease *lease)
{
    cr_assert_lt(model->lease_count, MODEL_MAX_LEASES);
    model->leases[model->lease_count++] = *lease;
}

static void
lower(struct model *model, struct model_lease *lease, int64_t released)
{
    struct model_account *account = &model->accounts[lease->account];
    lease->amount -= released;
    if (lease->state == LEASE_ORPHAN)
        account->settled -= released;
    else
        account->leased -= released;
    cr_assert(account->settled >= 0 && account->leased >= 0);
}

void
model_give_back(struct model *model, size_t which, int64_t kept, bool over)
{
    struct model_lease *lease = &model->leases[which];
    if (lease->is_forgotten)
        return;
    int64_t least = kept > lease->charged ? kept : lease->charged;
    if (least < lease->amount)
        lower(model, lease, lease->amount - least);
    if (over && lease->state == LEASE_OPEN)
        lease->state = LEASE_CLOSED;
}

bool
model_charge(struct model *model, size_t account, size_t which, int64_t amount)
{
    struct model_account *at = &model->accounts[account];
    bool is_covered_by_none = which == MODEL_MAX_LEASES || model->leases[which].is_forgotten;
    at->settled += amount;
    if (is_covered_by_none)
        return which != MODEL_MAX_LEASES;
    struct model_lease *lease = &model->leases[which];
    int64_t open = lease->amount - lease->charged, covered = amount < open ? amount : open;
    lease->charged += covered;
    if (lease->state == LEASE_ORPHAN)
        at->settled -= covered;
    else
        at->leased -= covered;
    return covered < amount;
}

int64_t
model_sweep(struct model *model, int64_t now_ms)
{
    int64_t orphaned = 0;
    for (size_t i = 0; i < model->lease_count; i++) {
        struct model_lease *lease = &model->leases[i];
        struct model_account *account = &model->accounts[lease->account];
        int64_t open = lease->amount - lease->charged;
        bool is_past =
            now_ms > lease_terms_orphaned_ms(lease->lent_ms, LEASE_LENGTH_MS, lease->longest_call_ms);
        if (lease->is_forgotten)
            continue;
        lease->is_forgotten = open == 0 && (is_past || lease->state == LEASE_CLOSED) &&
                              lease->lent_ms < now_ms - LEASE_LENGTH_MS;
        if (open == 0 || !is_past || lease->state == LEASE_ORPHAN || account->budget == MODEL_RATE)
            continue;
        account->leased -= open;
        if (account->budget == MODEL_SLOTS) {
            lease->amount = lease->charged;
            lease->state = LEASE_CLOSED;
            orphaned++;
            continue;
        }
        account->settled += open;
        lease->state = LEASE_ORPHAN;
        orphaned++;
    }
    return orphaned;
}
