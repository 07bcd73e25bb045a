/* Rows: what is hashed, what is printed, and that neither loses or adds anything. */
#include "api/types/audit_row.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "tests/unit/api/types/given.h"

TestSuite(audit_row, .init = given_fresh_arena, .fini = end_arena);

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES "1111111111111111111111111111111111111111111111111111111111111111"
#define ROW(MORE)                                                                                            \
    "{\"seq\":1,\"time\":\"2026-11-29T12:00:00.250Z\",\"actor\":\"weir-api\",\"action\":\"PriceChanged\","   \
    "\"decision\":\"Done\",\"prevHash\":\"" ZEROS "\",\"hash\":\"" ONES "\"" MORE "}"

static struct audit_row
parsed(const char *line)
{
    struct audit_row row;
    struct error err = {0};
    cr_assert(audit_row_parse(test_arena, text_of(line), &row, &err), "%s", err.message);
    return row;
}

Test(audit_row, is_hashed_over_everything_but_its_hash_in_canonical_form)
{
    struct audit_row row = parsed(ROW(",\"reason\":\"caf\\u00e9\""));
    uint8_t hash[DIGEST_SHA256_BYTES];

    cr_expect(text_equals(audit_row_canonical(test_arena, row.source),
                          TEXT("{\"action\":\"PriceChanged\",\"actor\":\"weir-api\",\"decision\":\"Done\","
                               "\"prevHash\":\"" ZEROS "\",\"reason\":\"caf\xc3\xa9\",\"seq\":1,"
                               "\"time\":\"2026-11-29T12:00:00.250Z\"}")));
    cr_assert(audit_row_hash(test_arena, row.source, hash));
    cr_expect(text_equals(digest_hex(test_arena, hash, sizeof(hash)),
                          TEXT("cbdb9e61fcd2e0dc6fde91698822ad149c236a73ad462cc1f6ef78bbe4007a9b")));
}

Test(audit_row, is_printed_as_it_was_read)
{
    struct audit_row row = parsed(ROW(",\"subject\":\"prices/2026-11\""));
    struct text line = audit_row_print(test_arena, &row);
    struct audit_row again = parsed(text_c_string(test_arena, line));

    cr_expect(document_equals(row.source, again.source));
    cr_expect_eq(again.time_ms % 1000, 250);
    cr_expect_eq(again.action, AUDIT_PRICE_CHANGED);
}

static void
expect_refused(const char *line, const char *words)
{
    struct audit_row row;
    struct error err = {0};
    cr_assert_not(audit_row_parse(test_arena, text_of(line), &row, &err), "%s", line);
    cr_expect_eq(err.kind, ERROR_INVALID);
    cr_expect(strstr(err.message, words), "%s: %s", words, err.message);
}

Test(audit_row, is_refused_with_the_member_that_is_wrong)
{
    expect_refused("[]", "");
    expect_refused("{}", "seq");
    expect_refused(ROW(",\"more\":1"), "more");
    expect_refused(ROW(",\"subjectId\":\"ada@example.com\""), "subjectId");
    expect_refused(ROW(",\"requestDigest\":\"sha256:" ONES "\""), "requestDigest");
    expect_refused(ROW(",\"seq\":2"), "twice");
}

/* A change of the code that loses an action from its list would misname every row after it. */
Test(audit_row, has_a_word_for_every_action_and_decision)
{
    size_t actions = 0, decisions = 0;
    while (audit_action_names[actions])
        actions++;
    while (audit_decision_names[decisions])
        decisions++;
    cr_expect_eq(actions, AUDIT_SIGNING_KEY_CHANGED + 1);
    cr_expect_eq(decisions, AUDIT_REFUSED + 1);
    cr_expect_str_eq(audit_action_names[AUDIT_LEASE_WRITTEN_OFF], "LeaseWrittenOff");
    cr_expect_str_eq(audit_action_names[AUDIT_SUBJECT_ERASED], "SubjectErased");
}
