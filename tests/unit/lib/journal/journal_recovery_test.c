/* What is left after crashes and bad disks: a segment cut at every byte, and with every byte spoilt. */
#include "tests/unit/lib/journal/given_journal.h"

#define RECORDS 6

TestSuite(journal_recovery, .init = begin, .fini = end);

static struct text
given_segment(void)
{
    struct journal *journal = given_journal(1 << 20);
    append_records(journal, RECORDS);
    journal_close(journal);
    return load_file(FIRST_SEGMENT);
}

/* How many whole records the first `length` bytes of a segment hold, and where the last one ends. */
static uint64_t
count_whole(size_t length, size_t *out_end)
{
    size_t at = 16;
    uint64_t count = 0;
    while (count < RECORDS && at + 8 + record_of(count).length <= length)
        at += 8 + record_of(count++).length;
    *out_end = at;
    return count;
}

Test(journal_recovery, keeps_every_whole_record_wherever_the_file_is_cut)
{
    struct text segment = given_segment();
    for (size_t cut = 16; cut <= segment.length; cut++) {
        size_t whole_end;
        uint64_t whole = count_whole(cut, &whole_end);
        empty_folder();
        store_file(FIRST_SEGMENT, text_slice(segment, 0, cut));
        cr_assert_eq(read_records(0), whole, "unrecovered, cut at %zu", cut);

        struct journal *journal = given_journal(1 << 20);

        cr_assert_eq(journal_next_number(journal), whole, "cut at %zu", cut);
        cr_assert_eq(journal_torn_bytes(journal), cut - whole_end, "cut at %zu", cut);
        cr_assert_eq(has_file(FIRST_SEGMENT ".torn"), cut > whole_end, "cut at %zu", cut);
        if (cut > whole_end)
            cr_assert(text_equals(load_file(FIRST_SEGMENT ".torn"), text_slice(segment, whole_end, cut)));
        append_records(journal, 2);
        cr_assert_eq(read_records(0), whole + 2, "cut at %zu", cut);
        journal_close(journal);
    }
}

Test(journal_recovery, begins_a_segment_again_whose_header_is_torn)
{
    struct text segment = given_segment();
    for (size_t cut = 0; cut < 16; cut++) {
        empty_folder();
        store_file(FIRST_SEGMENT, text_slice(segment, 0, cut));
        cr_assert_eq(read_records(0), 0);

        struct journal *journal = given_journal(1 << 20);
        append_records(journal, 2);

        cr_assert_eq(read_records(0), 2, "cut at %zu", cut);
        journal_close(journal);
    }
}

Test(journal_recovery, keeps_nothing_aside_of_a_tail_of_zeros)
{
    struct text segment = given_segment();
    struct text zeros = {arena_alloc(arena, 5000), 5000};
    struct text parts[] = {segment, zeros};
    store_file(FIRST_SEGMENT, text_join(arena, &(struct text_list){parts, 2}, TEXT("")));
    cr_assert_eq(read_records(0), RECORDS);

    struct journal *journal = given_journal(1 << 20);

    cr_assert_eq(journal_torn_bytes(journal), 5000);
    cr_assert_not(has_file(FIRST_SEGMENT ".torn"));
    append_records(journal, 1);
    cr_assert_eq(read_records(0), RECORDS + 1);
}

/* Reads all there is, going on behind damage; counts the records, each of which must be the one of its
 * number. */
static uint64_t
count_readable(uint64_t *out_failures)
{
    struct journal_reader *reader = given_reader(0);
    uint64_t count = 0;
    uint64_t number;
    struct text record;
    *out_failures = 0;
    do {
        while (journal_reader_next(reader, &number, &record, &err)) {
            cr_assert(text_equals(record, record_of(number)), "record %d is \"%.*s\"", (int)number,
                      TEXT_ARG(record));
            count++;
        }
        *out_failures += err.kind != ERROR_NONE;
    } while (err.kind != ERROR_NONE && *out_failures < 100);
    journal_reader_close(reader);
    return count;
}

Test(journal_recovery, never_reads_a_spoilt_record_and_never_loses_a_byte)
{
    struct text segment = given_segment();
    for (size_t at = 16; at < segment.length; at++) {
        char *spoilt = arena_copy(arena, segment.bytes, segment.length);
        spoilt[at] ^= (char)(1 << at % 8);
        empty_folder();
        store_file(FIRST_SEGMENT, (struct text){spoilt, segment.length});
        uint64_t failures;
        cr_assert_lt(count_readable(&failures), RECORDS, "byte %zu", at);

        struct journal *journal = given_journal(1 << 20);

        size_t kept = load_file(FIRST_SEGMENT).length;
        size_t aside = has_file(FIRST_SEGMENT ".torn") ? load_file(FIRST_SEGMENT ".torn").length : 0;
        cr_assert_eq(kept + aside, segment.length, "byte %zu", at);
        uint64_t before = count_readable(&failures);
        append_records(journal, 1);
        cr_assert_eq(count_readable(&failures), before + 1, "byte %zu", at);
        journal_close(journal);
    }
}

Test(journal_recovery, keeps_the_records_behind_a_spoilt_one)
{
    struct text segment = given_segment();
    char *spoilt = arena_copy(arena, segment.bytes, segment.length);
    spoilt[16 + 8] ^= 1; /* the first record's only byte */
    store_file(FIRST_SEGMENT, (struct text){spoilt, segment.length});

    struct journal *journal = given_journal(1 << 20);

    cr_assert_eq(journal_next_number(journal), RECORDS);
    cr_assert_eq(journal_torn_bytes(journal), 0);
    uint64_t failures;
    cr_assert_eq(count_readable(&failures), RECORDS - 1);
    cr_assert_eq(failures, 1);
}

Test(journal_recovery, keeps_both_tails_of_a_segment_torn_twice)
{
    struct text segment = given_segment();
    store_file(FIRST_SEGMENT, text_slice(segment, 0, segment.length - 1));
    journal_close(given_journal(1 << 20));
    size_t first_tail = load_file(FIRST_SEGMENT ".torn").length;
    struct text again = load_file(FIRST_SEGMENT);
    store_file(FIRST_SEGMENT, text_slice(again, 0, again.length - 1));

    journal_close(given_journal(1 << 20));

    cr_assert_gt(load_file(FIRST_SEGMENT ".torn").length, first_tail);
}
