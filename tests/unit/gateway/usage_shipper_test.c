/* The gateway's side of the stream to the ledger, over a real socket, from a real journal. */
#include "gateway/usage_shipper.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "gateway/gateway.h"
#include "gateway/ledger_link.h"
#include "gateway/usage_log.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/journal/journal.h"
#include "lib/net/loop.h"
#include "tests/support/played_ledger.h"

enum { LOOK_MS = 1 };

static struct played_ledger ledger;
static struct arena *arena;
static struct loop *loop;
static struct gateway gateway;
static struct ledger_link *dialled;
static struct usage_shipper *shipper;
static struct loop_timer *looking;
static bool (*is_over)(size_t wanted);
static size_t wanted_count;
static char folder[] = "/tmp/weir-test-XXXXXX";
static const char *socket_path, *journal_folder;

static void
look(void *owner)
{
    (void)owner;
    if (is_over(wanted_count))
        loop_stop(loop);
    else
        loop_timer_start(looking, LOOK_MS);
}

/* The suite's time is the bound. */
static void
until(bool (*condition)(size_t wanted), size_t wanted)
{
    is_over = condition;
    wanted_count = wanted;
    loop_timer_start(looking, 0);
    loop_run(loop);
}

static bool
has_heard(size_t wanted)
{
    return ledger.heard_count >= wanted;
}

static bool
has_closed(size_t wanted)
{
    return ledger.close_count >= wanted;
}

static bool
is_synced(size_t wanted)
{
    return usage_log_synced_number(gateway.usage_log) >= wanted;
}

static bool
has_backlog_of(size_t wanted)
{
    return usage_shipper_backlog(shipper) == (int64_t)wanted;
}

static void
open_log(void)
{
    struct error err = {0};
    cr_assert(usage_log_open(arena, loop, journal_folder, &gateway.usage_log, &err), "%s", err.message);
}

static void
given_ledger(void)
{
    arena = arena_new(0);
    loop = loop_new(arena);
    looking = loop_timer_new(loop, arena, look, NULL);
    cr_assert_not_null(mkdtemp(folder));
    socket_path = text_c_string(arena, text_format(arena, "%s/ledger.sock", folder));
    journal_folder = text_c_string(arena, text_format(arena, "%s/journal", folder));
    cr_assert_eq(mkdir(journal_folder, 0700), 0);
    played_ledger_start(&ledger, arena, loop, socket_path);
    gateway = (struct gateway){
        .site.loop = loop, .workspace = TEXT("demo"), .environment = TEXT("dev"), .name = TEXT("demo-dev-0")};
}

static void
end_ledger(void)
{
    if (shipper) {
        ledger_link_close(dialled);
        usage_shipper_close(shipper);
    }
    if (gateway.usage_log)
        usage_log_close(gateway.usage_log);
    played_ledger_end(&ledger);
    DIR *directory = opendir(journal_folder);
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    rmdir(journal_folder);
    unlink(socket_path);
    rmdir(folder);
    arena_free(arena);
}

TestSuite(usage_shipper, .init = given_ledger, .fini = end_ledger, .timeout = 60);

static void
on_written(void *owner, bool is_written)
{
    (void)owner;
    cr_assert(is_written);
}

/* Records {"n":0}, {"n":1}, ...: each is its number. Returns when the disk has them. */
static void
given_records(size_t count)
{
    if (!gateway.usage_log)
        open_log();
    size_t first = usage_log_next_number(gateway.usage_log);
    struct usage_hold *holds = arena_alloc_array(arena, count, sizeof(*holds));
    for (size_t i = 0; i < count; i++) {
        holds[i].on_written = on_written;
        usage_log_add(gateway.usage_log, text_format(arena, "{\"n\":%zu}", first + i), &holds[i]);
    }
    until(is_synced, first + count);
}

static void
start_shipper(void)
{
    if (!gateway.usage_log)
        open_log();
    dialled = ledger_link_start(arena, &gateway, &(struct ledger_link_options){.address = socket_path});
    const struct usage_shipper_options options = {
        .link = dialled, .journal_folder = journal_folder, .metrics = metrics_new(arena)};
    shipper = usage_shipper_start(arena, &gateway, &options);
}

