/* Whose tokens are believed, what is remembered of them, and when that is over. */
#include <criterion/criterion.h>

#include "gateway/live_workloads.h"
#include "lib/net/jwt.h"
#include "tests/support/arena_fixture.h"
#include "tests/support/token_maker.h"

#define NOW_MS INT64_C(1800000000000)
#define ISSUER "https://kubernetes.default.svc"
#define ACCOUNT(NAMESPACE, NAME)                                                                             \
    "{\"iss\":\"" ISSUER                                                                                     \
    "\",\"aud\":[\"weir\"],\"exp\":1800003600,\"sub\":\"system:serviceaccount:" NAMESPACE ":" NAME           \
    "\",\"kubernetes.io\":{\"namespace\":\"" NAMESPACE "\",\"node\":{\"name\":\"n\"},"                       \
    "\"pod\":{\"name\":\"" NAME "-w-7\",\"uid\":\"1\"},\"serviceaccount\":{\"name\":\"" NAME                 \
    "\",\"uid\":\"2\"}}}"

static struct token_maker *maker;
static struct live_workloads workloads;
static struct workload_identity identity;
static struct token_key key;

static void
use_key_of(const struct token_maker *from)
{
    struct jwt_key made = token_maker_key(from);
    key = (struct token_key){.kid = made.kid,
                             .alg = made.alg,
                             .kty = made.kty,
                             .crv = made.crv,
                             .x = made.x,
                             .y = made.y,
                             .n = made.n,
                             .e = made.e};
    identity = (struct workload_identity){
        .issuer = TEXT(ISSUER), .audience = TEXT("weir"), .namespace = TEXT("shop-prod"), .keys = {&key, 1}};
    live_workloads_index(arena, &identity, &workloads);
}

static void
given_keys(void)
{
    given_arena();
    maker = token_maker_new(arena, "ES256", "one");
    use_key_of(maker);
}

TestSuite(live_workloads, .init = given_keys, .fini = end_arena);

static bool
find(struct text token, int64_t now_ms, struct live_workload *out)
{
    return live_workloads_may_know(&workloads, token) &&
           live_workloads_find(&workloads, arena, token, now_ms, out);
}

static bool
knows(const char *claims)
{
    struct live_workload workload;
    return find(token_maker_sign(maker, text_of(claims)), NOW_MS, &workload);
}

Test(live_workloads, a_workload_is_its_namespace_account_deployment_and_pod)
{
    struct live_workload workload = {0};

    cr_assert(find(token_maker_sign(maker, TEXT(ACCOUNT("shop-prod", "aidep-chat"))), NOW_MS, &workload));

    cr_assert(text_equals(workload.name, TEXT("shop-prod/aidep-chat")));
    cr_assert(text_equals(workload.deployment, TEXT("chat")));
    cr_assert(text_equals(workload.pod, TEXT("aidep-chat-w-7")));
}

Test(live_workloads, an_account_that_is_no_deployments_is_a_caller_without_one)
{
    struct live_workload workload = {0};

    cr_assert(find(token_maker_sign(maker, TEXT(ACCOUNT("shop-prod", "default"))), NOW_MS, &workload));

    cr_assert(text_is_empty(workload.deployment));
}

Test(live_workloads, another_namespace_is_refused)
{
    cr_assert_not(knows(ACCOUNT("shop-dev", "aidep-chat")));
}

