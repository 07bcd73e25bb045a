/* Exports held against checkpoints: every way of tampering is found, and what is named is what was touched.
 */
#include "api/audit/audit_export.h"

#include <criterion/criterion.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "tests/unit/api/audit/given.h"

TestSuite(audit_export, .init = given_fresh_arena, .fini = end_arena);

static struct audit_keys keys;

static bool
verify(const char *rows, const char *checkpoints, struct audit_report *report, struct error *err)
{
    keys = given_keys();
    struct audit_export export = {.rows_path = rows, .checkpoints_path = checkpoints, .keys = &keys};
    return audit_export_verify(&export, report, err);
}

static const char *
checkpoints_of(const struct given_log *log, const size_t *sizes, size_t count)
{
    struct buffer file;
    buffer_init(&file, test_arena, 4096);
    for (size_t i = 0; i < count; i++) {
        struct merkle_head head = given_head(log, sizes[i]);
        buffer_add_text(&file, given_checkpoint(&head));
        buffer_add_byte(&file, '\n');
    }
    return given_file("checkpoints", buffer_text(&file));
}

static const char *
rows_of(const struct given_log *log, size_t count)
{
    return given_file("export.jsonl", given_export(log->lines, count));
}

Test(audit_export, of_python_is_sound)
{
    struct audit_report report;
    struct error err = {0};
    cr_assert(verify("tests/golden/audit/export.jsonl", "tests/golden/audit/checkpoints.txt", &report, &err),
              "%s", err.message);

    cr_expect_eq(report.rows, 12);
    cr_expect_eq(report.checkpoints, 6);
    cr_expect_eq(report.signed_checkpoints, 6);
    cr_expect_eq(report.covered_rows, 11);
    cr_expect(report.has_signed[0]);
    cr_expect_eq(report.finding.flaw, AUDIT_SOUND);
}

Test(audit_export, is_sound_with_nothing_in_it)
{
    struct audit_report report;
    struct error err = {0};
    cr_expect(verify(given_file("empty", (struct text){0}), NULL, &report, &err), "%s", err.message);
    cr_expect_eq(report.rows, 0);
}

/* Of any bit of the file: the row is found in which it lies, by its line. A line end joins two rows. */
Test(audit_export, names_the_line_in_which_a_byte_was_changed)
{
    struct text good = given_golden("export.jsonl");
    uint64_t line = 1;
    for (size_t at = 0; at < good.length; at++) {
        char *changed = arena_copy(test_arena, good.bytes, good.length);
        struct audit_report report;
        struct error err = {0};
        changed[at] = (char)(changed[at] ^ (1 << at % 7));
        const char *path = given_file("export.jsonl", (struct text){changed, good.length});
        bool is_escape = at > 0 && text_find(text_slice(good, at - 5, at + 1), TEXT("\\u001")) >= 0;
        bool is_sound = verify(path, "tests/golden/audit/checkpoints.txt", &report, &err);
        if (!is_escape) /* \u001F is the same character as \u001f */
            cr_assert(!is_sound && report.finding.line == line, "byte %zu: %s", at, err.message);
        line += good.bytes[at] == '\n';
    }
}

Test(audit_export, names_the_checkpoint_in_which_a_byte_was_changed)
{
    struct text good = given_golden("checkpoints.txt");
    for (size_t at = 0; at < good.length; at++) {
        char *changed = arena_copy(test_arena, good.bytes, good.length);
        struct audit_report report;
        struct error err = {0};
        changed[at] = (char)(changed[at] ^ (1 << at % 7));
        const char *path = given_file("checkpoints", (struct text){changed, good.length});
        cr_assert_not(verify("tests/golden/audit/export.jsonl", path, &report, &err), "byte %zu", at);
        cr_assert(report.finding.flaw == AUDIT_CHECKPOINT_UNREADABLE ||
                      report.finding.flaw == AUDIT_CHECKPOINT_UNSIGNED,
                  "byte %zu: %s", at, err.message);
        cr_assert_gt(report.finding.checkpoint, 0);
        cr_assert_gt(report.finding.line, 0);
    }
}

/* The whole chain is written anew from one row on, as who owns the store can do: the next checkpoint tells.
 */
Test(audit_export, finds_rows_that_were_rewritten_with_their_chain)
{
    static const size_t sizes[] = {4, 9, 12};
    const char *checkpoints = checkpoints_of(given_log(15), sizes, COUNT_OF(sizes));
    for (size_t changed = 1; changed <= 12; changed++) {
        struct given_log *log = given_rewritten_log(15, changed);
        struct audit_report report;
        struct error err = {0};
        cr_assert_not(verify(rows_of(log, 15), checkpoints, &report, &err), "row %zu", changed);
        cr_expect_eq(report.finding.flaw, AUDIT_ROWS_REWRITTEN);
        cr_expect(report.finding.seq <= (int64_t)changed && (int64_t)changed <= report.finding.last_seq);
        cr_expect_leq(report.finding.last_seq - report.finding.seq, 4);
    }
    struct audit_report report;
    struct error err = {0};
    cr_expect(verify(rows_of(given_rewritten_log(15, 13), 15), checkpoints, &report, &err),
              "rows that no checkpoint covers yet can be rewritten: the limit that is told");
}