static const struct ledger_frame *
next_frame(enum ledger_frame_type type)
{
    until(has_heard, ledger.heard_count + 1);
    const struct ledger_frame *frame = &ledger.heard[ledger.heard_count - 1];
    cr_assert_eq(frame->type, type, "a %s came", ledger_frame_type_names[frame->type]);
    return frame;
}

static void
say(const struct ledger_frame *frame)
{
    played_ledger_say(&ledger, frame);
}

static void
say_welcome(int64_t next)
{
    say(&(struct ledger_frame){.type = LEDGER_WELCOME, .welcome = {.next = next}});
}

static void
say_ack(int64_t next)
{
    say(&(struct ledger_frame){.type = LEDGER_ACK, .ack = {.next = next}});
}

static void
expect_usage(int64_t first, int64_t count, const char *records)
{
    const struct ledger_frame *frame = next_frame(LEDGER_USAGE);
    cr_assert_eq(frame->usage.first, first, "first %lld", (long long)frame->usage.first);
    cr_assert_eq(frame->usage.count, count, "count %lld", (long long)frame->usage.count);
    cr_assert(text_equals(frame->records, text_of(records)), "%.*s", TEXT_ARG(frame->records));
}

Test(usage_shipper, says_whose_journal_it_brings)
{
    start_shipper();
    const struct ledger_hello *hello = &next_frame(LEDGER_HELLO)->hello;
    cr_assert(text_equals(hello->workspace, TEXT("demo")));
    cr_assert(text_equals(hello->environment, TEXT("dev")));
    cr_assert(text_equals(hello->gateway, TEXT("demo-dev-0")));
    cr_assert(text_equals(hello->journal, usage_log_id(gateway.usage_log)));
}

Test(usage_shipper, brings_records_in_their_order_and_then_those_that_come)
{
    given_records(3);
    start_shipper();
    next_frame(LEDGER_HELLO);
    cr_assert_eq(usage_shipper_backlog(shipper), 3);
    say_welcome(0);
    expect_usage(0, 3, "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n");
    say_ack(3);
    until(has_backlog_of, 0);
    given_records(1);
    if (!has_heard(3))
        expect_usage(3, 1, "{\"n\":3}\n");
    cr_assert_eq(ledger.heard[2].usage.first, 3);
}

Test(usage_shipper, sends_nothing_more_before_the_ack)
{
    given_records(1);
    start_shipper();
    next_frame(LEDGER_HELLO);
    say_welcome(0);
    expect_usage(0, 1, "{\"n\":0}\n");
    for (size_t i = 0; i < 3; i++)
        given_records(1);
    cr_assert_eq(ledger.heard_count, 2, "more came");
    cr_assert_eq(usage_shipper_backlog(shipper), 4);
    say_ack(1);
    expect_usage(1, 3, "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
}

Test(usage_shipper, cuts_what_it_brings_into_batches)
{
    given_records(LEDGER_MAX_BATCH_RECORDS + 1);
    start_shipper();
    next_frame(LEDGER_HELLO);
    say_welcome(0);
    cr_assert_eq(next_frame(LEDGER_USAGE)->usage.count, LEDGER_MAX_BATCH_RECORDS);
    say_ack(LEDGER_MAX_BATCH_RECORDS);
    expect_usage(LEDGER_MAX_BATCH_RECORDS, 1, "{\"n\":2000}\n");
}

Test(usage_shipper, goes_on_after_a_lost_stream_where_the_ledger_says)
{
    given_records(3);
    start_shipper();
    next_frame(LEDGER_HELLO);
    say_welcome(0);
    next_frame(LEDGER_USAGE);
    played_ledger_hang_up(&ledger); /* it may have kept them all, some or none */
    next_frame(LEDGER_HELLO);
    say_welcome(2);
    expect_usage(2, 1, "{\"n\":2}\n");
    say_welcome(1); /* a batch that began elsewhere is answered so */
    expect_usage(1, 2, "{\"n\":1}\n{\"n\":2}\n");
    say_ack(3);
    until(has_backlog_of, 0);
    cr_assert_eq(ledger.close_count, 1);
}

Test(usage_shipper, ends_a_stream_that_knows_more_records_than_there_are)
{
    given_records(2);
    start_shipper();
    next_frame(LEDGER_HELLO);
    int log = memfd_create("log", MFD_CLOEXEC);
    log_configure(log, LOG_INFO, "test");
    say_welcome(3);
    until(has_closed, 1);
    log_flush();
    char lines[4096] = "";
    cr_assert(pread(log, lines, sizeof(lines) - 1, 0) > 0);
    cr_assert(strstr(lines, "was the state folder put back to an older copy?"), "%s", lines);
    next_frame(LEDGER_HELLO);
    cr_assert_eq(usage_shipper_backlog(shipper), 2, "nothing is dropped for it");
    say_welcome(2);
    until(has_backlog_of, 0);
}

Test(usage_shipper, ends_a_stream_that_says_what_does_not_belong_there)
{
    static const struct ledger_frame frames[] = {
        {.type = LEDGER_ACK, .ack = {.next = 2}},
        {.type = LEDGER_ACK, .ack = {.next = 0}},
        {.type = LEDGER_REFUSE, .refuse = {.reason = TEXT("no more")}},
        {.type = LEDGER_HELLO,
         .hello = {.workspace = TEXT("w"),
                   .environment = TEXT("e"),
                   .gateway = TEXT("g"),
                   .journal = TEXT("01KB7D0000ABCDEFGHJKMNPQRA")}},
    };
    given_records(1);
    start_shipper();
    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        next_frame(LEDGER_HELLO);
        say_welcome(0);
        expect_usage(0, 1, "{\"n\":0}\n");
        say(&frames[i]);
        until(has_closed, i + 1);
    }
    next_frame(LEDGER_HELLO);
    cr_assert_eq(usage_shipper_backlog(shipper), 1);
}

