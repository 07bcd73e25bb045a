/* The folder store: what is in force is always the last good version. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "operator/local/store.h"
#include "tests/unit/operator/local/temporary.h"

TestSuite(store, .init = given_temporary_folder, .fini = end_temporary_folder);

static const char *const workspace =
    "apiVersion: weir.dev/v1alpha1\nkind: Workspace\nmetadata: { name: demo }\n"
    "spec: { owner: { team: x }, environments: [ { name: dev, tier: Development } ] }\n";

static const char *
policy(const char *name, int max)
{
    return text_c_string(test_arena, text_format(test_arena,
                                                 "apiVersion: weir.dev/v1alpha1\nkind: ModelPolicy\n"
                                                 "metadata: { name: %s, namespace: demo-dev }\n"
                                                 "spec: { constraints: { maxOutputTokens: %d } }\n",
                                                 name, max));
}

static struct store_refresh
refresh(struct store *store)
{
    struct store_refresh refresh = {0};
    struct error err = {0};
    cr_assert(store_refresh(store, test_arena, &refresh, &err), "%s", err.message);
    return refresh;
}

static int64_t
max_of(struct store *store, const char *name)
{
    struct object_list objects = store_objects(store, test_arena);
    for (size_t i = 0; i < objects.count; i++)
        if (text_equals(objects.items[i].metadata->name, text_of(name)))
            return objects.items[i].model_policy->spec.constraints.max_output_tokens;
    return -1;
}

Test(store, reads_every_document_of_every_file_in_sub_folders_too)
{
    write_file("workspace.yaml", workspace);
    write_file("teams/a.yml", text_c_string(test_arena, text_format(test_arena, "%s---\n%s", policy("a", 1),
                                                                    policy("b", 2))));
    write_file("teams/.hidden.yaml", policy("c", 3));
    write_file(".weir/d.yaml", policy("d", 4));
    write_file("notes.txt", "not a manifest");
    struct store *store = store_new(test_arena, test_folder);

    struct store_refresh first = refresh(store);

    cr_assert(first.changed);
    cr_assert_eq(store_objects(store, test_arena).count, 3);
    cr_assert_eq(max_of(store, "b"), 2);
    cr_assert_eq(first.folders.count, 2);
}

Test(store, an_edit_replaces_a_files_objects_and_an_untouched_folder_changes_nothing)
{
    write_file("a.yaml", policy("a", 1));
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);

    cr_assert_not(refresh(store).changed);
    write_file("a.yaml", policy("a", 22));
    cr_assert(refresh(store).changed);
    cr_assert_eq(max_of(store, "a"), 22);
}

Test(store, a_broken_edit_keeps_the_last_good_version_and_reports_the_place)
{
    write_file("a.yaml", policy("a", 1));
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);

    write_file(
        "a.yaml",
        "apiVersion: weir.dev/v1alpha1\nkind: ModelPolicy\nmetadata: { name: a, namespace: demo-dev }\n"
        "spec: { constraints: { maxOutputTokns: 5 } }\n");
    struct store_refresh edited = refresh(store);

    cr_assert_not(edited.changed);
    cr_assert(edited.refusals_changed);
    cr_assert_eq(max_of(store, "a"), 1);
    cr_assert_eq(store_broken(store, test_arena).count, 0,
                 "its last good version is known, so nothing is held");
    struct text summary = manifest_summary(test_arena, store_files(store).items[0].refused);
    cr_assert(text_starts_with(summary, TEXT("a.yaml:4:")), "%.*s", TEXT_ARG(summary));
}

Test(store, a_broken_file_that_never_was_good_is_known_as_broken)
{
    write_file("a.yaml", "apiVersion: weir.dev/v1alpha1\nkind: ModelPolicy\nmetadata: { name: a, namespace: "
                         "demo-dev }\nspec: { x: 1 }\n");
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);

    struct broken_object_list broken = store_broken(store, test_arena);

    cr_assert_eq(broken.count, 1);
    cr_assert_eq(broken.items[0].kind->id, KIND_MODEL_POLICY);
    cr_assert(text_equals(broken.items[0].namespace, TEXT("demo-dev")));
    cr_assert(text_equals(broken.items[0].name, TEXT("a")));
}

Test(store, a_file_that_does_not_parse_may_hold_anything)
{
    write_file("a.yaml", "kind: [\n");
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);

    struct broken_object_list broken = store_broken(store, test_arena);

    cr_assert_eq(broken.count, 1);
    cr_assert_null(broken.items[0].kind);
}

Test(store, a_mended_file_takes_effect)
{
    write_file("a.yaml", "kind: [\n");
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);

    write_file("a.yaml", policy("a", 7));
    struct store_refresh mended = refresh(store);

    cr_assert(mended.changed);
    cr_assert(mended.refusals_changed);
    cr_assert_eq(max_of(store, "a"), 7);
    cr_assert_eq(store_broken(store, test_arena).count, 0);
}

Test(store, one_broken_document_keeps_the_whole_file_as_it_was)
{
    write_file("a.yaml", text_c_string(test_arena,
                                       text_format(test_arena, "%s---\n%s", policy("a", 1), policy("b", 2))));
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);

    write_file("a.yaml",
               text_c_string(test_arena, text_format(test_arena, "%s---\nkind: Nothing\n", policy("a", 9))));
    refresh(store);

    cr_assert_eq(max_of(store, "a"), 1, "an edit is taken whole or not at all");
    cr_assert_eq(max_of(store, "b"), 2);
}

Test(store, a_deleted_file_takes_its_objects_with_it_also_when_it_was_broken)
{
    write_file("a.yaml", policy("a", 1));
    write_file("b.yaml", policy("b", 2));
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);
    write_file("a.yaml", "kind: [\n");
    refresh(store);

    remove_file("a.yaml");
    struct store_refresh gone = refresh(store);

    cr_assert(gone.changed);
    cr_assert_eq(store_objects(store, test_arena).count, 1);
}

Test(store, a_folder_that_cannot_be_read_changes_nothing)
{
    write_file("sub/a.yaml", policy("a", 1));
    struct store *store = store_new(test_arena, in_folder("sub"));
    struct store_refresh refreshed = refresh(store);
    remove_file("sub/a.yaml");
    remove_file("sub");

    struct error err = {0};
    cr_assert_not(store_refresh(store, test_arena, &refreshed, &err));

    cr_assert_eq(max_of(store, "a"), 1);
}

Test(store, of_two_files_with_the_same_object_the_newcomer_is_refused)
{
    write_file("b.yaml", policy("a", 1));
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);

    write_file("a.yaml", policy("a", 2));
    refresh(store);

    cr_assert_eq(max_of(store, "a"), 1);
    const struct store_file *newcomer = &store_files(store).items[0];
    struct text summary = manifest_summary(test_arena, newcomer->refused);
    cr_assert(text_find(summary, TEXT("a.yaml:1")) >= 0);
    cr_assert(text_find(summary, TEXT("b.yaml:1")) >= 0, "both places are named");
}

Test(store, two_new_files_with_the_same_object_are_both_refused)
{
    write_file("a.yaml", policy("a", 1));
    write_file("b.yaml", policy("a", 2));
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);

    cr_assert_eq(store_objects(store, test_arena).count, 0);
    cr_assert_eq(store_broken(store, test_arena).count, 2);
}

Test(store, a_double_takes_over_once_the_other_file_is_gone)
{
    write_file("b.yaml", policy("a", 1));
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);
    write_file("a.yaml", policy("a", 2));
    refresh(store);

    remove_file("b.yaml");
    struct store_refresh moved = refresh(store);

    cr_assert(moved.changed);
    cr_assert(moved.refusals_changed);
    cr_assert_eq(max_of(store, "a"), 2);
}

Test(store, a_double_that_stays_is_not_news)
{
    write_file("a.yaml", policy("a", 1));
    write_file("b.yaml", policy("a", 2));
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);

    struct store_refresh again = refresh(store);

    cr_assert_not(again.changed);
    cr_assert_not(again.refusals_changed);
}

Test(store, a_renamed_file_keeps_its_objects)
{
    write_file("a.yaml", policy("a", 1));
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);

    cr_assert_eq(rename(in_folder("a.yaml"), in_folder("z.yaml")), 0);
    refresh(store);

    cr_assert_eq(max_of(store, "a"), 1);
    cr_assert_eq(store_files(store).count, 1);
}

static bool
always(const void *owner, struct text path)
{
    (void)owner;
    (void)path;
    return true;
}

Test(store, a_file_somebody_is_writing_is_left_for_later)
{
    write_file("a.yaml", policy("a", 1));
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);
    write_file("a.yaml", "");

    store_wait_for_writers(store, always, NULL);
    struct store_refresh early = {0};
    cr_assert(store_refresh(store, test_arena, &early, NULL));
    store_wait_for_writers(store, NULL, NULL);

    cr_assert_not(early.changed);
    cr_assert_eq(max_of(store, "a"), 1);
    cr_assert(refresh(store).changed, "once it is written, it counts");
}

Test(store, a_file_that_is_too_large_is_a_problem_not_an_object)
{
    char *large = arena_alloc(test_arena, MANIFEST_MAX_BYTES + 2);
    memset(large, '#', MANIFEST_MAX_BYTES + 1);
    write_file("a.yaml", large);
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);

    cr_assert(text_find(manifest_summary(test_arena, store_files(store).items[0].refused), TEXT("at most")) >=
              0);
}

Test(store, an_edit_storm_ends_with_the_last_version)
{
    struct store *store = store_new(test_arena, test_folder);
    for (int i = 1; i <= 200; i++) {
        write_file("a.yaml", i % 3 == 0 ? "kind: [\n" : policy("a", i));
        refresh(store);
        store_forget_replaced(store);
    }

    cr_assert_eq(max_of(store, "a"), 200);
}

Test(store, a_manifest_says_what_has_no_effect_here_and_nothing_of_what_has)
{
    write_file("workspace.yaml",
               "apiVersion: weir.dev/v1alpha1\nkind: Workspace\nmetadata: { name: demo }\n"
               "spec:\n  owner: { team: x, costCenter: \"7\" }\n  budget: { amount: \"5\", alerts: [50] }\n"
               "  environments: [ { name: dev, tier: Development, podSecurity: baseline } ]\n");
    struct store *store = store_new(test_arena, test_folder);
    refresh(store);
    const struct manifest *manifest = store_files(store).items[0].good;

    struct text notices = manifest_notices(test_arena, manifest, &manifest->objects.items[0]);

    cr_assert(text_find(notices, TEXT("spec.environments[0].podSecurity: takes effect only in a cluster")) >=
              0);
    cr_assert(text_find(notices, TEXT("spec.owner.costCenter: has no effect yet: usage is not")) >= 0);
    cr_assert_lt(text_find(notices, TEXT("alerts")), 0, "%.*s", TEXT_ARG(notices));
    cr_assert_lt(text_find(notices, TEXT("only with a ledger")), 0, "%.*s", TEXT_ARG(notices));
}
