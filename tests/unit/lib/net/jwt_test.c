/* Tokens held against RFC 7515's examples, against keys made here, and against everything that must not pass.
 */
#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "lib/net/digest.h"
#include "lib/net/jwt.h"
#include "tests/support/arena_fixture.h"
#include "tests/support/token_maker.h"

#define NOW_MS INT64_C(1800000000000)
#define ISSUER "https://kubernetes.default.svc"

TestSuite(jwt, .init = given_arena, .fini = end_arena);

static const struct jwt_expected expected = {
    .issuer = TEXT(ISSUER), .audience = TEXT("weir"), .now_unix_ms = NOW_MS};

#define CLAIMS(TIMES) "{\"iss\":\"" ISSUER "\",\"aud\":[\"weir\"]," TIMES ",\"sub\":\"system:x\"}"
static const struct text good_claims = TEXT(CLAIMS("\"exp\":1800003600,\"nbf\":1799999990"));

static struct jwt_keys *
keys_of(const struct jwt_key *keys, size_t count)
{
    struct jwt_keys *loaded = jwt_keys_new(arena);
    for (size_t i = 0; i < count; i++) {
        struct error err = {0};
        cr_assert(jwt_keys_add(loaded, &keys[i], &err), "%s", err.message);
    }
    return loaded;
}

/* The error's message, or the empty text when the token is good. */
static struct text
verdict(const struct jwt_keys *keys, const struct jwt_expected *wanted, struct text token)
{
    struct jwt_claims claims = {0};
    struct error err = {0};
    struct jwt_expected with_keys = *wanted;
    with_keys.keys = keys;
    bool is_good = jwt_verify(arena, &with_keys, token, &claims, &err);
    cr_assert_eq(is_good, claims.json.length > 0);
    return is_good ? TEXT("") : text_copy(arena, text_of(err.message));
}

#define cr_says(VERDICT, WORDS)                                                                              \
    do {                                                                                                     \
        struct text said_ = (VERDICT);                                                                       \
        cr_assert(text_find(said_, TEXT(WORDS)) >= 0 && said_.length > 0, "said: %.*s", TEXT_ARG(said_));    \
    } while (0)

static struct text
verdict_on(struct text claims)
{
    struct token_maker *maker = token_maker_new(arena, "ES256", "a");
    struct jwt_key key = token_maker_key(maker);
    return verdict(keys_of(&key, 1), &expected, token_maker_sign(maker, claims));
}

#define RFC_PAYLOAD                                                                                          \
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
static const struct jwt_expected rfc_expected = {
    .issuer = TEXT("joe"), .audience = TEXT("weir"), .now_unix_ms = INT64_C(1300819000000)};

/* The examples have no audience: when only that is missed, the signature was found good. */
Test(jwt, the_rsa_example_of_rfc_7515_has_a_good_signature)
{
    const struct jwt_key key = {.kty = TEXT("RSA"),
                                .e = TEXT("AQAB"),
                                .n = TEXT("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-"
                                          "Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-"
                                          "yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
                                          "bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-"
                                          "KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_"
                                          "I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_"
                                          "h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ")};
    struct text token =
        TEXT("eyJhbGciOiJSUzI1NiJ9" RFC_PAYLOAD
             "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
             "O8W2Fp5jujGbds9uJdbF9"
             "CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_"
             "eSN9383LcOL"
             "n6_dO--xi12jzDwusC-"
             "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtV"
             "rBp0igcN_IoypGlUPQGe77Rw");

    cr_says(verdict(keys_of(&key, 1), &rfc_expected, token), "audience");
}

