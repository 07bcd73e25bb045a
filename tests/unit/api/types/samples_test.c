/* crds/samples through our decoder: what is in accept is accepted, what is in reject is refused for the
 * reason that its first line names ("# reject: <part of the problem>"). Runs in the root of the tree. */
#include <criterion/criterion.h>
#include <glob.h>

#include "api/types/secret.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/yaml.h"
#include "tests/unit/api/types/given.h"

#define SAMPLE_MAX_BYTES (64 * 1024)

TestSuite(samples, .init = given_fresh_arena, .fini = end_arena);

static struct text
read_sample(const char *path)
{
    FILE *file = fopen(path, "r");
    cr_assert(file, "%s", path);
    char *bytes = arena_alloc_raw(test_arena, SAMPLE_MAX_BYTES);
    size_t length = fread(bytes, 1, SAMPLE_MAX_BYTES, file);
    fclose(file);
    cr_assert_lt(length, SAMPLE_MAX_BYTES, "%s", path);
    return (struct text){bytes, length};
}

static bool
decode_whole(const struct document *document, struct object *object)
{
    if (!object_decode(test_arena, document, object, &test_problems))
        return false;
    struct secret_source_list sources;
    return object->kind->id != KIND_SECRET ||
           secret_sources(test_arena, object->secret, &sources, &test_problems);
}

static struct document_list
documents_of(const char *path)
{
    problems_init(&test_problems, test_arena);
    struct error err = {0};
    struct document_list documents = {0};
    bool is_yaml = yaml_parse(test_arena, read_sample(path), text_of(path), &documents, &err);
    cr_assert(is_yaml, "%s", err.message);
    return documents;
}

static bool
decode_sample(const char *path, struct object *object)
{
    struct document_list documents = documents_of(path);
    cr_assert_eq(documents.count, 1, "%s", path);
    return decode_whole(documents.items[0], object);
}

static const char *
said(void)
{
    struct buffer out;
    buffer_init(&out, test_arena, 1024);
    for (size_t i = 0; i < test_problems.count; i++) {
        if (test_problems.items[i].level == PROBLEM_ERROR)
            buffer_print(&out, "%.*s\n", TEXT_ARG(problem_line(test_arena, &test_problems.items[i])));
    }
    return text_c_string(test_arena, buffer_text(&out));
}

Test(samples, to_accept_are_accepted)
{
    glob_t paths;
    cr_assert_eq(glob("crds/samples/accept/*.yaml", 0, NULL, &paths), 0);
    for (size_t i = 0; i < paths.gl_pathc; i++) {
        struct object object;
        cr_expect(decode_sample(paths.gl_pathv[i], &object), "%s:\n%s", paths.gl_pathv[i], said());
    }
    globfree(&paths);
}

/* What was decoded, written and decoded again is the same: nothing is lost between struct and document. */
Test(samples, to_accept_survive_being_written)
{
    glob_t paths;
    cr_assert_eq(glob("crds/samples/accept/*.yaml", 0, NULL, &paths), 0);
    for (size_t i = 0; i < paths.gl_pathc; i++) {
        struct object first, second;
        cr_assert(decode_sample(paths.gl_pathv[i], &first));
        const struct schema *schema = first.kind->schema;

        struct document *written = schema_encode(test_arena, schema, first.value, SCHEMA_ENCODE_PLAIN);
        bool is_valid = object_decode(test_arena, written, &second, &test_problems);
        cr_assert(is_valid, "%s:\n%s", paths.gl_pathv[i], said());
        struct document *again = schema_encode(test_arena, schema, second.value, SCHEMA_ENCODE_PLAIN);
        cr_expect(document_equals(written, again), "%s", paths.gl_pathv[i]);
    }
    globfree(&paths);
}

static const char *
expected_reason(const char *path)
{
    struct text rest = read_sample(path);
    struct text line = text_cut(&rest, '\n');
    cr_assert(text_starts_with(line, TEXT("# reject: ")), "%s", path);
    return text_c_string(test_arena, text_slice(line, strlen("# reject: "), line.length));
}

Test(samples, to_reject_are_refused_for_their_reason)
{
    glob_t paths;
    cr_assert_eq(glob("crds/samples/reject/*.yaml", 0, NULL, &paths), 0);
    cr_assert_gt(paths.gl_pathc, 100);
    for (size_t i = 0; i < paths.gl_pathc; i++) {
        const char *path = paths.gl_pathv[i];
        struct object object;
        cr_expect_not(decode_sample(path, &object), "%s is accepted", path);
        cr_expect(strstr(said(), expected_reason(path)), "%s: wanted \"%s\", got:\n%s", path,
                  expected_reason(path), said());
    }
    globfree(&paths);
}

/* What a change may be is Kubernetes' to say (tests/cluster/crds): here both ends of it are right in
 * themselves. */
Test(samples, of_changes_are_right_before_and_after)
{
    glob_t paths;
    cr_assert_eq(glob("crds/samples/change/*.yaml", 0, NULL, &paths), 0);
    for (size_t i = 0; i < paths.gl_pathc; i++) {
        struct document_list documents = documents_of(paths.gl_pathv[i]);
        struct object before, after;
        cr_assert_eq(documents.count, 2, "%s", paths.gl_pathv[i]);
        cr_expect(decode_whole(documents.items[0], &before), "%s:\n%s", paths.gl_pathv[i], said());
        cr_expect(decode_whole(documents.items[1], &after), "%s:\n%s", paths.gl_pathv[i], said());
    }
    globfree(&paths);
}
