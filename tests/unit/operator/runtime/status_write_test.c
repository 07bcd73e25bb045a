/* What is sent of a status, and when nothing is. */
#include "operator/runtime/status_write.h"

#include <criterion/criterion.h>

#include "api/types/workspace_status.h"
#include "lib/base/arena.h"
#include "lib/document/json.h"

static const struct document *
parse(struct arena *arena, const char *json)
{
    struct document *document = NULL;
    cr_assert(json_parse(arena, text_of(json), (struct text){0}, &document, NULL));
    return document;
}

static struct workspace_status
ready_status(struct arena *arena, enum condition_status status, struct text reason)
{
    struct workspace_status wanted;
    schema_set_defaults(&workspace_status_schema, &wanted);
    wanted.observed_generation = 2;
    wanted.conditions.items = arena_alloc(arena, sizeof(struct condition));
    wanted.conditions.items[0] = (struct condition){.type = TEXT("Ready"),
                                                    .status = status,
                                                    .reason = reason,
                                                    .observed_generation = 2,
                                                    .last_transition_time = FIELD_UNSET};
    wanted.conditions.count = 1;
    return wanted;
}

static const struct document *
decide(struct arena *arena, struct workspace_status *status, const char *there,
       struct condition_change_list *out_changes)
{
    const struct status_wanted wanted = {.schema = &workspace_status_schema,
                                         .status = status,
                                         .conditions = &status->conditions,
                                         .now_unix_ms = 5000123};
    return status_write_decide(arena, &wanted, there ? parse(arena, there) : NULL, out_changes);
}

#define SAID                                                                                                 \
    "{\"observedGeneration\":2,\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"reason\":\"Ok\","   \
    "\"observedGeneration\":2,\"lastTransitionTime\":\"1970-01-01T00:01:00Z\"}]}"

Test(status_write, what_is_said_already_is_not_said_again)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct condition_change_list changes;
    struct workspace_status status = ready_status(arena, CONDITION_TRUE, TEXT("Ok"));

    cr_assert_null(decide(arena, &status, SAID, &changes));
    cr_assert_eq(changes.count, 0u);
}

Test(status_write, another_reason_is_said_and_the_time_of_transition_stays)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct condition_change_list changes;
    struct workspace_status status = ready_status(arena, CONDITION_TRUE, TEXT("Other"));

    cr_assert_not_null(decide(arena, &status, SAID, &changes));
    cr_assert_eq(status.conditions.items[0].last_transition_time, 60000);
    cr_assert_eq(changes.count, 1u);
    cr_assert(text_equals(changes.items[0].before->reason, TEXT("Ok")));
}

Test(status_write, a_status_that_flips_has_a_new_time_in_whole_seconds)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct condition_change_list changes;
    struct workspace_status status = ready_status(arena, CONDITION_FALSE, TEXT("Broken"));

    cr_assert_not_null(decide(arena, &status, SAID, &changes));
    cr_assert_eq(status.conditions.items[0].last_transition_time, 5000000);
}

Test(status_write, what_the_api_server_fills_in_is_no_difference)
{
    scoped_arena struct arena *arena = arena_new(0);
    const struct document *ours =
        parse(arena, "{\"environments\":[{\"name\":\"dev\",\"namespace\":\"demo-dev\"}]}");
    const struct document *theirs =
        parse(arena, "{\"environments\":[{\"name\":\"dev\",\"namespace\":\"demo-dev\",\"ready\":false,"
                     "\"budgetState\":\"None\"}]}");

    cr_assert(status_write_equal(arena, &workspace_status_schema, ours, theirs));
}

Test(status_write, the_time_of_the_default_status_is_not_kept)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct condition_change_list changes;
    struct workspace_status status = ready_status(arena, CONDITION_UNKNOWN, TEXT("Working"));
    const char *by_default =
        "{\"observedGeneration\":-1,\"conditions\":[{\"type\":\"Ready\",\"status\":\"Unknown\","
        "\"reason\":\"Pending\",\"lastTransitionTime\":\"1970-01-01T00:00:00Z\"}]}";

    cr_assert_not_null(decide(arena, &status, by_default, &changes));
    cr_assert_eq(status.conditions.items[0].last_transition_time, 5000000);
}

Test(status_write, fields_without_effect_are_said_once_beside_what_is_said_of_them_already)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct workspace_status status = ready_status(arena, CONDITION_TRUE, TEXT("Ok"));

    status_write_add_notice(arena, &status.conditions, 2, TEXT("spec.region: has no effect yet"));
    status_write_add_notice(arena, &status.conditions, 2, TEXT("spec.other: has no effect yet"));

    const struct condition *honoured = condition_find(&status.conditions, TEXT("Honoured"));
    cr_assert_eq(status.conditions.count, 2u);
    cr_assert_eq(honoured->status, CONDITION_FALSE);
    cr_assert(text_find(honoured->message, TEXT("spec.region")) >= 0);
    cr_assert(text_find(honoured->message, TEXT("spec.other")) >= 0);
}
