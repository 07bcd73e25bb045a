/* Three candidates, one Lease, and everything that goes wrong between them: slow and lost requests, lost
 * answers, processes that stop, clocks that start anywhere. At no moment do two lead, and epochs only grow.
 */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "operator/kube/kube_lease.h"
#include "operator/kube/kube_lease_state.h"

enum { CANDIDATES = 3, SECONDS = 600, SEEDS = 40, TIMEOUT_MS = 5000, NEVER = 1 << 30 };

struct request {
    enum kube_lease_step step;
    struct kube_lease_record record; /* to be written; then the answer */
    int64_t sent_at, arrives_at, ends_at;
    bool is_out, is_served, is_answer_lost;
    enum { ANSWER_RECORD, ANSWER_ABSENT, ANSWER_CONFLICT } answer;
};

struct candidate {
    struct kube_lease_state state;
    struct request request;
    int64_t clock_offset_ms, next_step_at, stopped_until;
};

struct world {
    struct arena *arena;
    uint64_t random;
    int64_t now; /* the true time, in ms */
    struct kube_lease_record lease;
    bool exists;
    int64_t version;
    struct candidate candidates[CANDIDATES];
    int last_leader;
    int64_t last_epoch, leaders_seen;
};

static int64_t
pick(struct world *world, int64_t below)
{
    world->random = world->random * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((world->random >> 33) % (uint64_t)below);
}

static void
serve(struct world *world, struct request *request)
{
    bool is_write = request->step == KUBE_LEASE_WRITE || request->step == KUBE_LEASE_CREATE;
    bool fits =
        request->step == KUBE_LEASE_CREATE
            ? !world->exists
            : world->exists && text_equals(request->record.resource_version, world->lease.resource_version);
    request->is_served = true;
    if (is_write && fits) {
        world->exists = true;
        world->lease = request->record;
        world->lease.resource_version = text_format(world->arena, "%lld", (long long)++world->version);
    }
    request->answer = is_write && !fits ? ANSWER_CONFLICT : world->exists ? ANSWER_RECORD : ANSWER_ABSENT;
    request->record = world->lease;
}

static void
send_request(struct world *world, struct candidate *candidate, enum kube_lease_step step)
{
    struct request *request = &candidate->request;
    int64_t delay = pick(world, 10) == 0 ? pick(world, 9000) : pick(world, 400);
    *request = (struct request){.step = step, .sent_at = world->now, .is_out = true};
    request->arrives_at = pick(world, 12) == 0 ? NEVER : world->now + delay;
    request->is_answer_lost = pick(world, 12) == 0;
    request->ends_at = world->now + delay + pick(world, 400);
    if (request->is_answer_lost || request->arrives_at == NEVER || request->ends_at - world->now > TIMEOUT_MS)
        request->ends_at = world->now + TIMEOUT_MS;
    if (step == KUBE_LEASE_WRITE || step == KUBE_LEASE_CREATE)
        request->record =
            kube_lease_next(&candidate->state, text_format(world->arena, "%lld", (long long)world->now));
}

static void
take_answer(struct world *world, struct candidate *candidate)
{
    struct request *request = &candidate->request;
    struct kube_lease_state *state = &candidate->state;
    int64_t offset = candidate->clock_offset_ms;
    bool was_answered =
        request->is_served && !request->is_answer_lost && request->ends_at >= request->arrives_at;
    request->is_out = false;
    candidate->next_step_at = world->now + KUBE_RETRY_MS;
    if (!was_answered || request->answer == ANSWER_CONFLICT)
        kube_lease_doubts(state);
    else if (request->step == KUBE_LEASE_WRITE || request->step == KUBE_LEASE_CREATE)
        kube_lease_wrote(state, &request->record, request->sent_at + offset);
    else
        (void)!kube_lease_saw(state, request->answer == ANSWER_RECORD ? &request->record : NULL,
                              world->now + offset);
}

static void
live(struct world *world, struct candidate *candidate)
{
    if (world->now < candidate->stopped_until)
        return;
    if (candidate->request.is_out && world->now >= candidate->request.ends_at)
        take_answer(world, candidate);
    if (candidate->request.is_out || world->now < candidate->next_step_at)
        return;
    enum kube_lease_step step = kube_lease_decide(&candidate->state, world->now + candidate->clock_offset_ms);
    if (step == KUBE_LEASE_GIVE_UP) {
        candidate->state.is_leading = false;
        kube_lease_doubts(&candidate->state);
        return;
    }
    send_request(world, candidate, step == KUBE_LEASE_FOLLOW ? KUBE_LEASE_LOOK : step);
}

static void
look_who_leads(struct world *world)
{
    int leader = -1;
    for (int i = 0; i < CANDIDATES; i++) {
        struct candidate *candidate = &world->candidates[i];
        if (!kube_lease_state_is_held(&candidate->state, world->now + candidate->clock_offset_ms))
            continue;
        cr_assert_eq(leader, -1, "%d and %d lead at %lld", leader, i, (long long)world->now);
        leader = i;
    }
    if (leader < 0 || leader == world->last_leader)
        return;
    int64_t epoch = world->candidates[leader].state.record.transitions + 1;
    cr_assert_gt(epoch, world->last_epoch);
    world->last_epoch = epoch;
    world->last_leader = leader;
    world->leaders_seen++;
}

static int64_t
simulate(uint64_t seed)
{
    static const char *const names[CANDIDATES] = {"a", "b", "c"};
    struct world world = {.arena = arena_new(0), .random = seed, .last_leader = -1};
    for (int i = 0; i < CANDIDATES; i++) {
        world.candidates[i].state.identity = text_of(names[i]);
        world.candidates[i].clock_offset_ms = pick(&world, 1000000000);
    }
    for (; world.now < SECONDS * 1000; world.now++) {
        for (int i = 0; i < CANDIDATES; i++) {
            struct candidate *candidate = &world.candidates[i];
            struct request *request = &candidate->request;
            if (request->sent_at > 0 && !request->is_served && world.now >= request->arrives_at)
                serve(&world, request); /* also when its sender has given it up or is stopped */
            if (pick(&world, 40000) == 0)
                candidate->stopped_until = world.now + pick(&world, 30000);
            live(&world, candidate);
        }
        look_who_leads(&world);
    }
    arena_free(world.arena);
    return world.leaders_seen;
}

Test(kube_lease_model, never_do_two_lead_and_epochs_only_grow)
{
    int64_t leaders = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        leaders += simulate(seed);
    cr_assert_gt(leaders, SEEDS * 3, "and somebody does lead: %lld changes", (long long)leaders);
}
