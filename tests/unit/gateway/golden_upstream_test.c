/* tests/golden/upstream/CASE: config.json and request.http give upstream.http, byte for byte.
 *
 * "@" stands for the provider's address; the random ids of traceparent and our version are masked. With
 * WEIR_UPDATE_GOLDEN=1 in the environment the expected files are written instead: read the diff before
 * committing it. */
#include <criterion/criterion.h>
#include <dirent.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "tests/support/gateway_harness.h"

#define CASES "tests/golden/upstream"
#define OK_REPLY "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

enum { MAX_BYTES = 65536, MASKED_BYTES = 55 };

static struct arena *arena;

static struct text
load(const char *folder, const char *name)
{
    struct text contents;
    struct error err;
    const char *path = text_c_string(arena, text_format(arena, CASES "/%s/%s", folder, name));
    cr_assert(file_read(arena, path, MAX_BYTES, &contents, &err), "%s", err.message);
    return contents;
}

/* Cases are written with plain line ends in their heads; on the wire each is CR LF. */
static const char *
as_sent(struct text request)
{
    struct buffer out;
    buffer_init(&out, arena, request.length * 2);
    ptrdiff_t head_end = text_find(request, TEXT("\n\n"));
    cr_assert_geq(head_end, 0);
    struct text body = text_slice(request, (size_t)head_end + 2, request.length);
    struct text head = text_slice(request, 0, (size_t)head_end);
    if (text_ends_with(body, TEXT("\n")))
        body.length--;
    while (head.bytes) {
        buffer_add_text(&out, text_cut(&head, '\n'));
        buffer_add_text(&out, TEXT("\r\n"));
    }
    buffer_print(&out, "Content-Length: %zu\r\nConnection: close\r\n\r\n", body.length);
    buffer_add_text(&out, body);
    return text_c_string(arena, buffer_text(&out));
}

static struct text
masked(struct text message)
{
    struct buffer out;
    buffer_init(&out, arena, message.length + 64);
    while (message.bytes) {
        struct text line = text_cut(&message, '\n');
        if (text_ends_with(line, TEXT("\r")))
            line.length--;
        if (text_starts_with(line, TEXT("traceparent: "))) {
            cr_assert_eq(line.length, sizeof("traceparent: ") - 1 + MASKED_BYTES);
            line = TEXT("traceparent: 00-TRACE-SPAN-01");
        } else if (text_starts_with(line, TEXT("User-Agent: weir/"))) {
            line = TEXT("User-Agent: weir/VERSION");
        } else if (text_starts_with(line, TEXT("Host: 127.0.0.1:"))) {
            line = TEXT("Host: @");
        }
        buffer_add_text(&out, line);
        buffer_add_byte(&out, '\n');
    }
    return buffer_text(&out);
}

static void
run_case(const char *folder)
{
    struct harness *harness = harness_start(text_c_string(arena, load(folder, "config.json")));
    harness_provider_says(harness, OK_REPLY);
    harness_ask(harness, as_sent(load(folder, "request.http")));
    cr_assert_eq(harness_provider_requests(harness), 1, "%s: nothing reached the provider", folder);
    struct text got = masked(harness_provider_got(harness, 0));

    struct error err;
    const char *path = text_c_string(arena, text_format(arena, CASES "/%s/upstream.http", folder));
    if (getenv("WEIR_UPDATE_GOLDEN"))
        cr_assert(file_write_atomic(path, got, 0644, &err), "%s", err.message);
    else
        cr_expect(text_equals(got, load(folder, "upstream.http")), "%s:\n%.*s", folder, TEXT_ARG(got));
    harness_end(harness);
}

Test(golden_upstream, every_case_sends_exactly_what_is_written_down)
{
    arena = arena_new(0);
    DIR *cases = opendir(CASES);
    cr_assert_not_null(cases, "run from the root of the repository");
    int count = 0;
    for (struct dirent *entry; (entry = readdir(cases));) {
        if (entry->d_name[0] == '.')
            continue;
        run_case(entry->d_name);
        count++;
    }
    closedir(cases);
    cr_assert_gt(count, 0);
    arena_free(arena);
}