Test(jwt, the_elliptic_example_of_rfc_7515_has_a_good_signature)
{
    const struct jwt_key key = {.kty = TEXT("EC"),
                                .crv = TEXT("P-256"),
                                .x = TEXT("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                                .y = TEXT("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")};
    struct text token =
        TEXT("eyJhbGciOiJFUzI1NiJ9" RFC_PAYLOAD
             "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");

    cr_says(verdict(keys_of(&key, 1), &rfc_expected, token), "audience");
}

Test(jwt, each_algorithm_is_verified_with_its_key_and_no_other_byte)
{
    static const char *const algorithms[] = {"RS256", "RS384", "RS512", "ES256", "ES384"};
    for (size_t i = 0; i < COUNT_OF(algorithms); i++) {
        struct token_maker *maker = token_maker_new(arena, algorithms[i], "a");
        struct jwt_key key = token_maker_key(maker);
        struct jwt_keys *keys = keys_of(&key, 1);
        struct text token = token_maker_sign(maker, good_claims);
        cr_assert(text_is_empty(verdict(keys, &expected, token)), "%s", algorithms[i]);

        /* Any other byte anywhere makes it another token (the last one may hold spare bits). */
        char *changed = text_c_string(arena, token);
        for (size_t at = 0; at < token.length; at += 1 + token.length / 97) {
            char was = changed[at];
            changed[at] = was == 'A' ? 'B' : 'A';
            cr_assert_not(text_is_empty(verdict(keys, &expected, text_of(changed))), "byte %zu", at);
            changed[at] = was;
        }
    }
}

Test(jwt, what_it_claims_is_handed_over)
{
    struct token_maker *maker = token_maker_new(arena, "ES384", "a");
    struct jwt_key key = token_maker_key(maker);
    struct jwt_claims claims = {0};

    struct jwt_expected with_keys = expected;
    with_keys.keys = keys_of(&key, 1);
    cr_assert(jwt_verify(arena, &with_keys, token_maker_sign(maker, good_claims), &claims, NULL));

    cr_assert(text_equals(claims.json, good_claims));
    cr_assert(text_equals(claims.subject, TEXT("system:x")));
    cr_assert_eq(claims.expires_unix_ms, INT64_C(1800003600000));
}

Test(jwt, an_algorithm_that_is_none_or_not_the_keys_is_refused)
{
    struct token_maker *rsa = token_maker_new(arena, "RS256", "a");
    struct token_maker *curve = token_maker_new(arena, "ES256", "a");
    struct jwt_key rsa_key = token_maker_key(rsa), curve_key = token_maker_key(curve);
    struct jwt_keys *keys = keys_of(&rsa_key, 1), *curve_keys = keys_of(&curve_key, 1);
    static const char *const headers[] = {
        "{\"alg\":\"none\",\"kid\":\"a\"}",  "{\"alg\":\"None\",\"kid\":\"a\"}",
        "{\"alg\":\"HS256\",\"kid\":\"a\"}", "{\"alg\":\"rs256\",\"kid\":\"a\"}",
        "{\"alg\":\"PS256\",\"kid\":\"a\"}", "{\"alg\":\"RS384\",\"kid\":\"a\"}",
        "{\"alg\":\"ES256\",\"kid\":\"a\"}", "{\"alg\":\"\",\"kid\":\"a\"}",
    };
    for (size_t i = 0; i < COUNT_OF(headers); i++)
        cr_says(verdict(keys, &expected, token_maker_sign_as(rsa, text_of(headers[i]), good_claims)),
                "signature");
    cr_says(verdict(curve_keys, &expected,
                    token_maker_sign_as(curve, TEXT("{\"alg\":\"RS256\",\"kid\":\"a\"}"), good_claims)),
            "signature");
}

/* The classic confusion: the public key as the secret of an HMAC. There is no HMAC here at all. */
Test(jwt, headers_that_are_no_headers_are_refused)
{
    struct token_maker *maker = token_maker_new(arena, "ES256", "a");
    struct jwt_key key = token_maker_key(maker);
    struct jwt_keys *keys = keys_of(&key, 1);
    static const char *const headers[] = {
        "[]",
        "{}",
        "{\"alg\":1}",
        "{\"alg\":\"ES256\",\"alg\":\"none\",\"kid\":\"a\"}",
        "{\"alg\":\"ES256\",\"kid\":7}",
        "{\"alg\":\"ES256\",\"kid\":null}",
        "{\"alg\":\"ES256\",\"kid\":\"a\",\"crit\":[\"b64\"],\"b64\":false}",
        "{\"alg\":\"ES256\",\"kid\":\"a\",\"b64\":true}",
        "{\"alg\":\"ES256\",\"kid\":\"a\"} ",
        "not json",
    };
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        struct text said =
            verdict(keys, &expected, token_maker_sign_as(maker, text_of(headers[i]), good_claims));
        bool is_blank_behind = i == COUNT_OF(headers) - 2; /* which JSON allows */
        cr_assert_eq(text_is_empty(said), is_blank_behind, "%s: %.*s", headers[i], TEXT_ARG(said));
    }
}

Test(jwt, the_key_is_chosen_by_its_name_alone)
{
    struct token_maker *first = token_maker_new(arena, "ES256", "first");
    struct token_maker *second = token_maker_new(arena, "ES256", "second");
    struct jwt_key both[] = {token_maker_key(first), token_maker_key(second)};
    struct jwt_keys *keys = keys_of(both, 2);

    cr_assert(text_is_empty(verdict(keys, &expected, token_maker_sign(first, good_claims))));
    cr_assert(text_is_empty(verdict(keys, &expected, token_maker_sign(second, good_claims))));
    cr_says(verdict(keys, &expected,
                    token_maker_sign_as(first, TEXT("{\"alg\":\"ES256\",\"kid\":\"second\"}"), good_claims)),
            "signature");
    cr_says(verdict(keys, &expected,
                    token_maker_sign_as(first, TEXT("{\"alg\":\"ES256\",\"kid\":\"third\"}"), good_claims)),
            "not known");
    struct text nameless = token_maker_sign_as(first, TEXT("{\"alg\":\"ES256\"}"), good_claims);
    cr_says(verdict(keys, &expected, nameless), "not known");
    cr_assert(text_is_empty(verdict(keys_of(both, 1), &expected, nameless)));
    cr_says(verdict(keys_of(both, 0), &expected, nameless), "not known");
}

Test(jwt, issuer_and_audience_must_be_the_expected_ones)
{
    cr_assert(
        text_is_empty(verdict_on(TEXT("{\"iss\":\"" ISSUER "\",\"aud\":\"weir\",\"exp\":1800003600}"))));
    cr_assert(text_is_empty(
        verdict_on(TEXT("{\"iss\":\"" ISSUER "\",\"aud\":[\"x\",\"weir\"],\"exp\":1800003600}"))));
    cr_says(verdict_on(TEXT("{\"iss\":\"" ISSUER "/\",\"aud\":\"weir\",\"exp\":1800003600}")), "issuer");
    cr_says(verdict_on(TEXT("{\"iss\":[\"" ISSUER "\"],\"aud\":\"weir\",\"exp\":1800003600}")), "issuer");
    cr_says(verdict_on(TEXT("{\"aud\":\"weir\",\"exp\":1800003600}")), "issuer");
    cr_says(verdict_on(TEXT("{\"iss\":\"" ISSUER "\",\"aud\":\"weird\",\"exp\":1800003600}")), "audience");
    cr_says(verdict_on(TEXT("{\"iss\":\"" ISSUER "\",\"aud\":[\"x\",[\"weir\"]],\"exp\":1800003600}")),
            "audience");
    cr_says(verdict_on(TEXT("{\"iss\":\"" ISSUER "\",\"aud\":{\"weir\":1},\"exp\":1800003600}")), "audience");
    cr_says(verdict_on(TEXT("{\"iss\":\"" ISSUER "\",\"exp\":1800003600}")), "audience");
}

Test(jwt, times_hold_with_thirty_seconds_of_leeway)
{
    cr_assert(text_is_empty(verdict_on(TEXT(CLAIMS("\"exp\":1799999971")))));
    cr_says(verdict_on(TEXT(CLAIMS("\"exp\":1799999970"))), "expired");
    cr_assert(text_is_empty(verdict_on(TEXT(CLAIMS("\"exp\":1800003600,\"nbf\":1800000030")))));
    cr_says(verdict_on(TEXT(CLAIMS("\"exp\":1800003600,\"nbf\":1800000031"))), "not valid yet");
    cr_says(verdict_on(TEXT(CLAIMS("\"iat\":1"))), "exp");
    cr_says(verdict_on(TEXT(CLAIMS("\"exp\":\"1800003600\""))), "exp");
    cr_says(verdict_on(TEXT(CLAIMS("\"exp\":1.8e9"))), "exp");
    cr_says(verdict_on(TEXT(CLAIMS("\"exp\":-1"))), "exp");
    cr_says(verdict_on(TEXT(CLAIMS("\"exp\":9223372036854775807"))), "exp");
    cr_says(verdict_on(TEXT(CLAIMS("\"exp\":1800003600,\"nbf\":\"now\""))), "nbf");
    cr_says(verdict_on(TEXT(CLAIMS("\"exp\":1,\"exp\":1800003600"))), "claims");
}

Test(jwt, what_is_no_token_is_refused_without_a_word_of_it)
{
    struct token_maker *maker = token_maker_new(arena, "ES256", "a");
    struct jwt_key key = token_maker_key(maker);
    struct jwt_keys *keys = keys_of(&key, 1);
    static const char *const tokens[] = {"",        ".",          "..",          "a.b",    "a.b.c.d", "a..c",
                                         "a.b.c=",  "a.b.c\n",    " a.b.c",      "+.b.c",  "a/.b.c",  ".b.c",
                                         "secret.", "secret.b.c", "eyJ9.eyJ9.x", "A.AA.AA"};
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        struct text said = verdict(keys, &expected, text_of(tokens[i]));
        cr_assert(said.length > 0 && text_find(said, TEXT("secret")) < 0, "%s: %.*s", tokens[i],
                  TEXT_ARG(said));
    }
    struct text good = token_maker_sign(maker, good_claims);
    cr_assert(jwt_has_form(good));
    char *longer = arena_alloc(arena, JWT_MAX_BYTES + 8);
    memset(longer, 'A', JWT_MAX_BYTES + 7);
    longer[4] = longer[8] = '.';
    cr_assert_not(jwt_has_form(text_of(longer)));
}

