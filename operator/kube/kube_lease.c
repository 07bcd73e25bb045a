/* Asks and writes what kube_lease_state decides, one request at a time, and watches the renew deadline beside
 * them. Each answer's record lives in an arena that the next one replaces. */
#include "operator/kube/kube_lease.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/net/loop.h"
#include "operator/kube/kube_client.h"
#include "operator/kube/kube_lease_state.h"

static const struct kube_resource leases = {.api_version = TEXT("coordination.k8s.io/v1"),
                                            .kind = TEXT("Lease"),
                                            .plural = TEXT("leases"),
                                            .is_namespaced = true};

struct kube_lease {
    struct kube_lease_options options;
    struct kube_lease_state state;
    struct loop_timer *next_step, *deadline;
    struct text collection, path;
    struct arena *call;              /* of the request that is out; NULL: none */
    struct arena *record, *incoming; /* the state's record lives in the first; the newest answer's */
    int64_t sent_at_ms;
    bool is_releasing, is_released, is_in_trouble;
    void (*on_released)(void *owner);
    void *released_owner;
};

static void lease_release_memory(void *owner);
static void step(void *owner);
static void ask(struct kube_lease *lease, const char *method, struct text path, struct text body,
                kube_answer_fn on_answer);
static void write_record(struct kube_lease *lease, enum kube_lease_step step);
static void on_seen(void *owner, const struct kube_answer *answer);
static void on_written(void *owner, const struct kube_answer *answer);
static void on_given_back(void *owner, const struct kube_answer *answer);
static void on_deadline(void *owner);
static void lose(struct kube_lease *lease);
static void say_released(struct kube_lease *lease);
static void keep_record(struct kube_lease *lease);
static void tell_trouble(struct kube_lease *lease, const struct kube_answer *answer);
static bool
take_record(struct kube_lease *lease, const struct kube_answer *answer, struct kube_lease_record *out_record);

struct kube_lease *
kube_lease_start(struct arena *arena, const struct kube_lease_options *options)
{
    struct kube_lease *lease = arena_alloc(arena, sizeof(*lease));
    lease->options = *options;
    lease->options.namespace = text_copy(arena, options->namespace);
    lease->options.name = text_copy(arena, options->name);
    lease->state.identity = text_copy(arena, options->identity);
    lease->collection = kube_resource_path(arena, &leases, options->namespace, TEXT(""));
    lease->path = kube_resource_path(arena, &leases, options->namespace, options->name);
    lease->next_step = loop_timer_new(options->loop, arena, step, lease);
    lease->deadline = loop_timer_new(options->loop, arena, on_deadline, lease);
    arena_defer(arena, lease_release_memory, lease);
    loop_timer_start(lease->next_step, 0);
    return lease;
}

bool
kube_lease_is_held(const struct kube_lease *lease)
{
    return !lease->is_releasing && kube_lease_state_is_held(&lease->state, clock_now_ms());
}

int64_t
kube_lease_epoch(const struct kube_lease *lease)
{
    return lease->state.has_seen ? lease->state.record.transitions + 1 : 0;
}

void
kube_lease_release(struct kube_lease *lease, void (*on_released)(void *owner), void *owner)
{
    lease->is_releasing = true; /* from now on nothing is held */
    lease->on_released = on_released;
    lease->released_owner = owner;
    if (!lease->call)
        loop_timer_start(lease->next_step, 0); /* else when the request that is out has ended */
}

static void
lease_release_memory(void *owner)
{
    struct kube_lease *lease = owner;
    arena_free(lease->call);
    arena_free(lease->record);
    arena_free(lease->incoming);
}

static void
give_back(struct kube_lease *lease)
{
    int64_t now_ms = clock_now_ms();
    if (!kube_lease_state_is_held(&lease->state, now_ms) || !lease->state.is_known) {
        say_released(lease); /* not ours, or soon free by itself */
        return;
    }
    struct kube_lease_record record = lease->state.record;
    struct arena *arena = arena_new(0);
    record.holder = TEXT("");
    record.duration_ms = 1000;
    record.renew_time = kube_micro_time(arena, clock_unix_ms());
    lease->state.is_leading = false;
    struct text body = kube_lease_record_print(arena, &record, lease->options.namespace, lease->options.name);
    ask(lease, "PUT", lease->path, body, on_given_back);
    arena_free(arena);
}

static void
step(void *owner)
{
    struct kube_lease *lease = owner;
    if (lease->is_releasing) {
        if (!lease->is_released)
            give_back(lease);
        return;
    }
    enum kube_lease_step next = kube_lease_decide(&lease->state, clock_now_ms());
    if (next == KUBE_LEASE_GIVE_UP) {
        lose(lease);
        return;
    }
    if (next == KUBE_LEASE_CREATE || next == KUBE_LEASE_WRITE)
        write_record(lease, next);
    else
        ask(lease, "GET", lease->path, TEXT(""), on_seen);
}

static void
ask(struct kube_lease *lease, const char *method, struct text path, struct text body,
    kube_answer_fn on_answer)
{
    struct kube_path_request request = {
        .path = path, .method = text_of(method), .body = body, .is_lease = true};
    lease->sent_at_ms = clock_now_ms();
    lease->call = arena_new(0);
    kube_request(lease->call, lease->options.client, &request, on_answer, lease);
}