Test(live_workloads, claims_that_contradict_or_miss_each_other_are_refused)
{
    cr_assert_not(knows("{\"iss\":\"" ISSUER "\",\"aud\":\"weir\",\"exp\":1800003600}"));
    cr_assert_not(knows("{\"iss\":\"" ISSUER "\",\"aud\":\"weir\",\"exp\":1800003600,\"sub\":\"system:"
                        "serviceaccount:shop-prod:b\",\"kubernetes.io\":{\"namespace\":\"shop-prod\","
                        "\"serviceaccount\":{\"name\":\"a\"}}}"));
    cr_assert_not(knows("{\"iss\":\"" ISSUER "\",\"aud\":\"weir\",\"exp\":1800003600,\"sub\":\"system:"
                        "serviceaccount:shop-prod:\",\"kubernetes.io\":{\"namespace\":\"shop-prod\","
                        "\"serviceaccount\":{\"name\":\"\"}}}"));
    cr_assert_not(knows("{\"iss\":\"" ISSUER "\",\"aud\":\"weir\",\"exp\":1800003600,\"sub\":\"system:"
                        "serviceaccount:shop-prod:a\",\"kubernetes.io\":{\"namespace\":[\"shop-prod\"],"
                        "\"serviceaccount\":{\"name\":\"a\"}}}"));
}

Test(live_workloads, what_was_verified_is_remembered_until_it_ends)
{
    struct live_workload workload = {0};
    struct text token = token_maker_sign(maker, TEXT(ACCOUNT("shop-prod", "aidep-chat")));
    const int64_t end_ms = INT64_C(1800003600000) + JWT_LEEWAY_MS;
    cr_assert(find(token, NOW_MS, &workload));
    struct jwt_keys *keys = workloads.keys;

    workloads.keys = jwt_keys_new(arena); /* with no key nothing could be verified again */
    cr_assert(find(token, end_ms - 1, &workload));
    cr_assert(text_equals(workload.pod, TEXT("aidep-chat-w-7")));
    cr_assert_not(find(token, end_ms, &workload));
    workloads.keys = keys;
    cr_assert_not(find(token, end_ms, &workload));
}

Test(live_workloads, a_token_of_a_key_that_is_gone_is_refused)
{
    struct live_workload workload = {0};
    struct text token = token_maker_sign(maker, TEXT(ACCOUNT("shop-prod", "aidep-chat")));
    cr_assert(find(token, NOW_MS, &workload));

    use_key_of(token_maker_new(arena, "ES256", "two")); /* as a new revision does */

    cr_assert_not(find(token, NOW_MS, &workload));
}

Test(live_workloads, remembers_so_many_and_begins_anew)
{
    struct live_workload workload = {0};
    struct text first = token_maker_sign(maker, TEXT(ACCOUNT("shop-prod", "aidep-chat")));
    cr_assert(find(first, NOW_MS, &workload));
    for (int i = 1; i < LIVE_WORKLOADS_MAX_KNOWN; i++) /* signatures differ each time */
        cr_assert(find(token_maker_sign(maker, TEXT(ACCOUNT("shop-prod", "aidep-chat"))), NOW_MS, &workload));
    workloads.keys = jwt_keys_new(arena);
    cr_assert(find(first, NOW_MS, &workload));
    use_key_of(maker);

    for (int i = 0; i <= LIVE_WORKLOADS_MAX_KNOWN; i++)
        cr_assert(find(token_maker_sign(maker, TEXT(ACCOUNT("shop-prod", "aidep-chat"))), NOW_MS, &workload));

    cr_assert(text_equals(workload.name, TEXT("shop-prod/aidep-chat")));
}

Test(live_workloads, without_an_issuer_no_token_is_looked_at)
{
    struct text token = token_maker_sign(maker, TEXT(ACCOUNT("shop-prod", "aidep-chat")));
    identity = (struct workload_identity){0};
    live_workloads_index(arena, &identity, &workloads);

    cr_assert_not(live_workloads_may_know(&workloads, token));
}

Test(live_workloads, a_key_that_cannot_be_used_is_named_and_the_others_work)
{
    struct token_key keys[] = {{.kid = TEXT("odd"), .kty = TEXT("OKP")}, key};
    identity.keys = (struct token_key_list){keys, 2};
    live_workloads_index(arena, &identity, &workloads);

    cr_assert_eq(workloads.problems.count, 1);
    cr_assert(text_find(workloads.problems.items[0], TEXT("odd")) >= 0);
    cr_assert(knows(ACCOUNT("shop-prod", "aidep-chat")));
}
