#include "api/cli/batch/batch_record.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

#include "api/cli/batch/batch_line.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"

static struct arena *arena;
static char folder[64];

static void
given_a_folder(void)
{
    arena = arena_new(0);
    snprintf(folder, sizeof(folder), "/tmp/weir-batch-XXXXXX");
    cr_assert(mkdtemp(folder));
}

static void
end_it(void)
{
    arena_free(arena);
    static const char *const names[] = {"in", "out", "err"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        remove(path);
    }
    remove(folder);
}

TestSuite(batch_record, .init = given_a_folder, .fini = end_it);

static char *
path_of(const char *name)
{
    return text_c_string(arena, text_format(arena, "%s/%s", folder, name));
}

static void
write_file(const char *name, const char *text)
{
    struct error err = {0};
    cr_assert(file_write_atomic(path_of(name), text_of(text), 0644, &err), "%s", err.message);
}

static struct batch_index
index_of(const char *input)
{
    struct batch_index index;
    struct error err = {0};
    write_file("in", input);
    cr_assert(batch_index_read(arena, path_of("in"), TEXT("/v1/x"), &index, &err), "%s", err.message);
    return index;
}

static bool
open_record(struct arena *owner, const struct batch_index *index, struct batch_record **out_record,
            struct error *err)
{
    const struct batch_paths paths = {.output = path_of("out"), .errors = path_of("err")};
    return batch_record_open(owner, &paths, index, out_record, err);
}

#define TWO_LINES "{\"custom_id\":\"a\"}\n\n{\"custom_id\":\"b\"}"

Test(batch_record, counts_lines_and_requests)
{
    struct batch_index index = index_of(TWO_LINES);

    cr_expect_eq(index.line_count, 3);
    cr_expect_eq(index.request_count, 2);
}

Test(batch_record, names_the_lines_that_share_a_custom_id)
{
    struct batch_index index;
    struct error err = {0};
    write_file("in", "{\"custom_id\":\"a\"}\n{\"custom_id\":\"b\"}\n{\"custom_id\":\"a\"}\n");

    cr_expect_not(batch_index_read(arena, path_of("in"), TEXT("/v1/x"), &index, &err));
    cr_expect(strstr(err.message, "lines 1 and 3 have the same custom_id \"a\""), "%s", err.message);
}

Test(batch_record, knows_after_a_restart_what_is_done_and_takes_a_cut_line_away)
{
    struct batch_index index = index_of(TWO_LINES);
    struct batch_record *record = NULL;
    struct error err = {0};
    write_file("out", "{\"id\":\"batch_req_3\",\"custom_id\":\"b\"}\n{\"id\":\"batch_req_1\",\"cus");

    cr_assert(open_record(arena, &index, &record, &err), "%s", err.message);

    cr_expect(batch_record_is_done(record, 3));
    cr_expect_not(batch_record_is_done(record, 1));
    cr_expect_eq(batch_record_succeeded(record), 1);
    struct stat there;
    cr_assert_eq(stat(path_of("out"), &there), 0);
    cr_expect_eq(there.st_size, (off_t)strlen("{\"id\":\"batch_req_3\",\"custom_id\":\"b\"}\n"));
}

Test(batch_record, keeps_what_it_is_given)
{
    struct batch_index index = index_of(TWO_LINES);
    struct error err = {0};
    struct batch_line line = {.number = 3, .custom_id = TEXT("b")};
    struct batch_record *record = NULL;
    struct buffer text;
    buffer_init(&text, arena, 64);
    batch_line_print_error(&text, &line, "x", TEXT("y"));
    struct arena *first = arena_new(0);
    cr_assert(open_record(first, &index, &record, &err), "%s", err.message);
    cr_assert(batch_record_add(record, 3, true, buffer_text(&text), &err));
    cr_assert(batch_record_sync(record, &err));
    arena_free(first);

    cr_assert(open_record(arena, &index, &record, &err), "%s", err.message);

    cr_expect(batch_record_is_done(record, 3));
    cr_expect_eq(batch_record_failed(record), 1);
}

Test(batch_record, refuses_answers_to_another_input_and_files_of_others)
{
    struct batch_index index = index_of(TWO_LINES);
    struct batch_record *record = NULL;
    struct error err = {0};

    write_file("out", "{\"id\":\"batch_req_1\",\"custom_id\":\"b\"}\n");
    cr_expect_not(open_record(arena, &index, &record, &err));
    cr_expect(strstr(err.message, "another --output"), "%s", err.message);
    write_file("out", "{\"id\":\"batch_req_9\",\"custom_id\":\"a\"}\n");
    cr_expect_not(open_record(arena, &index, &record, &err));
    write_file("out", "my notes\n");
    cr_expect_not(open_record(arena, &index, &record, &err));
    cr_expect(strstr(err.message, "no answer that weir batch wrote"), "%s", err.message);
    write_file(
        "out",
        "{\"id\":\"batch_req_1\",\"custom_id\":\"a\"}\n{\"id\":\"batch_req_1\",\"custom_id\":\"a\"}\n");
    cr_expect_not(open_record(arena, &index, &record, &err));
    cr_expect(strstr(err.message, "a second time"), "%s", err.message);
}
