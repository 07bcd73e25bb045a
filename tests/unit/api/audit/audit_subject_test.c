/* End users: named under a salt, found with it, and gone without it, while the chain stays whole. */
#include "api/audit/audit_subject.h"

#include <criterion/criterion.h>

#include "lib/base/map.h"
#include "tests/unit/api/audit/given.h"

TestSuite(audit_subject, .init = given_fresh_arena, .fini = end_arena);

Test(audit_subject, is_an_hmac_under_the_salt)
{
    struct audit_salt salt;
    for (size_t i = 0; i < sizeof(salt.bytes); i++)
        salt.bytes[i] = (uint8_t)i;

    /* Python: hmac.new(bytes(range(32)), b"ada@example.com", hashlib.sha256).hexdigest() */
    cr_expect(text_equals(audit_subject_id(test_arena, &salt, TEXT("ada@example.com")),
                          TEXT("5c820b4a5aac8f31eb6741825bfecb8e97f00488d5edaed1ae2908c29d0b7e38")));
}

Test(audit_subject, differs_by_person_and_by_salt)
{
    struct audit_salt one = audit_subject_new_salt(), other = audit_subject_new_salt();
    struct text ada = audit_subject_id(test_arena, &one, TEXT("ada@example.com"));

    cr_expect(audit_subject_is(&one, TEXT("ada@example.com"), ada));
    cr_expect_not(audit_subject_is(&one, TEXT("bob"), ada));
    cr_expect_not(audit_subject_is(&other, TEXT("ada@example.com"), ada));
    cr_expect_not(audit_subject_is(&one, TEXT("ada@example.com"), TEXT("ada@example.com")));
}

static struct text
row_about(struct audit_chain *chain, struct text subject_id)
{
    struct audit_row row = given_row((size_t)chain->seq + 1);
    row.action = AUDIT_CALL_REFUSED;
    row.subject_id = subject_id;
    cr_assert(audit_chain_append(test_arena, chain, &row, NULL));
    return audit_row_print(test_arena, &row);
}

static bool
is_about(struct map *salts, const char *identity, struct text line)
{
    struct audit_row row;
    const struct audit_salt *salt = map_find(salts, text_of(identity));
    cr_assert(audit_row_parse(test_arena, line, &row, NULL));
    return salt && audit_subject_is(salt, text_of(identity), row.subject_id);
}

Test(audit_subject, is_forgotten_by_deleting_the_salt_and_the_chain_stays_whole)
{
    struct map *salts = map_new(test_arena);
    struct audit_salt ada = audit_subject_new_salt(), bob = audit_subject_new_salt();
    struct audit_chain chain = {0}, read = {0};
    struct audit_verdict verdict;
    map_set(salts, TEXT("ada@example.com"), &ada);
    map_set(salts, TEXT("bob"), &bob);
    const struct text lines[] = {
        row_about(&chain, audit_subject_id(test_arena, &ada, TEXT("ada@example.com"))),
        row_about(&chain, audit_subject_id(test_arena, &bob, TEXT("bob")))};
    cr_assert(is_about(salts, "ada@example.com", lines[0]) && is_about(salts, "bob", lines[1]));

    map_remove(salts, TEXT("ada@example.com"));
    audit_subject_forget(&ada);

    cr_expect_not(is_about(salts, "ada@example.com", lines[0]));
    cr_expect(is_about(salts, "bob", lines[1]));
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        cr_expect_lt(text_find(lines[i], TEXT("ada@example.com")), 0);
        cr_expect(audit_chain_verify(test_arena, &read, lines[i], &verdict, NULL));
    }
    cr_expect_eq(memcmp(&ada, &(const struct audit_salt){0}, sizeof(ada)), 0);
}
