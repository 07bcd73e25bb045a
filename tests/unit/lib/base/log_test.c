/* Log lines: one valid JSON object each, all of them, through a pipe nobody reads in time. */
#include "lib/base/log.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "tests/unit/lib/base/expect_text.h"

/* What was logged to a file since it was opened. */
static struct text
written_to(struct arena *arena, int fd)
{
    struct buffer buffer;
    buffer_init(&buffer, arena, 0);
    cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
    ssize_t got;
    while ((got = read(fd, buffer_reserve(&buffer, 65536), 65536)) > 0)
        buffer_grew(&buffer, (size_t)got);
    return buffer_text(&buffer);
}

static int
log_file(enum log_level level)
{
    FILE *file = tmpfile();
    cr_assert_not_null(file);
    int fd = dup(fileno(file));
    cr_assert_geq(fd, 0);
    (void)fclose(file);
    log_configure(fd, level, "weir-test");
    clock_freeze(0, 1700000000123);
    return fd;
}

Test(log, writes_an_event_and_its_typed_fields_as_one_json_line)
{
    scoped_arena struct arena *arena = arena_new(0);
    int fd = log_file(LOG_INFO);
    log_warn("provider_failed", LOG_STRING("provider", "openai"), LOG_INT("status", 502), LOG_MS("took", 31),
             LOG_BOOL("retried", true));
    log_flush();
    expect_text(written_to(arena, fd),
                "{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"warn\",\"program\":\"weir-test\","
                "\"event\":\"provider_failed\",\"provider\":\"openai\",\"status\":502,\"took_ms\":31,"
                "\"retried\":true}\n");
    (void)close(fd);
}

Test(log, needs_no_fields)
{
    scoped_arena struct arena *arena = arena_new(0);
    int fd = log_file(LOG_DEBUG);
    log_debug("started");
    log_flush();
    struct text line = written_to(arena, fd);
    cr_assert(
        text_ends_with(line, TEXT("\"level\":\"debug\",\"program\":\"weir-test\",\"event\":\"started\"}\n")));
    (void)close(fd);
}

Test(log, escapes_what_people_send)
{
    scoped_arena struct arena *arena = arena_new(0);
    int fd = log_file(LOG_INFO);
    log_info("said", LOG_TEXT("words", ((struct text){"a\"\n\0\xFF", 5})), LOG_INT("least", INT64_MIN));
    log_flush();
    struct text line = written_to(arena, fd);
    cr_assert(text_ends_with(
        line, TEXT("\"words\":\"a\\\"\\n\\u0000\xEF\xBF\xBD\",\"least\":-9223372036854775808}\n")));
    (void)close(fd);
}

Test(log, leaves_out_what_is_below_its_level)
{
    scoped_arena struct arena *arena = arena_new(0);
    int fd = log_file(LOG_WARN);
    log_debug("no");
    log_info("no");
    log_warn("yes");
    log_error("yes");
    log_flush();
    struct text rest = written_to(arena, fd);
    cr_assert_eq(text_find(rest, TEXT("\"no\"")), -1);
    size_t lines = 0;
    while (rest.bytes && text_cut(&rest, '\n').length > 0)
        lines++;
    cr_assert_eq(lines, 2);

    log_configure(fd, LOG_OFF, "weir-test");
    log_error("silent");
    log_flush();
    cr_assert_eq(text_find(written_to(arena, fd), TEXT("silent")), -1);
    (void)close(fd);
}

Test(log, waits_for_a_flush_but_loses_nothing_when_full)
{
    scoped_arena struct arena *arena = arena_new(0);
    int fd = log_file(LOG_INFO);
    log_info("first");
    cr_assert_eq(written_to(arena, fd).length, 0, "collected, not written");

    struct text words = text_format(arena, "%01000d", 7);
    for (int i = 0; i < 500; i++)
        log_info("many", LOG_TEXT("words", words), LOG_INT("number", i));
    struct text huge = text_format(arena, "%0200000d", 8); /* longer than the whole buffer */
    log_info("huge", LOG_TEXT("words", huge));
    log_flush();

    struct text rest = written_to(arena, fd);
    cr_assert_geq(text_find(text_cut(&rest, '\n'), TEXT("first")), 0);
    for (int i = 0; i < 500; i++) {
        struct text line = text_cut(&rest, '\n');
        cr_assert(text_ends_with(line, text_format(arena, "7\",\"number\":%d}", i)), "line %d", i);
    }
    struct text last = text_cut(&rest, '\n');
    cr_assert_gt(last.length, 200000);
    cr_assert(text_ends_with(last, TEXT("8\"}")));
    cr_assert_eq(rest.length, 0);
    (void)close(fd);
}

Test(log, waits_for_a_slow_reader_of_a_pipe_that_does_not_block)
{
    int ends[2];
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    cr_assert_geq(fcntl(ends[1], F_SETPIPE_SZ, 4096),
                  4096); /* full long before the writer's 64 KiB are in it */
    pid_t writer = fork();
    if (writer == 0) {
        cr_assert_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
        log_configure(ends[1], LOG_INFO, "writer");
        for (int i = 0; i < 5000; i++)
            log_info("line", LOG_INT("number", i));
        log_flush();
        _exit(0);
    }
    (void)close(ends[1]);
    char bytes[1000];
    size_t lines = 0;
    ssize_t got;
    while ((got = read(ends[0], bytes, sizeof(bytes))) > 0)
        for (ssize_t i = 0; i < got; i++)
            lines += bytes[i] == '\n';
    cr_assert_eq(lines, 5000);
    int status = 0;
    cr_assert_eq(waitpid(writer, &status, 0), writer);
    (void)close(ends[0]);
}

Test(log, goes_on_when_nobody_reads_any_more)
{
    int ends[2];
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)close(ends[0]);
    log_configure(ends[1], LOG_INFO, "writer");
    log_info("into the void");
    log_flush();
    (void)close(ends[1]);
}