Test(jwt, a_signature_of_another_length_is_refused)
{
    struct token_maker *maker = token_maker_new(arena, "ES256", "a");
    struct jwt_key key = token_maker_key(maker);
    struct text good = token_maker_sign(maker, good_claims);
    struct text longer = text_format(arena, "%.*sAAAA", TEXT_ARG(good));

    cr_says(verdict(keys_of(&key, 1), &expected, longer), "signature");
    struct text shorter = text_slice(good, 0, good.length - 4); /* its spare bits may be none */
    cr_assert_not(text_is_empty(verdict(keys_of(&key, 1), &expected, shorter)));
}

Test(jwt, unsound_keys_are_refused_and_say_why)
{
    struct jwt_key good = token_maker_key(token_maker_new(arena, "ES256", "a"));
    struct jwt_key rsa = token_maker_key(token_maker_new(arena, "RS256", "a"));
    struct jwt_keys *keys = jwt_keys_new(arena);
    struct jwt_key wrong;

    wrong = good, wrong.kty = TEXT("oct");
    cr_assert_not(jwt_keys_add(keys, &wrong, NULL));
    wrong = good, wrong.crv = TEXT("secp256k1");
    cr_assert_not(jwt_keys_add(keys, &wrong, NULL));
    wrong = good, wrong.alg = TEXT("RS256");
    cr_assert_not(jwt_keys_add(keys, &wrong, NULL));
    wrong = good, wrong.alg = TEXT("none");
    cr_assert_not(jwt_keys_add(keys, &wrong, NULL));
    wrong = good, wrong.y = good.x;
    cr_assert_not(jwt_keys_add(keys, &wrong, NULL)); /* not on the curve */
    wrong = good, wrong.x = text_slice(good.x, 0, 40);
    cr_assert_not(jwt_keys_add(keys, &wrong, NULL));
    wrong = rsa, wrong.n = text_slice(rsa.n, 0, 172); /* 1032 bits */
    cr_assert_not(jwt_keys_add(keys, &wrong, NULL));
    wrong = rsa, wrong.e = TEXT("AQ"); /* 1 */
    cr_assert_not(jwt_keys_add(keys, &wrong, NULL));
    wrong = rsa, wrong.e = TEXT("AQAA"); /* even */
    cr_assert_not(jwt_keys_add(keys, &wrong, NULL));
    wrong = rsa, wrong.n = TEXT("");
    cr_assert_not(jwt_keys_add(keys, &wrong, NULL));
    cr_assert_eq(jwt_keys_count(keys), 0);
    cr_assert(jwt_keys_add(keys, &good, NULL));
}

