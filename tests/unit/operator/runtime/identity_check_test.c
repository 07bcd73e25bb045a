/* Certificates that are read back from Secrets. */
#include "operator/runtime/identity_check.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "operator/runtime/identity_names.h"

#define DAY_MS (INT64_C(24) * 3600000)

static struct tls_identity
issue(struct arena *arena, const struct tls_identity *authority, int64_t lifetime_ms)
{
    struct tls_identity identity = {0};
    struct error err = {0};
    const struct tls_certificate_request request = {
        .common_name = TEXT("weir-api"),
        .dns_names = identity_names_of_service(arena, TEXT("weir-api"), TEXT("weir-system")),
        .use = TLS_CERTIFICATE_SERVER,
        .lifetime_ms = lifetime_ms};
    cr_assert(tls_certificate_issue(arena, authority, &request, &identity, &err), "%s", err.message);
    return identity;
}

static struct tls_identity
new_authority(struct arena *arena)
{
    struct tls_identity authority = {0};
    cr_assert(tls_certificate_authority(arena, TEXT("weir-ca"), &authority, NULL));
    return authority;
}

Test(identity_check, what_was_issued_is_good_for_its_name_and_its_authority_only)
{
    scoped_arena struct arena *arena = arena_new(0);
    const struct tls_identity authority = new_authority(arena), another = new_authority(arena);
    const struct tls_identity identity = issue(arena, &authority, 30 * DAY_MS);
    const struct tls_identity mixed = {identity.certificate, issue(arena, &authority, DAY_MS).key};

    cr_assert(identity_is_good(&identity, authority.certificate, TEXT("weir-api")));

    cr_assert_not(identity_is_good(&identity, authority.certificate, TEXT("weir-operator")));
    cr_assert_not(identity_is_good(&identity, another.certificate, TEXT("weir-api")));
    cr_assert_not(identity_is_good(&mixed, authority.certificate, TEXT("weir-api")));
    cr_assert_not(identity_is_good(&(struct tls_identity){0}, authority.certificate, TEXT("weir-api")));
}

/* Its life begins some minutes ago, for clocks that lag. */
Test(identity_check, one_that_is_due_is_not_good)
{
    scoped_arena struct arena *arena = arena_new(0);
    const struct tls_identity authority = new_authority(arena);
    const struct tls_identity identity = issue(arena, &authority, 1000);

    cr_assert_not(identity_is_good(&identity, authority.certificate, TEXT("weir-api")));
}

Test(identity_check, a_service_is_named_as_gateways_dial_it)
{
    scoped_arena struct arena *arena = arena_new(0);
    const struct text_list names = identity_names_of_service(arena, TEXT("weir-api"), TEXT("weir-system"));

    cr_assert_eq(names.count, 3u);
    cr_assert(text_equals(names.items[0], TEXT("weir-api.weir-system.svc")));
    cr_assert(text_equals(names.items[1], TEXT("weir-api.weir-system.svc.cluster.local")));
}
