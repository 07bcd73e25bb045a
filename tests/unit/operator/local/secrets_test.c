/* Secret values: files that only their owner may read, gone when nobody needs them. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/yaml.h"
#include "operator/local/secrets.h"
#include "operator/local/state_folder.h"
#include "tests/unit/operator/local/temporary.h"

TestSuite(secrets, .init = given_temporary_folder, .fini = end_temporary_folder);

static struct secrets *
new_secrets(void)
{
    struct state_folder *state = NULL;
    struct error err = {0};
    cr_assert(state_folder_open(test_arena, in_folder(".weir"), &state, &err), "%s", err.message);
    return secrets_new(test_arena, state, test_folder);
}

static struct object_list
secret_objects(const char *rest)
{
    struct text yaml = text_format(test_arena, "apiVersion: v1\nkind: Secret\n%s", rest);
    struct document_list documents;
    struct problem_list problems;
    problems_init(&problems, test_arena);
    struct error err = {0};
    cr_assert(yaml_parse(test_arena, yaml, TEXT("sub/file.yaml"), &documents, &err), "%s", err.message);
    struct object *object = arena_alloc(test_arena, sizeof(*object));
    cr_assert(object_decode(test_arena, documents.items[0], object, &problems));
    return (struct object_list){object, 1};
}

static struct credential
resolve(struct secrets *secrets, struct object_list objects)
{
    struct credential_list credentials = {0};
    struct error err = {0};
    cr_assert(secrets_resolve(secrets, test_arena, &objects, &credentials, &err), "%s", err.message);
    cr_assert_eq(credentials.count, 1);
    return credentials.items[0];
}

Test(secrets, a_value_becomes_a_private_file)
{
    struct credential credential = resolve(
        new_secrets(),
        secret_objects("metadata: { name: openai, namespace: demo-dev }\nstringData: { apiKey: s3cret }\n"));

    cr_assert(text_equals(contents_of(".weir/secrets/demo-dev/openai/apiKey"), TEXT("s3cret")));
    cr_assert_eq(mode_of(".weir/secrets/demo-dev/openai/apiKey"), 0600);
    cr_assert_eq(mode_of(".weir/secrets/demo-dev/openai"), 0700);
    cr_assert(text_ends_with(credential.file, TEXT("/secrets/demo-dev/openai/apiKey")));
    cr_assert_eq(credential.digest.length, 64);
    cr_assert_eq(credential.missing.length, 0);
}

Test(secrets, base64_is_undone)
{
    resolve(new_secrets(),
            secret_objects("metadata: { name: openai, namespace: demo-dev }\ndata: { apiKey: czNjcmV0 }\n"));

    cr_assert(text_equals(contents_of(".weir/secrets/demo-dev/openai/apiKey"), TEXT("s3cret")));
}

Test(secrets, a_variable_that_is_not_set_says_how_to_enable_it)
{
    const char *manifest = "metadata:\n  name: openai\n  namespace: demo-dev\n  annotations: { "
                           "weir.dev/from-env: apiKey=WEIR_TEST_KEY }\n";
    struct secrets *secrets = new_secrets();
    unsetenv("WEIR_TEST_KEY");

    struct credential without = resolve(secrets, secret_objects(manifest));
    setenv("WEIR_TEST_KEY", "from-env", 1);
    struct credential with = resolve(secrets, secret_objects(manifest));

    cr_assert(text_equals(without.missing, TEXT("set WEIR_TEST_KEY to enable")));
    cr_assert_eq(without.file.length, 0);
    cr_assert_eq(with.missing.length, 0);
    cr_assert(text_equals(contents_of(".weir/secrets/demo-dev/openai/apiKey"), TEXT("from-env")));
}

Test(secrets, a_file_is_found_beside_its_manifest_and_its_line_end_is_not_part_of_the_key)
{
    const char *manifest = "metadata:\n  name: openai\n  namespace: demo-dev\n  annotations: { "
                           "weir.dev/from-file: apiKey=key.txt }\n";
    struct secrets *secrets = new_secrets();

    struct credential without = resolve(secrets, secret_objects(manifest));
    write_file("sub/key.txt", "from-file\n");
    resolve(secrets, secret_objects(manifest));

    cr_assert(text_equals(without.missing, TEXT("put the key into key.txt to enable")));
    cr_assert(text_equals(contents_of(".weir/secrets/demo-dev/openai/apiKey"), TEXT("from-file")));
}

Test(secrets, a_new_value_has_another_digest)
{
    struct secrets *secrets = new_secrets();
    struct credential before = resolve(
        secrets,
        secret_objects("metadata: { name: openai, namespace: demo-dev }\nstringData: { apiKey: one }\n"));
    struct credential after = resolve(
        secrets,
        secret_objects("metadata: { name: openai, namespace: demo-dev }\nstringData: { apiKey: two }\n"));

    cr_assert_not(text_equals(before.digest, after.digest));
}

Test(secrets, what_no_manifest_gives_any_more_is_removed)
{
    struct secrets *secrets = new_secrets();
    resolve(secrets,
            secret_objects("metadata: { name: openai, namespace: demo-dev }\nstringData: { apiKey: one }\n"));
    resolve(secrets,
            secret_objects("metadata: { name: other, namespace: demo-dev }\nstringData: { apiKey: one }\n"));

    cr_assert_not(file_is_there(".weir/secrets/demo-dev/openai"));
    cr_assert(file_is_there(".weir/secrets/demo-dev/other/apiKey"));
}

Test(secrets, a_wipe_leaves_nothing)
{
    struct secrets *secrets = new_secrets();
    resolve(secrets,
            secret_objects("metadata: { name: openai, namespace: demo-dev }\nstringData: { apiKey: one }\n"));

    secrets_wipe(secrets);

    cr_assert_not(file_is_there(".weir/secrets/demo-dev"));
}
