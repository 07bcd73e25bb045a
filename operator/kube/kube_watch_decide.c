/* The table of reference "kubernetes.md" 1.5 as code. Two rules keep it from loops that others fell into:
 * what is retried with the same version is never a 410, and every failure waits longer than the one before.
 */
#include "operator/kube/kube_watch_decide.h"

enum { MOST_DOUBLINGS = 5, FAILURES_BEFORE_OTHER_WAY = 3 };

static void decide_closed(struct kube_watch_state *state, const struct kube_watch_end *end,
                          struct kube_watch_verdict *verdict);
static void decide_answered(struct kube_watch_state *state, const struct kube_watch_end *end,
                            struct kube_watch_verdict *verdict);
static void list_anew(struct kube_watch_state *state, struct kube_watch_verdict *verdict);
static int64_t back_off(struct kube_backoff *backoff, int64_t first_ms, int64_t now_ms, uint64_t random);

/* A WatchList that stays without its end, however often: perhaps something between us holds it back. */
static void
decide_broken(struct kube_watch_state *state, const struct kube_watch_end *end,
              struct kube_watch_verdict *verdict)
{
    verdict->is_failure = true;
    if (state->ask == KUBE_ASK_WATCH_LIST && end->was_open &&
        state->backoff.failures + 1 >= FAILURES_BEFORE_OTHER_WAY)
        state->ask = KUBE_ASK_LIST;
}

/* Once more from where we are; but the same bytes may come again for ever. */
static void
decide_garbled(struct kube_watch_state *state, struct kube_watch_verdict *verdict)
{
    verdict->is_failure = true;
    if (state->backoff.failures + 1 >= FAILURES_BEFORE_OTHER_WAY)
        list_anew(state, verdict);
}

static void
decide_behind(struct kube_watch_state *state, struct kube_watch_verdict *verdict)
{
    verdict->is_failure = true;
    verdict->forgets_version = ++state->behind >= KUBE_MOST_BEHIND;
    if (verdict->forgets_version)
        state->behind = 0;
    if (verdict->forgets_version || state->ask != KUBE_ASK_WATCH)
        list_anew(state, verdict);
}

struct kube_watch_verdict
kube_watch_decide(struct kube_watch_state *state, const struct kube_watch_end *end, int64_t now_ms,
                  uint64_t random)
{
    struct kube_watch_verdict verdict = {.delay_ms = 0};
    if (end->kind == KUBE_END_BEHIND)
        decide_behind(state, &verdict);
    else if (end->had_events || end->kind == KUBE_END_CLOSED)
        state->behind = 0;

    if (end->kind == KUBE_END_CLOSED)
        decide_closed(state, end, &verdict);
    else if (end->kind == KUBE_END_BROKEN)
        decide_broken(state, end, &verdict);
    else if (end->kind == KUBE_END_GARBLED)
        decide_garbled(state, &verdict);
    else if (end->kind == KUBE_END_ANSWERED)
        decide_answered(state, end, &verdict);

    if (!verdict.is_failure)
        return verdict;
    bool is_expired = end->kind == KUBE_END_ANSWERED && end->code == 410;
    struct kube_backoff *backoff = is_expired ? &state->expired : &state->backoff;
    verdict.delay_ms = back_off(backoff, state->backoff_first_ms, now_ms, random);
    int64_t told_ms = end->retry_after_ms + (end->retry_after_ms > 0 ? (int64_t)(random % 1000) : 0);
    if (told_ms > verdict.delay_ms)
        verdict.delay_ms = told_ms;
    return verdict;
}

bool
kube_watch_was_outage(const struct kube_watch_end *end)
{
    bool is_its_fault = end->kind == KUBE_END_ANSWERED && end->code >= 500;
    return end->retry_after_ms == 0 && (end->kind == KUBE_END_BROKEN || is_its_fault);
}

static void
decide_closed(struct kube_watch_state *state, const struct kube_watch_end *end,
              struct kube_watch_verdict *verdict)
{
    if (state->ask == KUBE_ASK_LIST) {
        state->ask = end->has_more ? KUBE_ASK_LIST : KUBE_ASK_WATCH;
    } else if (state->ask == KUBE_ASK_WATCH_LIST) {
        /* A server that ends it in order before its end does not know what it is. */
        verdict->is_failure = true;
        state->ask = KUBE_ASK_LIST;
    } else {
        verdict->is_failure = end->lasted_ms < KUBE_SHORT_WATCH_MS && !end->had_events;
    }
}

static void
decide_answered(struct kube_watch_state *state, const struct kube_watch_end *end,
                struct kube_watch_verdict *verdict)
{
    bool is_watch_list = state->ask == KUBE_ASK_WATCH_LIST;
    if (is_watch_list && !end->had_events && (end->code == 400 || end->code == 422)) {
        state->lacks_watch_list = true;
        list_anew(state, verdict);
        return;
    }
    verdict->is_failure = true;
    bool is_passing = end->code == 401 || end->code == 403 || end->code == 429 || end->code >= 500;
    if (is_passing)
        return;
    list_anew(state, verdict);
    if (is_watch_list && end->code != 404)
        state->ask = KUBE_ASK_LIST; /* this time, whatever it did not like */
}

static void
list_anew(struct kube_watch_state *state, struct kube_watch_verdict *verdict)
{
    state->ask = state->lacks_watch_list ? KUBE_ASK_LIST : KUBE_ASK_WATCH_LIST;
    verdict->is_list_over = true;
}

/* 0.8 s, doubling to 15 s, and as much again at random, so that many who failed together do not come back
 * together. */
static int64_t
back_off(struct kube_backoff *backoff, int64_t first_ms, int64_t now_ms, uint64_t random)
{
    if (backoff->failures > 0 && now_ms - backoff->failed_at_ms >= KUBE_BACKOFF_RESET_MS)
        backoff->failures = 0;
    unsigned doublings = backoff->failures < MOST_DOUBLINGS ? backoff->failures : MOST_DOUBLINGS;
    backoff->failures++;
    backoff->failed_at_ms = now_ms;
    int64_t base_ms = first_ms << doublings;
    if (base_ms > KUBE_BACKOFF_MOST_MS / 2)
        base_ms = KUBE_BACKOFF_MOST_MS / 2;
    return base_ms + (int64_t)(random % (uint64_t)(base_ms + 1));
}