/* The first byte of record `number`, all of which are as long as the first: {"n":0}. */
static void
spoil_record(int number)
{
    enum { SEGMENT_HEAD_BYTES = 16, FRAME_HEAD_BYTES = 8, RECORD_BYTES = 7 };
    const char *path =
        text_c_string(arena, text_format(arena, "%s/00000000000000000000.log", journal_folder));
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    off_t at = SEGMENT_HEAD_BYTES + (FRAME_HEAD_BYTES + RECORD_BYTES) * number + FRAME_HEAD_BYTES;
    cr_assert(fd >= 0 && pwrite(fd, "!", 1, at) == 1);
    close(fd);
}

Test(usage_shipper, brings_null_for_a_record_that_the_disk_has_spoilt)
{
    given_records(4);
    spoil_record(1);
    start_shipper();
    next_frame(LEDGER_HELLO);
    say_welcome(0);
    expect_usage(0, 4, "{\"n\":0}\nnull\n{\"n\":2}\n{\"n\":3}\n");
}

Test(usage_shipper, does_not_count_a_spoilt_record_that_the_ledger_has_already)
{
    given_records(4);
    spoil_record(1);
    start_shipper();
    next_frame(LEDGER_HELLO);
    say_welcome(2);
    expect_usage(2, 2, "{\"n\":2}\n{\"n\":3}\n");
}

/* As where the ledger's database was put back to an older copy. */
Test(usage_shipper, keeps_the_numbers_of_records_whose_elders_are_gone)
{
    const struct journal_options small = {
        .max_record_bytes = 1024, .max_segment_bytes = 1, .max_total_bytes = 1 << 20};
    struct error err = {0};
    struct journal *journal;
    cr_assert(journal_open(arena, journal_folder, &small, &journal, &err), "%s", err.message);
    for (int i = 0; i < 4; i++) {
        cr_assert(journal_append(journal, text_format(arena, "{\"n\":%d}", i), &err), "%s", err.message);
        cr_assert(journal_write(journal, &err) && journal_sync(journal, &err), "%s", err.message);
    }
    for (int i = 0; i < 2; i++) {
        int fd;
        cr_assert(journal_drop(journal, 2, &fd, &err) && fd >= 0, "%s", err.message);
        close(fd);
    }
    journal_close(journal);
    open_log();
    until(is_synced, 4);
    start_shipper();
    next_frame(LEDGER_HELLO);
    say_welcome(0);
    expect_usage(0, 4, "null\nnull\n{\"n\":2}\n{\"n\":3}\n");
}
