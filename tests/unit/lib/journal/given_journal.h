/* A fresh folder for each test, gone after it, and the few things every journal test does with one. */
#pragma once

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/journal/journal.h"

#define FIRST_SEGMENT "00000000000000000000.log"

static struct arena *arena;
static char folder[64];
static struct error err;

static inline const char *
path_of(const char *name)
{
    return text_c_string(arena, text_format(arena, "%s/%s", folder, name));
}

static inline void
empty_folder(void)
{
    DIR *walk = opendir(folder);
    struct dirent *entry;
    while (walk && (entry = readdir(walk)) != NULL)
        unlink(path_of(entry->d_name));
    if (walk)
        closedir(walk);
}

static inline void
begin(void)
{
    arena = arena_new(0);
    err = (struct error){0};
    snprintf(folder, sizeof(folder), "/tmp/weir-journal-test-XXXXXX");
    cr_assert(mkdtemp(folder));
}

static inline void
end(void)
{
    empty_folder();
    rmdir(folder);
    arena_free(arena);
}

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

static inline struct text
load_file(const char *name)
{
    struct buffer bytes;
    int fd = open(path_of(name), O_RDONLY | O_CLOEXEC);
    buffer_init(&bytes, arena, 4096);
    cr_assert_geq(fd, 0, "no file %s", name);
    ssize_t count;
    while ((count = read(fd, buffer_reserve(&bytes, 4096), 4096)) > 0)
        buffer_grew(&bytes, (size_t)count);
    close(fd);
    return buffer_text(&bytes);
}

static inline void
store_file(const char *name, struct text bytes)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, bytes.bytes, bytes.length), (ssize_t)bytes.length);
    close(fd);
}

static inline bool
has_file(const char *name)
{
    return access(path_of(name), F_OK) == 0;
}
