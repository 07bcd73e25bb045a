/* A segment of any bytes: opening it never fails, what is read out of it is framed in it with the right
 * checksum, nothing is thrown away, and it can be written on.
 *
 * A fuzzer does not find checksums, so an input that does not begin with the magic is made into a segment
 * first: a line is a record, and the first four bytes say which byte of the file is spoilt and where it is
 * cut. */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/journal/journal.h"
#include "lib/journal/journal_frame.h"

#define SEGMENT "00000000000000000000.log"

static const char header[16] = "WEIRJNL1";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
static struct text make_segment(struct arena *arena, struct text bytes);
static void make_folder(struct arena *arena, char *folder, size_t size, struct text segment);
static void remove_folder(struct arena *arena, const char *folder);
static size_t file_bytes(struct arena *arena, const char *folder, const char *name);
static uint64_t check_records(struct arena *arena, const char *folder, struct text segment);
static void check_recovery(struct arena *arena, const char *folder, struct text segment);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct text segment = make_segment(arena, (struct text){(const char *)bytes, length});
    char folder[64];

    make_folder(arena, folder, sizeof(folder), segment);
    check_records(arena, folder, segment);
    check_recovery(arena, folder, segment);
    remove_folder(arena, folder);
    return 0;
}

static struct text
make_segment(struct arena *arena, struct text bytes)
{
    if (bytes.length < 4 || text_starts_with(bytes, TEXT("WEIRJNL1")))
        return bytes;

    struct buffer out;
    buffer_init(&out, arena, 64);
    buffer_add(&out, header, sizeof(header));
    struct text lines = text_slice(bytes, 4, bytes.length);
    while (lines.bytes)
        journal_frame_add(&out, text_cut(&lines, '\n'));
    const uint8_t *change = (const uint8_t *)bytes.bytes;
    out.bytes[(change[0] + 256u * change[1]) % out.length] ^= (char)change[2];
    return text_slice(buffer_text(&out), 0, out.length - change[3] % 64);
}

static void
make_folder(struct arena *arena, char *folder, size_t size, struct text segment)
{
    bool has_memory = access("/dev/shm", W_OK) == 0; /* no disk to wait for */
    snprintf(folder, size, "%s/weir-journal-fuzz-XXXXXX", has_memory ? "/dev/shm" : "/tmp");
    char *made = mkdtemp(folder);
    assert(made);
    int fd = open(text_c_string(arena, text_format(arena, "%s/" SEGMENT, folder)), O_WRONLY | O_CREAT, 0600);
    assert(fd >= 0);
    ssize_t written = write(fd, segment.bytes, segment.length);
    assert(written == (ssize_t)segment.length);
    close(fd);
}

static void
remove_folder(struct arena *arena, const char *folder)
{
    static const char *const names[] = {SEGMENT, SEGMENT ".torn", "lock", "id"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        unlink(text_c_string(arena, text_format(arena, "%s/%s", folder, names[i])));
    int removed = rmdir(folder);
    assert(removed == 0); /* and there was nothing else in it */
}

static size_t
file_bytes(struct arena *arena, const char *folder, const char *name)
{
    struct stat status;
    bool is_there = stat(text_c_string(arena, text_format(arena, "%s/%s", folder, name)), &status) == 0;
    return is_there ? (size_t)status.st_size : 0;
}

/* Reads to the end, over damage; returns the number after the last record or damage. */
static uint64_t
check_records(struct arena *arena, const char *folder, struct text segment)
{
    struct journal_reader *reader = NULL;
    struct error err = {0};
    bool is_open = journal_reader_open(arena, folder, 0, &reader, &err);
    assert(is_open);

    uint64_t next = 0;
    uint64_t number;
    struct text record;
    do {
        while (journal_reader_next(reader, &number, &record, &err)) {
            struct buffer frame;
            buffer_init(&frame, arena, 64);
            journal_frame_add(&frame, record);
            assert(number >= next && text_find(segment, buffer_text(&frame)) >= 16);
            next = number + 1;
        }
        assert(err.kind == ERROR_NONE || err.kind == ERROR_INVALID);
    } while (err.kind != ERROR_NONE);
    journal_reader_close(reader);
    return next;
}

static void
check_recovery(struct arena *arena, const char *folder, struct text segment)
{
    struct journal_options options = {1000, 1 << 20, 1 << 24};
    struct journal *journal = NULL;
    struct error err = {0};
    bool is_open = journal_open(arena, folder, &options, &journal, &err);
    assert(is_open);

    size_t torn = journal_torn_bytes(journal);
    size_t aside = file_bytes(arena, folder, SEGMENT ".torn");
    assert(aside == torn || aside == 0);
    assert(torn <= segment.length && file_bytes(arena, folder, SEGMENT) >= segment.length - torn);
    uint64_t next = journal_next_number(journal);
    assert(check_records(arena, folder, segment) == next);

    bool is_written = journal_append(journal, TEXT("one more"), &err) && journal_write(journal, &err);
    assert(is_written);
    journal_close(journal);
    is_open = journal_open(arena, folder, &options, &journal, &err);
    assert(is_open && journal_next_number(journal) == next + 1 && journal_torn_bytes(journal) == 0);
    journal_close(journal);
}