static void
write_record(struct kube_lease *lease, enum kube_lease_step step_kind)
{
    struct arena *arena = arena_new(0);
    struct kube_lease_record next = kube_lease_next(&lease->state, kube_micro_time(arena, clock_unix_ms()));
    struct text body = kube_lease_record_print(arena, &next, lease->options.namespace, lease->options.name);
    bool is_new = step_kind == KUBE_LEASE_CREATE;
    ask(lease, is_new ? "POST" : "PUT", is_new ? lease->collection : lease->path, body, on_written);
    arena_free(arena);
}

/* ---- answers ---- */

static void
end_call(struct kube_lease *lease)
{
    struct arena *call = lease->call;
    lease->call = NULL;
    arena_free(call);
}

/* A leader writes each period, however long the last answer took; followers spread a little, so that they do
 * not all try at once, yet a lease that was given back is taken within 3 s. */
static void
step_later(struct kube_lease *lease)
{
    int64_t delay_ms = KUBE_RETRY_MS + (int64_t)(id_random_u64() % (KUBE_RETRY_MS / 5));
    if (lease->state.is_leading)
        delay_ms = lease->sent_at_ms + KUBE_RETRY_MS - clock_now_ms();
    loop_timer_start(lease->next_step, lease->is_releasing ? 0 : delay_ms);
}

static void
on_seen(void *owner, const struct kube_answer *answer)
{
    struct kube_lease *lease = owner;
    struct kube_lease_record record;
    bool is_read = answer->status == 200 && take_record(lease, answer, &record);
    bool is_absent = answer->status == 404;
    bool has_lost =
        (is_read || is_absent) && !kube_lease_saw(&lease->state, is_read ? &record : NULL, clock_now_ms());
    if (is_read)
        keep_record(lease);
    tell_trouble(lease, answer);
    end_call(lease);
    enum kube_lease_step next = kube_lease_decide(&lease->state, clock_now_ms());
    bool is_my_turn = (is_read || is_absent) && (next == KUBE_LEASE_WRITE || next == KUBE_LEASE_CREATE);
    if (is_my_turn)
        loop_timer_start(lease->next_step, 0);
    else
        step_later(lease);
    if (!has_lost)
        return;
    loop_timer_stop(lease->deadline);
    lease->options.on_lost(lease->options.owner);
}

static void
on_written(void *owner, const struct kube_answer *answer)
{
    struct kube_lease *lease = owner;
    struct kube_lease_record record;
    bool was_leading = lease->state.is_leading;
    bool is_done = (answer->status == 200 || answer->status == 201) && take_record(lease, answer, &record);
    if (is_done) {
        kube_lease_wrote(&lease->state, &record, lease->sent_at_ms);
        keep_record(lease);
    } else {
        kube_lease_doubts(&lease->state);
    }
    tell_trouble(lease, answer);
    bool is_doubted = was_leading && answer->status == 409;
    end_call(lease);
    if (is_done)
        loop_timer_start(lease->deadline,
                         lease->state.renewed_at_ms + KUBE_RENEW_DEADLINE_MS - clock_now_ms());
    step_later(lease);
    if (is_doubted)
        loop_timer_start(lease->next_step, 0); /* by whom? */
    if (is_done && !was_leading && !lease->is_releasing)
        lease->options.on_leading(lease->options.owner, kube_lease_epoch(lease));
}

static void
on_given_back(void *owner, const struct kube_answer *answer)
{
    (void)answer; /* if it failed the Lease runs out by itself */
    struct kube_lease *lease = owner;
    end_call(lease);
    say_released(lease);
}

static bool
take_record(struct kube_lease *lease, const struct kube_answer *answer, struct kube_lease_record *out_record)
{
    arena_free(lease->incoming);
    lease->incoming = arena_new(0);
    struct text body = text_copy(lease->incoming, answer->body);
    return kube_lease_record_parse(lease->incoming, body, out_record, NULL);
}

/* The state has compared what it knew with what came, and knows only that now. */
static void
keep_record(struct kube_lease *lease)
{
    arena_free(lease->record);
    lease->record = lease->incoming;
    lease->incoming = NULL;
}

/* A 404 and a 409 are ordinary here. */
static void
tell_trouble(struct kube_lease *lease, const struct kube_answer *answer)
{
    bool is_trouble = answer->error.kind != ERROR_NONE && answer->status != 404 && answer->status != 409;
    bool is_news = is_trouble || lease->is_in_trouble;
    lease->is_in_trouble = is_trouble;
    if (is_news && lease->options.on_trouble)
        lease->options.on_trouble(lease->options.owner, is_trouble ? &answer->error : &(struct error){0});
}

static void
say_released(struct kube_lease *lease)
{
    lease->is_released = true;
    loop_timer_stop(lease->deadline);
    loop_timer_stop(lease->next_step);
    lease->on_released(lease->released_owner);
}

/* ---- the deadline ---- */

static void
on_deadline(void *owner)
{
    struct kube_lease *lease = owner;
    int64_t now_ms = clock_now_ms();
    if (!lease->state.is_leading)
        return;
    if (kube_lease_state_is_held(&lease->state, now_ms))
        loop_timer_start(lease->deadline, lease->state.renewed_at_ms + KUBE_RENEW_DEADLINE_MS - now_ms);
    else
        lose(lease);
}

/* What is out now may still arrive: so the Lease is looked at before anything else. */
static void
lose(struct kube_lease *lease)
{
    end_call(lease);
    lease->state.is_leading = false;
    kube_lease_doubts(&lease->state);
    loop_timer_stop(lease->deadline);
    step_later(lease);
    if (!lease->is_releasing)
        lease->options.on_lost(lease->options.owner);
}