Test(jwt, what_a_token_says_can_be_read_without_believing_it)
{
    struct token_maker *maker = token_maker_new(arena, "ES256", "a");
    struct text token = token_maker_sign(maker, good_claims);
    struct text forged = text_format(arena, "%.*sAA", TEXT_ARG(text_slice(token, 0, token.length - 2)));
    struct jwt_words words = {0};
    cr_assert(jwt_peek(arena, forged, &words));
    cr_assert(text_equals(words.kid, TEXT("a")) && text_equals(words.issuer, TEXT(ISSUER)));
    cr_assert_eq(words.expires_unix_ms, INT64_C(1800003600000));
    cr_assert(jwt_words_are_for(arena, &words, TEXT("weir")));
    cr_assert_not(jwt_words_are_for(arena, &words, TEXT("weir-api")));

    cr_assert(jwt_peek(arena, token_maker_sign(maker, TEXT("{\"aud\":\"x\",\"exp\":\"soon\"}")), &words));
    cr_assert(text_is_empty(words.issuer) && words.expires_unix_ms == INT64_MAX);
    cr_assert(jwt_words_are_for(arena, &words, TEXT("x")));
    cr_assert_not(jwt_peek(arena, TEXT("opaque-token"), &words));
    cr_assert_not(jwt_peek(arena, token_maker_sign(maker, TEXT("[]")), &words));
}
