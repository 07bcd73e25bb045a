/* Leading by a Lease of a scripted API server. Where time must pass the clock is put forward, not waited for.
 */
#include "operator/kube/kube_lease.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "operator/kube/kube_lease_record.h"
#include "tests/unit/operator/kube/kube_rig.h"

TestSuite(kube_lease, .init = kube_set_up, .fini = kube_tear_down);

#define PATH "/apis/coordination.k8s.io/v1/namespaces/weir-system/leases"

static struct kube_lease *lease;
static int leads, losses, releases, troubles;
static int64_t epoch;

static void
on_leading(void *owner, int64_t new_epoch)
{
    (void)owner;
    leads++;
    epoch = new_epoch;
}

static void
on_lost(void *owner)
{
    (void)owner;
    losses++;
}

static void
on_trouble(void *owner, const struct error *trouble)
{
    (void)owner;
    troubles += trouble->kind != ERROR_NONE;
}

static void
on_released(void *owner)
{
    (void)owner;
    releases++;
}

static bool
happened(void *owner)
{
    return *(int *)owner > 0;
}

static void
wait_for(int *event)
{
    scripted_run_until(kube_server, happened, event);
}

static struct text
record(const char *holder, int transitions, const char *version)
{
    struct kube_lease_record made = {.holder = text_of(holder),
                                     .duration_ms = 15000,
                                     .transitions = transitions,
                                     .acquire_time = TEXT("2026-01-01T00:00:00.000000Z"),
                                     .renew_time = TEXT("2026-01-01T00:00:00.000000Z")};
    struct text plain =
        kube_lease_record_print(kube_arena, &made, TEXT("weir-system"), TEXT("weir-operator"));
    struct text rest = text_slice(plain, (size_t)text_find(plain, TEXT("\"namespace\"")), plain.length);
    return text_format(kube_arena,
                       "{\"kind\":\"Lease\",\"apiVersion\":\"coordination.k8s.io/v1\",\"metadata\":{"
                       "\"labels\":{\"kept\":\"yes\"},\"managedFields\":[{}],\"resourceVersion\":\"%s\",%.*s",
                       version, TEXT_ARG(rest));
}

static void
reply(const char *expect, int status, struct text body)
{
    scripted_server_add_reply(kube_server, expect, status, "", body);
}

static void
start(void)
{
    struct kube_lease_options options = {.loop = kube_loop,
                                         .client = kube_client,
                                         .namespace = TEXT("weir-system"),
                                         .name = TEXT("weir-operator"),
                                         .identity = TEXT("me"),
                                         .on_leading = on_leading,
                                         .on_lost = on_lost,
                                         .on_trouble = on_trouble};
    lease = kube_lease_start(kube_arena, &options);
}

static void
lead(void)
{
    reply("GET " PATH "/weir-operator HTTP/1.1", 200, record("", 4, "7"));
    reply("PUT " PATH "/weir-operator HTTP/1.1", 200, record("me", 5, "8"));
    start();
    wait_for(&leads);
}

Test(kube_lease, makes_the_lease_when_there_is_none)
{
    reply("GET " PATH "/weir-operator HTTP/1.1", 404, TEXT("{}"));
    reply("POST " PATH " HTTP/1.1", 201, record("me", 0, "1"));
    start();
    cr_assert_not(kube_lease_is_held(lease));
    cr_assert_eq(kube_lease_epoch(lease), 0);
    wait_for(&leads);
    cr_assert_eq(epoch, 1);
    cr_assert(kube_lease_is_held(lease));
    cr_assert(kube_got(1, "\"holderIdentity\":\"me\",\"leaseDurationSeconds\":15,\"leaseTransitions\":0"));
}

Test(kube_lease, takes_what_was_given_back_and_keeps_what_others_wrote_on_it)
{
    lead();
    cr_assert_eq(epoch, 6);
    cr_assert(kube_got(1, "\"resourceVersion\":\"7\"") && kube_got(1, "\"labels\":{\"kept\":\"yes\"}"));
    cr_assert(kube_got(1, "\"leaseTransitions\":5"));
    cr_assert_not(kube_got(1, "managedFields"));
}

