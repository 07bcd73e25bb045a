/* Chains: what appending gives, and that no change of any byte, row or order passes, whoever's row is blamed.
 */
#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "tests/unit/api/audit/given.h"

TestSuite(audit_chain, .init = given_fresh_arena, .fini = end_arena);

static struct audit_verdict
verdict_on(const struct text *lines, size_t count, size_t *out_sound, struct error *err)
{
    struct audit_chain chain = {0};
    struct audit_verdict verdict = {0};
    scoped_arena struct arena *scratch = arena_new(65536);
    for (*out_sound = 0; *out_sound < count; (*out_sound)++) {
        arena_reset(scratch);
        if (!audit_chain_verify(scratch, &chain, lines[*out_sound], &verdict, err))
            break;
    }
    return verdict;
}

static void
expect_flaw(const struct given_log *log, enum audit_flaw flaw, size_t sound, const char *words)
{
    struct error err = {0};
    size_t found = 0;
    struct audit_verdict verdict = verdict_on(log->lines, log->count, &found, &err);
    cr_expect_eq(verdict.flaw, flaw, "%s", err.message);
    cr_expect_eq(found, sound, "after %zu rows: %s", found, err.message);
    cr_expect(strstr(err.message, words), "%s", err.message);
}

Test(audit_chain, verifies_what_it_appended)
{
    expect_flaw(given_log(40), AUDIT_SOUND, 40, "");
}

Test(audit_chain, agrees_with_hashes_made_by_python)
{
    struct text rest = given_golden("export.jsonl");
    struct audit_chain read = {0}, written = {0};
    while (rest.length > 0) {
        struct text line = text_cut(&rest, '\n');
        struct audit_row row;
        struct audit_verdict verdict;
        struct error err = {0};
        cr_assert(audit_chain_verify(test_arena, &read, line, &verdict, &err), "%s", err.message);
        cr_assert(audit_row_parse(test_arena, line, &row, NULL));
        cr_assert(audit_chain_append(test_arena, &written, &row, NULL));
        cr_expect(text_equals(audit_row_print(test_arena, &row), line));
    }
    cr_expect_eq(read.seq, 12);
    cr_expect(merkle_hash_equals(&read.hash, &written.hash));
}

Test(audit_chain, appends_no_row_that_could_not_be_read)
{
    struct audit_chain chain = {0};
    struct audit_row row = given_row(1);
    struct error err = {0};
    char *words = arena_alloc(test_arena, 1025);
    memset(words, 'x', 1025);
    row.reason = (struct text){words, 1025};

    cr_expect_not(audit_chain_append(test_arena, &chain, &row, &err));

    cr_expect(strstr(err.message, "reason"), "%s", err.message);
    cr_expect_eq(chain.seq, 0);
    chain.seq = AUDIT_ROW_MAX_SEQ;
    row = given_row(1);
    cr_expect_not(audit_chain_append(test_arena, &chain, &row, &err), "numbers end where JSON's do");
}

static bool
is_whole(const struct audit_row *row)
{
    return row->seq > 0;
}

/* A byte of a row that is changed is found, and it is that row that is named. A flip that only changes how a
 * character is escaped does not exist in these rows. */
Test(audit_chain, names_the_row_of_which_any_bit_is_flipped)
{
    struct given_log *log = given_log(4);
    for (size_t row = 0; row < log->count; row++) {
        struct text line = log->lines[row];
        for (size_t bit = 0; bit < line.length * 8; bit++) {
            char *changed = arena_copy(test_arena, line.bytes, line.length);
            changed[bit / 8] = (char)(changed[bit / 8] ^ (1 << bit % 8));
            log->lines[row] = (struct text){changed, line.length};
            struct error err = {0};
            size_t sound = 0;
            struct audit_verdict verdict = verdict_on(log->lines, log->count, &sound, &err);
            cr_assert(verdict.flaw == AUDIT_ROW_CHANGED || verdict.flaw == AUDIT_ROW_UNREADABLE);
            cr_assert_eq(sound, row, "bit %zu of row %zu: %s", bit, row + 1, err.message);
        }
        log->lines[row] = line;
    }
}

static void
remove_row(struct given_log *log, size_t at)
{
    memmove(&log->lines[at], &log->lines[at + 1], (log->count - at - 1) * sizeof(log->lines[0]));
    log->count--;
}

static void
insert_row(struct given_log *log, size_t at, struct text line)
{
    memmove(&log->lines[at + 1], &log->lines[at], (log->count - at) * sizeof(log->lines[0]));
    log->lines[at] = line;
    log->count++;
}

