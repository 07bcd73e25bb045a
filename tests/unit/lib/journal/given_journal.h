/* A journal in the test's folder, and the records every journal test writes into one. */
#pragma once

#include "lib/journal/journal.h"
#include "tests/unit/lib/journal/fresh_folder.h"

static inline struct journal *
given_journal(size_t max_segment_bytes)
{
    struct journal_options options = {
        .max_record_bytes = 100000, .max_segment_bytes = max_segment_bytes, .max_total_bytes = 1 << 20};
    struct journal *journal = NULL;
    cr_assert(journal_open(arena, folder, &options, &journal, &err), "%s", err.message);
    return journal;
}

/* Record number n is n + 1 times the same letter, "a" for 0: of every small size, and known by its number. */
static inline struct text
record_of(uint64_t number)
{
    size_t length = (size_t)(number % 50) + 1;
    char *bytes = arena_alloc(arena, length);
    memset(bytes, 'a' + (int)(number % 26), length);
    return (struct text){bytes, length};
}

static inline void
append_records(struct journal *journal, int count)
{
    for (int i = 0; i < count; i++)
        cr_assert(journal_append(journal, record_of(journal_next_number(journal)), &err), "%s", err.message);
    cr_assert(journal_write(journal, &err), "%s", err.message);
}

static inline struct journal_reader *
given_reader(uint64_t from)
{
    struct journal_reader *reader = NULL;
    cr_assert(journal_reader_open(arena, folder, from, &reader, &err), "%s", err.message);
    return reader;
}

/* Every record until the end must be the one of its number, in order from `from`. Returns the number after
 * the last. */
static inline uint64_t
read_records(uint64_t from)
{
    struct journal_reader *reader = given_reader(from);
    uint64_t expected = from;
    uint64_t number;
    struct text record;
    while (journal_reader_next(reader, &number, &record, &err)) {
        cr_assert_eq(number, expected);
        cr_assert(text_equals(record, record_of(number)), "record %d is \"%.*s\"", (int)number,
                  TEXT_ARG(record));
        expected++;
    }
    cr_assert_eq(err.kind, ERROR_NONE, "%s", err.message);
    journal_reader_close(reader);
    return expected;
}
