/* An authority of our own, what it signs, and what is read back. Chains are built with them in
 * websocket_tls_test.c. */
#include <criterion/criterion.h>

#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/net/tls_certificate.h"
#include "tests/support/arena_fixture.h"

#define DAY_MS INT64_C(86400000)

TestSuite(tls_certificate, .init = given_arena, .fini = end_arena);

static struct tls_identity
given_authority(void)
{
    struct tls_identity authority = {0};
    struct error err = {0};
    cr_assert(tls_certificate_authority(arena, TEXT("Weir"), &authority, &err), "%s", err.message);
    return authority;
}

static bool
issue(const struct tls_identity *authority, struct text name, struct tls_identity *out, struct error *err)
{
    struct text dns[] = {TEXT("control.weir-system.svc"), TEXT("localhost")};
    struct tls_certificate_request request = {.common_name = name,
                                              .dns_names = {dns, 2},
                                              .use = TLS_CERTIFICATE_SERVER,
                                              .lifetime_ms = 90 * DAY_MS};
    return tls_certificate_issue(arena, authority, &request, out, err);
}

static struct tls_certificate_facts
read_facts(struct text pem)
{
    struct tls_certificate_facts facts = {0};
    struct error err = {0};
    cr_assert(tls_certificate_read(arena, pem, &facts, &err), "%s", err.message);
    return facts;
}

Test(tls_certificate, an_authority_lives_for_ten_years)
{
    struct tls_identity authority = given_authority();

    struct tls_certificate_facts facts = read_facts(authority.certificate);

    cr_assert(text_equals(facts.common_name, TEXT("Weir")));
    cr_assert_gt(facts.not_after_ms - facts.not_before_ms, 3650 * DAY_MS);
    cr_assert_lt(facts.not_before_ms, clock_unix_ms());
}

Test(tls_certificate, what_is_issued_says_what_was_asked_for_and_belongs_to_its_key)
{
    struct tls_identity authority = given_authority(), identity = {0};
    struct error err = {0};

    cr_assert(issue(&authority, TEXT("gateway/shop/prod"), &identity, &err), "%s", err.message);

    struct tls_certificate_facts facts = read_facts(identity.certificate);
    cr_assert(text_equals(facts.common_name, TEXT("gateway/shop/prod")));
    cr_assert_geq(facts.not_before_ms, read_facts(authority.certificate).not_before_ms);
    cr_assert(tls_certificate_check(&identity, authority.certificate, &err), "%s", err.message);
}

Test(tls_certificate, a_workspace_with_a_long_name_fits)
{
    struct tls_identity authority = given_authority(), identity = {0};
    struct error err = {0};
    char name[TLS_MAX_COMMON_NAME];
    memset(name, 'w', sizeof(name));

    cr_assert(issue(&authority, (struct text){name, sizeof(name)}, &identity, &err), "%s", err.message);

    cr_assert_eq(read_facts(identity.certificate).common_name.length, sizeof(name));
}

Test(tls_certificate, two_are_never_the_same)
{
    struct tls_identity authority = given_authority(), first = {0}, second = {0};

    cr_assert(issue(&authority, TEXT("a"), &first, NULL) && issue(&authority, TEXT("a"), &second, NULL));

    cr_assert_not(text_equals(first.certificate, second.certificate));
    cr_assert_not(text_equals(first.key, second.key));
}

Test(tls_certificate, another_authority_or_another_key_is_noticed)
{
    struct tls_identity authority = given_authority(), other = given_authority(), first = {0}, second = {0};
    struct error err = {0};
    cr_assert(issue(&authority, TEXT("a"), &first, NULL) && issue(&authority, TEXT("b"), &second, NULL));

    cr_assert_not(tls_certificate_check(&first, other.certificate, &err));
    cr_assert(text_find(text_of(err.message), TEXT("another authority")) >= 0, "%s", err.message);

    struct tls_identity mixed = {first.certificate, second.key};
    cr_assert_not(tls_certificate_check(&mixed, authority.certificate, &err));
    cr_assert(text_find(text_of(err.message), TEXT("key is not")) >= 0, "%s", err.message);
}

Test(tls_certificate, what_an_authority_signed_cannot_sign)
{
    struct tls_identity authority = given_authority(), leaf = {0}, out = {0};
    struct error err = {0};
    cr_assert(issue(&authority, TEXT("a"), &leaf, NULL));

    cr_assert_not(issue(&leaf, TEXT("b"), &out, &err));

    cr_assert(text_find(text_of(err.message), TEXT("may not sign")) >= 0, "%s", err.message);
    cr_assert_null(out.key.bytes);
}

Test(tls_certificate, no_error_holds_a_key)
{
    struct tls_identity authority = given_authority(), out = {0};
    struct error err = {0};
    struct tls_identity broken = {authority.key, authority.certificate};

    cr_assert_not(issue(&broken, TEXT("a"), &out, &err));
    cr_assert(text_find(text_of(err.message), TEXT("PRIVATE")) < 0);
    cr_assert_not(tls_certificate_check(&broken, authority.key, &err));
    cr_assert(text_find(text_of(err.message), text_slice(authority.key, 40, 60)) < 0);
}

Test(tls_certificate, wrong_requests_are_refused)
{
    struct tls_identity authority = given_authority(), out = {0};
    struct text bad_dns[] = {TEXT("a,DNS:b")};
    struct tls_certificate_request request = {.common_name = TEXT("a"), .lifetime_ms = DAY_MS};

    request.dns_names = (struct text_list){bad_dns, 1};
    cr_assert_not(tls_certificate_issue(arena, &authority, &request, &out, NULL));
    request.dns_names.count = 0;
    request.common_name = TEXT("a\nb");
    cr_assert_not(tls_certificate_issue(arena, &authority, &request, &out, NULL));
    request.common_name = TEXT("");
    cr_assert_not(tls_certificate_issue(arena, &authority, &request, &out, NULL));
    request.common_name = TEXT("a");
    request.lifetime_ms = 0;
    cr_assert_not(tls_certificate_issue(arena, &authority, &request, &out, NULL));
    cr_assert_not(tls_certificate_read(arena, TEXT("no PEM"), &(struct tls_certificate_facts){0}, NULL));
}

Test(tls_certificate, a_new_one_is_due_when_two_thirds_of_its_life_are_over)
{
    struct tls_certificate_facts facts = {.not_before_ms = 1000, .not_after_ms = 1000 + 90 * DAY_MS};

    cr_assert_not(tls_certificate_is_due(&facts, 1000));
    cr_assert_not(tls_certificate_is_due(&facts, 1000 + 60 * DAY_MS - 1));
    cr_assert(tls_certificate_is_due(&facts, 1000 + 60 * DAY_MS));
    cr_assert(tls_certificate_is_due(&facts, 1000 + 100 * DAY_MS));
    cr_assert(tls_certificate_is_due(&facts, 999));
}