Test(audit_chain, misses_every_row_that_is_removed)
{
    for (size_t at = 0; at < 9; at++) { /* the last one is a checkpoint's to miss */
        struct given_log *log = given_log(10);
        remove_row(log, at);
        char words[64];
        (void)snprintf(words, sizeof(words), "row %zu is missing before it", at + 1);
        expect_flaw(log, AUDIT_ROW_OUT_OF_ORDER, at, words);
    }
    struct given_log *log = given_log(10);
    remove_row(log, 3);
    remove_row(log, 3);
    expect_flaw(log, AUDIT_ROW_OUT_OF_ORDER, 3, "rows 4 to 5 are missing before it");
}

Test(audit_chain, finds_every_row_that_is_doubled_or_moved)
{
    for (size_t at = 0; at < 9; at++) {
        struct given_log *log = given_log(10);
        insert_row(log, at + 1, log->lines[at]);
        expect_flaw(log, AUDIT_ROW_OUT_OF_ORDER, at + 1, "put in, moved or doubled");

        log = given_log(10);
        struct text moved = log->lines[at];
        log->lines[at] = log->lines[at + 1];
        log->lines[at + 1] = moved;
        expect_flaw(log, AUDIT_ROW_OUT_OF_ORDER, at, "is missing before it");
    }
}

/* Who puts a row in must give it a hash that fits, and then the row that stood there does not follow. */
Test(audit_chain, finds_a_forged_row_behind_which_the_real_ones_stay)
{
    struct given_log *log = given_log(10), *forged = given_rewritten_log(5, 5);
    insert_row(log, 4, forged->lines[4]);
    expect_flaw(log, AUDIT_ROW_OUT_OF_ORDER, 5, "row 6 is expected here");

    log = given_log(10);
    log->lines[4] = forged->lines[4];
    expect_flaw(log, AUDIT_ROW_UNLINKED, 5, "one of the two was replaced");
}

Test(audit_chain, starts_with_row_1_and_64_zeros)
{
    struct given_log *log = given_log(3);
    remove_row(log, 0);
    expect_flaw(log, AUDIT_ROW_OUT_OF_ORDER, 0, "row 1 is missing before it");

    struct audit_chain elsewhere = {.hash = {{1}}};
    struct audit_row row = given_row(1);
    cr_assert(audit_chain_append(test_arena, &elsewhere, &row, NULL));
    log->lines[0] = audit_row_print(test_arena, &row);
    expect_flaw(log, AUDIT_ROW_UNLINKED, 0, "64 zeros");
}

Test(audit_chain, only_mentions_time_that_goes_back)
{
    static const int64_t back_ms[] = {-1000, 0, AUDIT_MAX_SKEW_MS, AUDIT_MAX_SKEW_MS + 1};
    for (size_t i = 0; i < COUNT_OF(back_ms); i++) {
        struct audit_chain chain = {0}, read = {0};
        struct audit_row first = given_row(1), second = given_row(2);
        struct audit_verdict verdict;
        second.time_ms = first.time_ms - back_ms[i];
        cr_assert(audit_chain_append(test_arena, &chain, &first, NULL) &&
                  audit_chain_append(test_arena, &chain, &second, NULL) && is_whole(&second));

        cr_assert(audit_chain_verify(test_arena, &read, audit_row_print(test_arena, &first), &verdict, NULL));
        cr_expect_eq(verdict.back_ms, 0);
        cr_assert(
            audit_chain_verify(test_arena, &read, audit_row_print(test_arena, &second), &verdict, NULL));
        cr_expect_eq(verdict.back_ms, back_ms[i] > AUDIT_MAX_SKEW_MS ? back_ms[i] : 0);
    }
}

Test(audit_chain, reads_no_row_that_says_something_twice_or_something_unknown)
{
    struct given_log *log = given_log(1);
    struct text line = log->lines[0];
    log->lines[0] = text_format(test_arena, "%.*s,\"seq\":1}", (int)line.length - 1, line.bytes);
    expect_flaw(log, AUDIT_ROW_UNREADABLE, 0, "twice");
    log->lines[0] = text_format(test_arena, "%.*s,\"severity\":1}", (int)line.length - 1, line.bytes);
    expect_flaw(log, AUDIT_ROW_UNREADABLE, 0, "severity");
    log->lines[0] = (struct text){0};
    expect_flaw(log, AUDIT_ROW_UNREADABLE, 0, "no audit row");
}

/* What is a JSON tool's to change does not matter: blanks, and the order of members. */
Test(audit_chain, reads_rows_that_were_printed_differently)
{
    struct given_log *log = given_log(2);
    struct text line = log->lines[0];
    struct text moved = text_slice(line, 1, line.length - 1); /* without its braces */
    ptrdiff_t at = text_find(moved, TEXT(",\"hash\""));
    log->lines[0] = text_format(test_arena, " { %.*s , %.*s } \r", (int)(moved.length - (size_t)at - 1),
                                moved.bytes + at + 1, (int)at, moved.bytes);
    expect_flaw(log, AUDIT_SOUND, 2, "");
}