Test(kube_lease, who_is_second_follows)
{
    reply("GET", 200, record("", 4, "7"));
    reply("PUT", 409, TEXT("{}"));
    start();
    scripted_run_until_requests(kube_server, 2);
    scripted_run_turns(kube_server, 10);
    cr_assert_eq(leads, 0);
    cr_assert_not(kube_lease_is_held(lease));
    cr_assert_eq(troubles, 0);
}

Test(kube_lease, a_lease_taken_over_is_lost_at_the_next_renewal)
{
    lead();
    reply("PUT", 409, TEXT("{}"));
    reply("GET", 200, record("other", 6, "9"));
    wait_for(&losses);
    cr_assert_not(kube_lease_is_held(lease));
    cr_assert_eq(kube_lease_epoch(lease), 7);
}

Test(kube_lease, an_api_server_gone_past_the_renew_deadline_ends_it)
{
    lead();
    int64_t then = clock_now_ms();
    scripted_run_until_requests(kube_server, 3); /* a renewal that nobody answers */
    cr_assert(kube_lease_is_held(lease));
    clock_freeze(then + KUBE_RENEW_DEADLINE_MS, clock_unix_ms());
    cr_assert_not(kube_lease_is_held(lease));
    scripted_server_end(kube_server, 2, SCRIPTED_CLOSE);
    wait_for(&losses);
    cr_assert_eq(losses, 1);
}

static bool
may_write_as_leader(void *owner)
{
    (void)owner;
    return kube_lease_is_held(lease);
}

Test(kube_lease, a_process_that_was_stopped_past_its_deadline_writes_nothing)
{
    lead();
    struct kube_client_options options = {
        .loop = kube_loop, .auth = kube_auth, .may_write = may_write_as_leader};
    struct kube_client *writer = kube_client_new(kube_arena, &options);
    reply("POST /x", 201, TEXT("{}"));
    struct kube_path_request request = {.path = TEXT("/x"), .method = TEXT("POST"), .body = TEXT("{}")};
    struct kube_told told;
    kube_request(kube_tell(&told), writer, &request, kube_on_told, &told);
    kube_until_told(&told);
    cr_assert_eq(told.answer.status, 201);

    size_t before = scripted_server_requests(kube_server);
    kube_request(kube_tell(&told), writer, &request, kube_on_told, &told);
    clock_freeze(clock_now_ms() + 20000, clock_unix_ms()); /* SIGSTOP, SIGCONT */
    kube_until_told(&told);
    cr_assert(text_equals(told.answer.reason, TEXT("NotLeader")));
    cr_assert_eq(scripted_server_requests(kube_server), before);
}

Test(kube_lease, is_given_back_so_that_another_can_lead_at_once)
{
    lead();
    reply("PUT", 200, record("", 5, "9"));
    kube_lease_release(lease, on_released, NULL);
    cr_assert_not(kube_lease_is_held(lease), "nothing is written any more");
    wait_for(&releases);
    cr_assert(kube_got(2, "\"holderIdentity\":\"\",\"leaseDurationSeconds\":1,"));
    cr_assert_eq(losses, 0);
}

Test(kube_lease, a_release_that_fails_is_told_like_others)
{
    lead();
    scripted_server_add(kube_server, &(struct scripted_answer){.expect = "PUT", .then = SCRIPTED_RESET});
    kube_lease_release(lease, on_released, NULL);
    wait_for(&releases);
    scripted_run_turns(kube_server, 5);
    cr_assert_eq(releases, 1);
}

Test(kube_lease, a_release_while_following_is_told_at_once)
{
    reply("GET", 200, record("other", 4, "7"));
    start();
    scripted_run_until_requests(kube_server, 1);
    kube_lease_release(lease, on_released, NULL);
    wait_for(&releases);
    cr_assert_eq(scripted_server_requests(kube_server), 1);
}

Test(kube_lease, what_is_forbidden_is_told)
{
    reply("GET", 403, TEXT("{}"));
    start();
    wait_for(&troubles);
    cr_assert_eq(leads, 0);
}
