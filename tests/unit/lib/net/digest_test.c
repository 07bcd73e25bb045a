/* SHA-256 against FIPS 180-4's examples, hex and base64 against RFC 4648's, and their strictness. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/net/digest.h"

static struct arena *arena;

static void
begin(void)
{
    arena = arena_new(0);
}

static void
end(void)
{
    arena_free(arena);
}

TestSuite(digest, .init = begin, .fini = end);

Test(digest, of_known_texts_is_known)
{
    cr_assert(text_equals(digest_sha256_hex(arena, TEXT("abc")),
                          TEXT("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")));
    cr_assert(text_equals(digest_sha256_hex(arena, (struct text){0}),
                          TEXT("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")));
}

Test(digest, hex_goes_both_ways_and_is_exact)
{
    uint8_t bytes[3];

    cr_assert(digest_parse_hex(TEXT("00fFa5"), bytes, 3));
    cr_assert(text_equals(digest_hex(arena, bytes, 3), TEXT("00ffa5")));
    cr_assert_not(digest_parse_hex(TEXT("00ff"), bytes, 3));
    cr_assert_not(digest_parse_hex(TEXT("00ffa50"), bytes, 3));
    cr_assert_not(digest_parse_hex(TEXT("00ffg5"), bytes, 3));
    cr_assert_not(digest_parse_hex(TEXT("00ffa5a5"), bytes, 3));
}

Test(digest, base64_goes_both_ways)
{
    static const struct text pairs[][2] = {
        {TEXT(""), TEXT("")},
        {TEXT("f"), TEXT("Zg==")},
        {TEXT("fo"), TEXT("Zm8=")},
        {TEXT("foo"), TEXT("Zm9v")},
        {TEXT("foob"), TEXT("Zm9vYg==")},
        {TEXT("fooba"), TEXT("Zm9vYmE=")},
        {TEXT("foobar"), TEXT("Zm9vYmFy")},
        {TEXT("\xfb\xff\xfe"), TEXT("+//+")},
    };

    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct text decoded;
        cr_expect(text_equals(digest_base64(arena, pairs[i][0].bytes, pairs[i][0].length), pairs[i][1]));
        cr_expect(digest_base64_decode(arena, pairs[i][1], &decoded));
        cr_expect(text_equals(decoded, pairs[i][0]));
    }
}

Test(digest, base64url_has_its_own_letters_and_no_padding)
{
    cr_assert(text_equals(digest_base64url(arena, "\xfb\xff\xfe", 3), TEXT("-__-")));
    cr_assert(text_equals(digest_base64url(arena, "f", 1), TEXT("Zg")));
}

Test(digest, base64_of_another_spelling_is_refused)
{
    static const struct text wrong[] = {TEXT("Zg"),   TEXT("Zg="),    TEXT("Zg==="), TEXT("Zh=="),
                                        TEXT("Zm9="), TEXT("Z==="),   TEXT("===="),  TEXT("Zg==Zg=="),
                                        TEXT("Zm 9"), TEXT("Zm9v\n"), TEXT("-__-")};

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct text decoded;
        cr_expect_not(digest_base64_decode(arena, wrong[i], &decoded), "%.*s", TEXT_ARG(wrong[i]));
    }
}

Test(digest, compares_and_forgets)
{
    char secret[4] = {'a', 'b', 'c', 'd'};

    cr_assert(digest_equals(secret, "abcd", 4));
    cr_assert_not(digest_equals(secret, "abce", 4));
    digest_forget(secret, sizeof(secret));

    cr_assert(digest_equals(secret, "\0\0\0\0", 4));
}

/* RFC 4231 4.2, 4.3 and 4.7: a short key, a shorter one, and one that is longer than a block. */
Test(digest, hmac_of_known_texts_is_known)
{
    static const struct {
        struct text key, bytes, hex;
    } cases[] = {
        {TEXT("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
         TEXT("Hi There"), TEXT("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")},
        {TEXT("Jefe"), TEXT("what do ya want for nothing?"),
         TEXT("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")},
    };
    uint8_t hmac[DIGEST_SHA256_BYTES], long_key[131];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        digest_hmac_sha256(cases[i].key, cases[i].bytes, hmac);
        cr_expect(text_equals(digest_hex(arena, hmac, sizeof(hmac)), cases[i].hex), "%zu", i);
    }
    memset(long_key, 0xaa, sizeof(long_key));
    digest_hmac_sha256((struct text){(char *)long_key, sizeof(long_key)},
                       TEXT("Test Using Larger Than Block-Size Key - Hash Key First"), hmac);
    cr_expect(text_equals(digest_hex(arena, hmac, sizeof(hmac)),
                          TEXT("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")));
}
