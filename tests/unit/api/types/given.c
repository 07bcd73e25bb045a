/* Inputs of the tests of api/types. */
#include "tests/unit/api/types/given.h"

#include <criterion/criterion.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/yaml.h"

struct arena *test_arena;
struct problem_list test_problems;

void
given_fresh_arena(void)
{
    test_arena = arena_new(0);
    problems_init(&test_problems, test_arena);
}

void
end_arena(void)
{
    arena_free(test_arena);
}

const struct document *
given_document(const char *yaml)
{
    struct error err = {0};
    struct document_list documents = {0};
    cr_assert(yaml_parse(test_arena, text_of(yaml), TEXT("test.yaml"), &documents, &err), "%s", err.message);
    cr_assert_eq(documents.count, 1);
    return documents.items[0];
}

static const char *
all_problems(void)
{
    struct buffer lines;
    buffer_init(&lines, test_arena, 1024);
    for (size_t i = 0; i < test_problems.count; i++) {
        buffer_add_text(&lines, problem_line(test_arena, &test_problems.items[i]));
        buffer_add_byte(&lines, '\n');
    }
    return text_c_string(test_arena, buffer_text(&lines));
}

struct object
given_object(const char *yaml)
{
    struct object object;
    cr_assert(object_decode(test_arena, given_document(yaml), &object, &test_problems), "%s", all_problems());
    return object;
}

const char *
refusal_of(const char *yaml)
{
    struct object object;
    cr_assert_not(object_decode(test_arena, given_document(yaml), &object, &test_problems));
    return all_problems();
}
