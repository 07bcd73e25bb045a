/* Generations and times of transition. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/document/yaml.h"
#include "operator/local/object_records.h"
#include "tests/unit/operator/local/temporary.h"

TestSuite(object_records, .init = given_temporary_folder, .fini = end_temporary_folder);

static struct object_list
policy(int max, const char *label)
{
    struct text yaml = text_format(test_arena,
                                   "apiVersion: weir.dev/v1alpha1\nkind: ModelPolicy\nmetadata: { name: a, "
                                   "namespace: demo-dev, labels: { x: %s } }\n"
                                   "spec: { constraints: { maxOutputTokens: %d } }\n",
                                   label, max);
    struct document_list documents;
    struct problem_list problems;
    problems_init(&problems, test_arena);
    struct object *object = arena_alloc(test_arena, sizeof(*object));
    cr_assert(yaml_parse(test_arena, yaml, TEXT("a.yaml"), &documents, NULL));
    cr_assert(object_decode(test_arena, documents.items[0], object, &problems));
    return (struct object_list){object, 1};
}

Test(object_records, a_generation_grows_with_the_spec_and_not_with_labels)
{
    struct object_records *records = object_records_new(test_arena);
    struct object_list first = policy(1, "a"), same = policy(1, "b"), other = policy(2, "b");

    object_records_update(records, &first, 1000);
    cr_assert_eq(object_records_get(records, first.items)->generation, 1);
    object_records_update(records, &same, 2000);
    cr_assert_eq(object_records_get(records, first.items)->generation, 1);
    object_records_update(records, &other, 3000);
    cr_assert_eq(object_records_get(records, first.items)->generation, 2);
    cr_assert_eq(object_records_get(records, first.items)->created_unix_ms, 1000);
}

Test(object_records, an_object_that_was_deleted_and_made_again_is_a_new_one)
{
    struct object_records *records = object_records_new(test_arena);
    struct object_list first = policy(1, "a"), none = {0};

    object_records_update(records, &first, 1000);
    object_records_update(records, &none, 2000);
    object_records_update(records, &first, 3000);

    cr_assert_eq(object_records_get(records, first.items)->created_unix_ms, 3000);
}

Test(object_records, a_condition_keeps_its_time_while_its_status_stays)
{
    struct object_records *records = object_records_new(test_arena);
    struct object_list objects = policy(1, "a");
    object_records_update(records, &objects, 1000);
    struct object_record *record = object_records_get(records, objects.items);
    struct condition ready = {
        .type = TEXT("Ready"), .status = CONDITION_UNKNOWN, .reason = TEXT("Programming")};
    struct condition_list conditions = {&ready, 1};

    object_record_note_conditions(record, &conditions, 1000);
    cr_assert_eq(ready.last_transition_time, 1000);
    ready.reason = TEXT("Other");
    object_record_note_conditions(record, &conditions, 2000);
    cr_assert_eq(ready.last_transition_time, 1000);
    ready.status = CONDITION_TRUE;
    object_record_note_conditions(record, &conditions, 3000);
    cr_assert_eq(ready.last_transition_time, 3000);
}
