/* Who may lead, decided from what was seen and from our own clock. */
#include "operator/kube/kube_lease_state.h"

#include <criterion/criterion.h>

#include "operator/kube/kube_lease.h"

#define NOW 1000000

static struct kube_lease_state
fresh(void)
{
    return (struct kube_lease_state){.identity = TEXT("me")};
}

static struct kube_lease_record
held_by(const char *holder, const char *renewed)
{
    return (struct kube_lease_record){.holder = text_of(holder),
                                      .duration_ms = 15000,
                                      .transitions = 4,
                                      .acquire_time = TEXT("a"),
                                      .renew_time = text_of(renewed),
                                      .resource_version = TEXT("7")};
}

static struct kube_lease_state
leading_since(int64_t sent_at_ms)
{
    struct kube_lease_state state = fresh();
    struct kube_lease_record record = held_by("me", "r0");
    kube_lease_wrote(&state, &record, sent_at_ms);
    return state;
}

Test(kube_lease_state, looks_first_and_makes_what_is_not_there)
{
    struct kube_lease_state state = fresh();
    cr_assert_eq(kube_lease_decide(&state, NOW), KUBE_LEASE_LOOK);
    cr_assert(kube_lease_saw(&state, NULL, NOW));
    cr_assert_eq(kube_lease_decide(&state, NOW), KUBE_LEASE_CREATE);
    struct kube_lease_record next = kube_lease_next(&state, TEXT("now"));
    cr_assert(text_equals(next.holder, TEXT("me")) && text_equals(next.renew_time, TEXT("now")));
    cr_assert_eq(next.transitions, 0);
    cr_assert_eq(next.duration_ms, KUBE_LEASE_MS);
    cr_assert_eq(next.resource_version.length, 0);
}

Test(kube_lease_state, follows_a_holder_until_it_was_silent_for_its_own_duration)
{
    struct kube_lease_state state = fresh();
    struct kube_lease_record record = held_by("other", "r1");
    cr_assert(kube_lease_saw(&state, &record, NOW));
    cr_assert_eq(kube_lease_decide(&state, NOW + 14999), KUBE_LEASE_FOLLOW);
    record = held_by("other", "r2");
    cr_assert(kube_lease_saw(&state, &record, NOW + 14999));
    cr_assert_eq(kube_lease_decide(&state, NOW + 20000), KUBE_LEASE_FOLLOW, "it was renewed");
    cr_assert(kube_lease_saw(&state, &record, NOW + 20000));
    cr_assert_eq(kube_lease_decide(&state, NOW + 14999 + 15000), KUBE_LEASE_WRITE,
                 "the same words again count for nothing");
    struct kube_lease_record next = kube_lease_next(&state, TEXT("now"));
    cr_assert_eq(next.transitions, 5);
    cr_assert(text_equals(next.acquire_time, TEXT("now")));
    cr_assert(text_equals(next.resource_version, TEXT("7")));
}

Test(kube_lease_state, takes_at_once_what_was_given_back)
{
    struct kube_lease_state state = fresh();
    struct kube_lease_record record = held_by("", "r1");
    cr_assert(kube_lease_saw(&state, &record, NOW));
    cr_assert_eq(kube_lease_decide(&state, NOW), KUBE_LEASE_WRITE);
    cr_assert_eq(kube_lease_next(&state, TEXT("now")).transitions, 5);
}

Test(kube_lease_state, renews_without_a_new_epoch)
{
    struct kube_lease_state state = leading_since(NOW);
    cr_assert_eq(kube_lease_decide(&state, NOW + 2000), KUBE_LEASE_WRITE);
    struct kube_lease_record next = kube_lease_next(&state, TEXT("now"));
    cr_assert_eq(next.transitions, 4);
    cr_assert(text_equals(next.acquire_time, TEXT("a")));
    cr_assert(text_equals(next.renew_time, TEXT("now")));
}

Test(kube_lease_state, is_held_until_the_renew_deadline_after_the_renewal_was_sent)
{
    struct kube_lease_state state = leading_since(NOW);
    cr_assert(kube_lease_state_is_held(&state, NOW + KUBE_RENEW_DEADLINE_MS - 1));
    cr_assert_not(kube_lease_state_is_held(&state, NOW + KUBE_RENEW_DEADLINE_MS));
    cr_assert_eq(kube_lease_decide(&state, NOW + KUBE_RENEW_DEADLINE_MS), KUBE_LEASE_GIVE_UP);
    cr_assert_lt(KUBE_RENEW_DEADLINE_MS + 5000, KUBE_LEASE_MS + 1, "no write outlives leadership");
}

Test(kube_lease_state, a_doubt_is_cleared_by_looking_and_does_not_count_as_a_renewal)
{
    struct kube_lease_state state = leading_since(NOW);
    kube_lease_doubts(&state);
    cr_assert_eq(kube_lease_decide(&state, NOW + 3000), KUBE_LEASE_LOOK);
    struct kube_lease_record record = held_by("me", "r9");
    cr_assert(kube_lease_saw(&state, &record, NOW + 3000));
    cr_assert_eq(kube_lease_decide(&state, NOW + 3000), KUBE_LEASE_WRITE);
    cr_assert_not(kube_lease_state_is_held(&state, NOW + KUBE_RENEW_DEADLINE_MS));
}

Test(kube_lease_state, who_sees_another_holder_has_lost)
{
    struct kube_lease_state state = leading_since(NOW);
    struct kube_lease_record record = held_by("other", "r1");
    record.transitions = 5;
    cr_assert_not(kube_lease_saw(&state, &record, NOW + 1000));
    cr_assert_not(kube_lease_state_is_held(&state, NOW + 1000));
    cr_assert_eq(kube_lease_decide(&state, NOW + 1000), KUBE_LEASE_FOLLOW);
}

Test(kube_lease_state, a_deleted_lease_does_not_turn_epochs_back)
{
    struct kube_lease_state state = fresh();
    struct kube_lease_record record = held_by("other", "r1");
    cr_assert(kube_lease_saw(&state, &record, NOW));
    cr_assert(kube_lease_saw(&state, NULL, NOW + 1));
    cr_assert_eq(kube_lease_next(&state, TEXT("now")).transitions, 5);

    state = leading_since(NOW);
    cr_assert(kube_lease_saw(&state, NULL, NOW + 1));
    cr_assert_eq(kube_lease_decide(&state, NOW + 1), KUBE_LEASE_CREATE);
    cr_assert_eq(kube_lease_next(&state, TEXT("now")).transitions, 4, "we still lead");
}

Test(kube_lease_state, our_own_write_of_unknown_outcome_is_taken_up_without_a_new_epoch)
{
    struct kube_lease_state state = fresh();
    kube_lease_doubts(&state);
    struct kube_lease_record record = held_by("me", "r1");
    cr_assert(kube_lease_saw(&state, &record, NOW));
    cr_assert_eq(kube_lease_decide(&state, NOW), KUBE_LEASE_WRITE);
    cr_assert_eq(kube_lease_next(&state, TEXT("now")).transitions, 4);
}
