/* client-go's rules (leaderelection.go), with a renewal dated from when it was sent, not from when its answer
 * came: the server may have done it then. */
#include "operator/kube/kube_lease_state.h"

#include "operator/kube/kube_lease.h"

static bool
is_ours(const struct kube_lease_state *state)
{
    return text_equals(state->record.holder, state->identity);
}

static bool
is_free(const struct kube_lease_state *state, int64_t now_ms)
{
    return state->record.holder.length == 0 || is_ours(state) ||
           now_ms - state->observed_at_ms >= state->record.duration_ms;
}

enum kube_lease_step
kube_lease_decide(const struct kube_lease_state *state, int64_t now_ms)
{
    if (state->is_leading && !kube_lease_state_is_held(state, now_ms))
        return KUBE_LEASE_GIVE_UP;
    if (state->is_absent)
        return KUBE_LEASE_CREATE;
    if (!state->is_known)
        return KUBE_LEASE_LOOK;
    return is_free(state, now_ms) ? KUBE_LEASE_WRITE : KUBE_LEASE_FOLLOW;
}

struct kube_lease_record
kube_lease_next(const struct kube_lease_state *state, struct text now)
{
    struct kube_lease_record next = {.transitions = state->most_transitions};
    if (!state->is_absent)
        next = state->record;
    bool is_mine = state->is_absent ? state->is_leading : is_ours(state);
    if (!is_mine) {
        next.acquire_time = now;
        next.transitions += state->has_seen; /* the very first leader of all is number 0 */
    }
    if (next.acquire_time.length == 0)
        next.acquire_time = now;
    next.holder = state->identity;
    next.duration_ms = KUBE_LEASE_MS;
    next.renew_time = now;
    return next;
}

bool
kube_lease_state_is_held(const struct kube_lease_state *state, int64_t now_ms)
{
    return state->is_leading && now_ms - state->renewed_at_ms < KUBE_RENEW_DEADLINE_MS;
}

static void
remember(struct kube_lease_state *state, const struct kube_lease_record *record)
{
    state->record = *record;
    state->is_known = true;
    state->is_absent = false;
    state->has_seen = true;
    if (record->transitions > state->most_transitions)
        state->most_transitions = record->transitions;
}

bool
kube_lease_saw(struct kube_lease_state *state, const struct kube_lease_record *record, int64_t now_ms)
{
    if (!record) {
        state->is_absent = true;
        state->is_known = false;
        return true;
    }
    bool was_seen = state->has_seen && kube_lease_record_equals(&state->record, record);
    remember(state, record);
    if (!was_seen)
        state->observed_at_ms = now_ms;
    if (!state->is_leading || is_ours(state))
        return true;
    state->is_leading = false;
    return false;
}

void
kube_lease_wrote(struct kube_lease_state *state, const struct kube_lease_record *record, int64_t sent_at_ms)
{
    remember(state, record);
    state->observed_at_ms = sent_at_ms;
    state->renewed_at_ms = sent_at_ms;
    state->is_leading = true;
}

void
kube_lease_doubts(struct kube_lease_state *state)
{
    state->is_known = false;
    state->is_absent = false;
}