Test(audit_export, finds_every_end_that_was_cut_off)
{
    static const size_t sizes[] = {4, 9, 12};
    struct given_log *log = given_log(15);
    const char *checkpoints = checkpoints_of(log, sizes, COUNT_OF(sizes));
    for (size_t count = 0; count < 12; count++) {
        struct audit_report report;
        struct error err = {0};
        cr_assert_not(verify(rows_of(log, count), checkpoints, &report, &err), "%zu rows", count);
        cr_expect_eq(report.finding.flaw, AUDIT_ROWS_MISSING);
        cr_expect_eq(report.finding.seq, count + 1);
        cr_expect_eq(report.finding.last_seq, 12);
        cr_expect_eq(report.finding.checkpoint, 3);
    }
}

Test(audit_export, finds_a_checkpoint_that_was_signed_with_another_key)
{
    struct given_log *log = given_log(5);
    struct merkle_head head = given_head(log, 5);
    struct signature_key *other = NULL;
    struct text note;
    struct audit_report report;
    struct error err = {0};
    cr_assert(signature_key_new(test_arena, &other, NULL));
    cr_assert(
        audit_checkpoint_sign(test_arena, &(const struct audit_signer){ORIGIN, other}, &head, &note, NULL));

    cr_expect_not(verify(rows_of(log, 5), given_file("checkpoints", note), &report, &err));

    cr_expect_eq(report.finding.flaw, AUDIT_CHECKPOINT_UNSIGNED);
    struct audit_export unsigned_export = {.rows_path = rows_of(log, 5),
                                           .checkpoints_path = given_path("checkpoints")};
    cr_expect(audit_export_verify(&unsigned_export, &report, &err), "without keys only roots are compared");
    cr_expect_eq(report.signed_checkpoints, 0);
}

Test(audit_export, finds_checkpoints_in_the_wrong_order_or_of_another_log)
{
    static const size_t sizes[] = {9, 4};
    struct given_log *log = given_log(9);
    struct merkle_head head = given_head(log, 9);
    struct audit_report report;
    struct text other;
    struct error err = {0};

    cr_expect_not(verify(rows_of(log, 9), checkpoints_of(log, sizes, 2), &report, &err));
    cr_expect_eq(report.finding.flaw, AUDIT_CHECKPOINT_OUT_OF_ORDER);
    cr_expect_eq(report.finding.checkpoint, 2);

    cr_assert(audit_checkpoint_sign(test_arena, &(const struct audit_signer){TEXT("elsewhere"), given_key()},
                                    &head, &other, NULL));
    struct text both =
        text_format(test_arena, "%.*s\n%.*s", TEXT_ARG(given_checkpoint(&head)), TEXT_ARG(other));
    cr_expect_not(verify(rows_of(log, 9), given_file("checkpoints", both), &report, &err));
    cr_expect_eq(report.finding.flaw, AUDIT_CHECKPOINT_OUT_OF_ORDER);
    cr_expect(strstr(err.message, "another log"), "%s", err.message);
}

Test(audit_export, counts_rows_that_go_back_in_time)
{
    struct audit_chain chain = {0};
    struct text lines[3];
    struct audit_report report;
    struct error err = {0};
    for (size_t i = 0; i < 3; i++) {
        struct audit_row row = given_row(i + 1);
        row.time_ms -= i == 1 ? 60000 : 0;
        cr_assert(audit_chain_append(test_arena, &chain, &row, NULL));
        lines[i] = audit_row_print(test_arena, &row);
    }

    cr_expect(verify(given_file("export.jsonl", given_export(lines, 3)), NULL, &report, &err));

    cr_expect_eq(report.rows_back, 1);
    cr_expect_eq(report.first_back_seq, 2);
    cr_expect_eq(report.first_back_ms, 60000 - 1001);
}

Test(audit_export, is_no_export_when_a_line_is_longer_than_any_row)
{
    char *bytes = arena_alloc(test_arena, AUDIT_ROW_MAX_BYTES + 2);
    struct audit_report report;
    struct error err = {0};
    memset(bytes, ' ', AUDIT_ROW_MAX_BYTES + 1);
    const char *path = given_file("export.jsonl", (struct text){bytes, AUDIT_ROW_MAX_BYTES + 1});

    cr_expect_not(verify(path, NULL, &report, &err));

    cr_expect_eq(report.finding.flaw, AUDIT_ROW_UNREADABLE);
    cr_expect(strstr(err.message, "longer than a row can be"), "%s", err.message);
}

Test(audit_export, that_is_not_there_has_no_flaw)
{
    struct audit_report report;
    struct error err = {0};
    cr_expect_not(verify("/nonexistent/export.jsonl", NULL, &report, &err));
    cr_expect_eq(err.kind, ERROR_NOT_FOUND);
    cr_expect_eq(report.finding.flaw, AUDIT_SOUND);
    cr_expect_not(verify("tests/golden/audit/export.jsonl", "/nonexistent/c", &report, &err));
    cr_expect_eq(err.kind, ERROR_NOT_FOUND);
}
