/* Ed25519 against RFC 8032 7.1's first test, whose key stands here as PKCS #8 and SubjectPublicKeyInfo,
 * written by Python's cryptography. */
#include <criterion/criterion.h>
#include <sys/stat.h>

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/net/digest.h"
#include "lib/net/signature_file.h"
#include "tests/support/arena_fixture.h"

#define PRIVATE                                                                                              \
    "-----BEGIN PRIVATE KEY-----\n"                                                                          \
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"                                     \
    "-----END PRIVATE KEY-----\n"
#define PUBLIC                                                                                               \
    "-----BEGIN PUBLIC KEY-----\n"                                                                           \
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"                                         \
    "-----END PUBLIC KEY-----\n"
#define EC_PUBLIC                                                                                            \
    "-----BEGIN PUBLIC KEY-----\n"                                                                           \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpfbxqSjHh91uVRnfcAqcrZyaAhKr\n"                                     \
    "nDgKZXc0gaP4aCWrNNi9qO+eld5L9IIIBLituKrvfUWn6Wp4NoInc/ugvg==\n"                                         \
    "-----END PUBLIC KEY-----\n"

TestSuite(signature, .init = given_arena, .fini = end_arena);

static struct signature_key *
given_key(void)
{
    struct signature_key *key = NULL;
    struct error err = {0};
    cr_assert(signature_key_read(arena, TEXT(PRIVATE), &key, &err), "%s", err.message);
    return key;
}

static struct text
signed_by(const struct signature_key *key, struct text bytes)
{
    uint8_t *signature = arena_alloc(arena, SIGNATURE_BYTES);
    cr_assert(signature_sign(key, bytes, signature, NULL));
    return (struct text){(char *)signature, SIGNATURE_BYTES};
}

Test(signature, of_nothing_is_rfc_8032s)
{
    struct signature_key *key = given_key();
    struct text signature = signed_by(key, (struct text){0});
    struct signature_public_key public = signature_key_public(key);

    cr_expect(
        text_equals(digest_hex(arena, signature.bytes, signature.length),
                    TEXT("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
                         "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")));
    cr_expect(text_equals(digest_hex(arena, public.bytes, 32),
                          TEXT("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")));
    cr_expect(text_equals(signature_public_fingerprint(arena, &public), TEXT("21fe31dfa154a261")));
}

Test(signature, verifies_what_it_signed_and_nothing_else)
{
    struct signature_key *key = given_key(), *other = NULL;
    cr_assert(signature_key_new(arena, &other, NULL));
    struct signature_public_key public = signature_key_public(key), wrong = signature_key_public(other);
    struct text signature = signed_by(key, TEXT("abc"));

    cr_expect(signature_verifies(&public, TEXT("abc"), signature));
    cr_expect_not(signature_verifies(&public, TEXT("abd"), signature));
    cr_expect_not(signature_verifies(&wrong, TEXT("abc"), signature));
    cr_expect_not(signature_verifies(&public, TEXT("abc"), text_slice(signature, 0, 63)));
    cr_expect_not(signature_verifies(&public, TEXT("abc"), (struct text){0}));
}

Test(signature, keys_go_to_pem_and_back)
{
    struct signature_key *key = given_key();
    struct signature_public_key public = signature_key_public(key), read;
    struct text pem = signature_public_print(arena, &public), private = {0}, rest = pem;

    cr_expect(text_equals(pem, TEXT(PUBLIC)));
    cr_assert(signature_public_read(&rest, &read, NULL));
    cr_expect_eq(memcmp(&read, &public, sizeof(read)), 0);
    cr_expect(text_is_empty(rest));
    cr_assert(signature_key_print(arena, key, &private, NULL));
    cr_expect(text_equals(private, TEXT(PRIVATE)));
}

Test(signature, refuses_keys_of_other_kinds)
{
    struct signature_public_key read;
    struct signature_key *key = NULL;
    struct error err = {0};
    struct text ec = TEXT(EC_PUBLIC), none = TEXT("hello"), cut = text_slice(TEXT(PUBLIC), 0, 60);

    cr_expect_not(signature_public_read(&ec, &read, &err));
    cr_expect_str_eq(err.message, "the public key is not an Ed25519 key");
    cr_expect_not(signature_public_read(&none, &read, &err));
    cr_expect_eq(err.kind, ERROR_NOT_FOUND);
    cr_expect_not(signature_public_read(&cut, &read, &err));
    cr_expect_eq(err.kind, ERROR_INVALID);
    cr_expect_not(signature_key_read(arena, TEXT(PUBLIC), &key, &err));
    cr_expect_eq(err.kind, ERROR_INVALID);
}

static const char *
given_path(const char *name)
{
    char folder[] = "/tmp/weir-key-XXXXXX";
    cr_assert(mkdtemp(folder));
    return text_c_string(arena, text_format(arena, "%s/%s", folder, name));
}

Test(signature, keeps_a_key_where_only_its_owner_reads_it_and_replaces_none)
{
    const char *path = given_path("key.pem");
    struct signature_key *read = NULL;
    struct error err = {0};
    struct stat status;

    cr_assert(signature_file_save(path, given_key(), &err), "%s", err.message);

    cr_expect(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600);
    cr_assert(signature_file_load(arena, path, &read, &err), "%s", err.message);
    cr_expect(text_equals(signed_by(read, TEXT("a")), signed_by(given_key(), TEXT("a"))));
    cr_expect_not(signature_file_save(path, given_key(), &err));
    cr_expect_eq(err.kind, ERROR_CONFLICT);
}

Test(signature, loads_no_key_that_everybody_can_read)
{
    const char *path = given_path("key.pem");
    struct signature_key *read = NULL;
    struct error err = {0};
    cr_assert(file_write_atomic(path, TEXT(PRIVATE), 0644, NULL));

    cr_expect_not(signature_file_load(arena, path, &read, &err));

    cr_expect_eq(err.kind, ERROR_DENIED);
    cr_assert(file_write_atomic(path, TEXT(PRIVATE), 0440, NULL)); /* as a Secret's volume has it */
    cr_expect(signature_file_load(arena, path, &read, &err), "%s", err.message);
}

Test(signature, loads_every_public_key_of_a_file)
{
    const char *path = given_path("keys.pem");
    struct signature_public_key keys[2];
    struct error err = {0};
    size_t count = 0;

    cr_assert(file_write_atomic(path, TEXT("# old\n" PUBLIC "# new\n" PUBLIC), 0644, NULL));
    cr_assert(signature_file_load_public(path, keys, 2, &count, &err), "%s", err.message);
    cr_expect_eq(count, 2);

    cr_expect_not(signature_file_load_public(path, keys, 1, &count, &err));
    cr_expect(strstr(err.message, "more than 1 keys"), "%s", err.message);
    cr_assert(file_write_atomic(path, TEXT(PUBLIC EC_PUBLIC), 0644, NULL));
    cr_expect_not(signature_file_load_public(path, keys, 2, &count, &err));
    cr_assert(file_write_atomic(path, TEXT("nothing"), 0644, NULL));
    cr_expect_not(signature_file_load_public(path, keys, 2, &count, &err));
}
