/* Rows that retention emptied: their hashes hold the chain together, and only what a row says it took may be
 * gone. */
#include "api/audit/audit_remnant.h"

#include <criterion/criterion.h>

#include "api/audit/audit_export.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "tests/unit/api/audit/given.h"

TestSuite(audit_remnant, .init = given_fresh_arena, .fini = end_arena);

enum { ROWS = 8 };

/* Rows 1 to ROWS, and one more that says that retention took the first so many. */
static struct given_log *
given_retained(int64_t last_seq)
{
    struct given_log *log = given_log(ROWS);
    struct audit_chain chain = {.seq = ROWS, .hash = log->hashes[ROWS - 1]};
    struct audit_row row = given_row(ROWS + 1);
    struct error err = {0};
    row.action = AUDIT_RETENTION_APPLIED;
    row.subject = audit_retention_subject(test_arena, last_seq);
    cr_assert(audit_chain_append(test_arena, &chain, &row, &err), "%s", err.message);
    log->lines[ROWS] = audit_row_print(test_arena, &row);
    log->hashes[ROWS] = chain.hash;
    log->count = ROWS + 1;
    return log;
}

static void
empty_row(struct given_log *log, size_t number)
{
    const struct audit_remnant remnant = {(int64_t)number, log->hashes[number - 1]};
    log->lines[number - 1] = audit_remnant_print(test_arena, &remnant);
}

static bool
verify(const struct given_log *log, size_t signed_rows, struct audit_report *report, struct error *err)
{
    struct merkle_head head = given_head(given_retained(3), signed_rows);
    struct audit_keys keys = given_keys();
    struct text note = text_format(test_arena, "%.*s\n", TEXT_ARG(given_checkpoint(&head)));
    const struct audit_export export = {.rows_path =
                                            given_file("export.jsonl", given_export(log->lines, log->count)),
                                        .checkpoints_path = given_file("checkpoints", note),
                                        .keys = &keys};
    return audit_export_verify(&export, report, err);
}

Test(audit_remnant, is_read_as_it_is_printed_and_nothing_else_is)
{
    struct audit_remnant remnant = {12, given_log(1)->hashes[0]}, read;
    struct text line = audit_remnant_print(test_arena, &remnant);
    cr_assert(audit_remnant_parse(line, &read) && read.seq == 12 &&
              merkle_hash_equals(&read.hash, &remnant.hash));
    for (size_t at = 0; at < line.length; at++) {
        char *changed = arena_copy(test_arena, line.bytes, line.length);
        changed[at] = ' ';
        cr_assert_not(audit_remnant_parse((struct text){changed, line.length}, &read), "byte %zu", at);
        cr_assert_not(audit_remnant_parse(text_slice(line, 0, at), &read), "%zu bytes", at);
    }
}

Test(audit_remnant, what_retention_took_is_sound_and_told)
{
    struct given_log *log = given_retained(3);
    struct audit_report report;
    struct error err = {0};
    for (size_t i = 1; i <= 3; i++)
        empty_row(log, i);
    cr_assert(verify(log, ROWS, &report, &err), "%s", err.message);
    cr_assert_eq(report.rows, ROWS + 1);
    cr_assert_eq(report.emptied_rows, 3);
}

Test(audit_remnant, a_row_beyond_what_retention_took_is_named)
{
    struct given_log *log = given_retained(3);
    struct audit_report report;
    struct error err = {0};
    for (size_t i = 1; i <= 5; i++)
        empty_row(log, i);
    cr_assert_not(verify(log, ROWS, &report, &err));
    cr_assert_eq(report.finding.flaw, AUDIT_ROWS_EMPTIED);
    cr_assert_eq(report.finding.seq, 4);
    cr_assert_eq(report.finding.last_seq, 5);
}

Test(audit_remnant, a_row_that_was_emptied_behind_a_whole_one_is_named)
{
    struct given_log *log = given_retained(3);
    struct audit_report report;
    struct error err = {0};
    empty_row(log, 2);
    cr_assert_not(verify(log, ROWS, &report, &err));
    cr_assert_eq(report.finding.flaw, AUDIT_ROW_CHANGED);
    cr_assert_eq(report.finding.seq, 2);
}

Test(audit_remnant, hashes_that_are_not_those_that_were_signed_are_found)
{
    struct given_log *log = given_retained(3);
    struct audit_report report;
    struct error err = {0};
    log->hashes[0].bytes[5] ^= 1;
    for (size_t i = 1; i <= 3; i++)
        empty_row(log, i);
    cr_assert_not(verify(log, ROWS, &report, &err));
    cr_assert_eq(report.finding.flaw, AUDIT_ROWS_REWRITTEN);
}

Test(audit_remnant, the_last_one_must_be_what_the_next_row_is_bound_to)
{
    struct given_log *log = given_retained(3);
    struct audit_report report;
    struct error err = {0};
    log->hashes[2].bytes[5] ^= 1;
    for (size_t i = 1; i <= 3; i++)
        empty_row(log, i);
    cr_assert_not(verify(log, ROWS, &report, &err));
    cr_assert_eq(report.finding.flaw, AUDIT_ROW_UNLINKED);
    cr_assert_eq(report.finding.seq, 4);
}
