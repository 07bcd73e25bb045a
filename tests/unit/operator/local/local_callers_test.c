/* The key that `weir up` prints. */
#include <criterion/criterion.h>

#include "api/types/caller_key.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/yaml.h"
#include "operator/local/local_callers.h"
#include "operator/local/state_folder.h"
#include "tests/unit/operator/local/temporary.h"

TestSuite(local_callers, .init = given_temporary_folder, .fini = end_temporary_folder);

static struct local_callers *
new_callers(struct arena *arena)
{
    struct state_folder *state = NULL;
    struct error err = {0};
    cr_assert(state_folder_open(arena, in_folder(".weir"), &state, &err), "%s", err.message);
    return local_callers_new(arena, state);
}

static struct extra_caller_list
ensure(struct local_callers *callers)
{
    struct text yaml = TEXT("apiVersion: weir.dev/v1alpha1\nkind: Workspace\nmetadata: { name: demo }\n"
                            "spec: { owner: { team: x }, environments: [ { name: dev, tier: Development }, { "
                            "name: prod, tier: Production } ] }\n");
    struct document_list documents;
    struct problem_list problems;
    problems_init(&problems, test_arena);
    struct object object;
    cr_assert(yaml_parse(test_arena, yaml, TEXT("w.yaml"), &documents, NULL));
    cr_assert(object_decode(test_arena, documents.items[0], &object, &problems));
    struct object_list objects = {&object, 1};
    struct extra_caller_list list = {0};
    struct error err = {0};
    cr_assert(local_callers_ensure(callers, &objects, &list, &err), "%s", err.message);
    return list;
}

Test(local_callers, every_environment_has_a_key_of_its_own_and_only_its_hash_is_kept)
{
    struct local_callers *callers = new_callers(test_arena);

    struct extra_caller_list list = ensure(callers);

    cr_assert_eq(list.count, 2);
    struct text key = local_callers_key(callers, TEXT("demo-dev"));
    cr_assert(text_starts_with(key, TEXT("weir_dev_")));
    cr_assert(caller_key_is_well_formed(key));
    cr_assert(text_equals(list.items[0].caller.key_hashes.items[0], caller_key_hash(test_arena, key)));
    cr_assert(text_find(contents_of(".weir/callers/demo-dev"), key) < 0);
    cr_assert_not(text_equals(key, local_callers_key(callers, TEXT("demo-prod"))));
}

Test(local_callers, asking_again_makes_no_new_key)
{
    struct local_callers *callers = new_callers(test_arena);
    ensure(callers);
    struct text key = local_callers_key(callers, TEXT("demo-dev"));

    ensure(callers);

    cr_assert(text_equals(key, local_callers_key(callers, TEXT("demo-dev"))));
}

Test(local_callers, keys_of_a_killed_operator_stay_good_and_those_of_a_stopped_one_do_not)
{
    struct arena *killed = arena_new(0), *stopped = arena_new(0);
    ensure(new_callers(killed));
    arena_free(killed);

    struct local_callers *callers = new_callers(stopped);
    struct extra_caller_list after_kill = ensure(callers);
    cr_assert_eq(after_kill.items[0].caller.key_hashes.count, 2);
    local_callers_forget(callers);
    arena_free(stopped);

    struct extra_caller_list after_stop = ensure(new_callers(test_arena));
    cr_assert_eq(after_stop.items[0].caller.key_hashes.count, 1);
}
