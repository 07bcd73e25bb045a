/* Where the values of a Secret come from. */
#include <criterion/criterion.h>

#include "api/types/secret.h"
#include "lib/base/buffer.h"
#include "lib/document/json.h"
#include "tests/unit/api/types/given.h"

TestSuite(secret, .init = given_fresh_arena, .fini = end_arena);

#define HEAD "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  namespace: demo-dev\n"

Test(secret, takes_values_from_the_manifest_the_environment_and_files)
{
    const struct secret *secret = given_object(HEAD "  annotations:\n"
                                                    "    weir.dev/from-env: a=API_KEY , b=OTHER\n"
                                                    "    weir.dev/from-file: c=../keys/c.txt\n"
                                                    "data: {d: c2VjcmV0}\n"
                                                    "stringData: {e: plain}\n")
                                      .secret;
    struct secret_source_list sources = {0};

    cr_assert(secret_sources(test_arena, secret, &sources, &test_problems));

    cr_assert_eq(sources.count, 5);
    cr_assert(text_equals(sources.items[0].value, TEXT("secret")));
    cr_assert(text_equals(sources.items[1].value, TEXT("plain")));
    cr_assert(text_equals(sources.items[2].value, TEXT("API_KEY")));
    cr_assert_eq(sources.items[2].kind, SECRET_FROM_ENV);
    cr_assert(text_equals(sources.items[3].key, TEXT("b")));
    cr_assert(text_equals(sources.items[4].value, TEXT("../keys/c.txt")));
    cr_assert_eq(sources.items[4].kind, SECRET_FROM_FILE);
}

static bool
has_sources(const char *yaml)
{
    struct secret_source_list sources;
    return secret_sources(test_arena, given_object(yaml).secret, &sources, &test_problems);
}

Test(secret, refuses_a_key_that_is_given_twice)
{
    cr_assert_not(has_sources(HEAD "  annotations: {weir.dev/from-env: 'a=X,a=Y'}\n"));
}

Test(secret, refuses_keys_that_would_leave_their_folder)
{
    cr_assert_not(has_sources(HEAD "stringData: {'..': x}\n"));
    cr_assert_not(has_sources(HEAD "stringData: {'a/b': x}\n"));
    cr_assert_not(has_sources(HEAD "stringData: {'': x}\n"));
}

Test(secret, refuses_names_that_no_environment_has)
{
    cr_assert_not(has_sources(HEAD "  annotations: {weir.dev/from-env: 'a=1X'}\n"));
    cr_assert_not(has_sources(HEAD "  annotations: {weir.dev/from-env: 'a=X Y'}\n"));
    cr_assert_not(has_sources(HEAD "  annotations: {weir.dev/from-env: 'a='}\n"));
    cr_assert_not(has_sources(HEAD "  annotations: {weir.dev/from-file: 'a'}\n"));
}

Test(secret, shows_no_value_when_redacted)
{
    const struct secret *secret = given_object(HEAD "data: {a: Y2FuYXJ5}\nstringData: {b: canary}\n").secret;
    struct buffer shown;
    buffer_init(&shown, test_arena, 256);

    json_print(schema_encode(test_arena, &secret_schema, secret, SCHEMA_ENCODE_REDACTED), &shown);

    cr_assert_lt(text_find(buffer_text(&shown), TEXT("canary")), 0);
    cr_assert_lt(text_find(buffer_text(&shown), TEXT("Y2FuYXJ5")), 0);
    cr_assert_geq(text_find(buffer_text(&shown), TEXT("[redacted]")), 0);
}
