/* Tokens from anywhere against three public keys: nothing passes that these keys did not sign, and what looks
 * like a token is one for both questions that are asked of it. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/jwt.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct jwt_keys *one, *all; /* made once: making a key costs more than all the rest */

/* RFC 7515 A.2 and A.3: their private halves are public, but no fuzzer signs. */
static const struct jwt_key keys[] = {
    {.kid = TEXT("a"),
     .kty = TEXT("RSA"),
     .e = TEXT("AQAB"),
     .n = TEXT(
         "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-"
         "yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-"
         "KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_"
         "h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ")},
    {.kid = TEXT("b"),
     .kty = TEXT("EC"),
     .crv = TEXT("P-256"),
     .x = TEXT("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
     .y = TEXT("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")},
};

/* The input as a key, too: whatever it says, the set stays sound. */
static void
add_as_key(struct jwt_keys *set, struct text input)
{
    struct text rest = input;
    struct jwt_key key = {.kty = text_cut(&rest, '\n'), .alg = text_cut(&rest, '\n')};
    key.crv = text_cut(&rest, '\n');
    key.n = key.x = text_cut(&rest, '\n');
    key.e = key.y = text_cut(&rest, '\n');
    struct error why = {0};
    size_t before = jwt_keys_count(set);
    bool is_added = jwt_keys_add(set, &key, &why);
    assert(jwt_keys_count(set) == before + is_added);
    assert(is_added || why.kind == ERROR_INVALID);
}

int
LLVMFuzzerInitialize(int *count, char ***arguments)
{
    struct arena *arena = arena_new(0);
    (void)count;
    (void)arguments;
    one = jwt_keys_new(arena);
    all = jwt_keys_new(arena);
    bool is_ready = jwt_keys_add(one, &keys[1], NULL) && jwt_keys_add(all, &keys[0], NULL) &&
                    jwt_keys_add(all, &keys[1], NULL);
    assert(is_ready);
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new(0);
    struct text token = {(const char *)bytes, length};
    struct jwt_expected expected = {one, TEXT("joe"), TEXT("weir"), INT64_C(1300819000000)};
    struct jwt_claims claims = {0};
    struct error why = {0};
    assert(!jwt_verify(arena, &expected, token, &claims, &why));
    assert(why.kind == ERROR_INVALID || why.kind == ERROR_DENIED);
    expected.keys = all;
    assert(!jwt_verify(arena, &expected, token, &claims, &why));
    assert(!claims.json.bytes);
    assert(jwt_has_form(token) || why.kind == ERROR_INVALID);
    add_as_key(jwt_keys_new(arena), token);
    arena_free(arena);
    return 0;
}
