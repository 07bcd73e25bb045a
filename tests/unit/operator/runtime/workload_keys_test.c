/* The API server's two answers about its tokens. */
#include "operator/runtime/workload_keys.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"

#define ABOUT                                                                                                \
    TEXT("{\"issuer\":\"https://kubernetes.default.svc\",\"jwks_uri\":\"https://x/openid/v1/jwks\"}")

Test(workload_keys, an_issuer_and_its_keys_are_read)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct workload_identity identity;

    cr_assert(workload_keys_parse(
        arena, ABOUT,
        TEXT("{\"keys\":[{\"use\":\"sig\",\"kty\":\"RSA\",\"kid\":\"a\",\"alg\":\"RS256\","
             "\"n\":\"AQ\",\"e\":\"AQAB\"},{\"kty\":\"EC\",\"kid\":\"b\",\"crv\":\"P-256\","
             "\"x\":\"AA\",\"y\":\"BB\"}]}"),
        &identity));

    cr_assert(text_equals(identity.issuer, TEXT("https://kubernetes.default.svc")));
    cr_assert(text_equals(identity.audience, TEXT("weir")));
    cr_assert_eq(identity.keys.count, 2u);
    cr_assert(text_equals(identity.keys.items[0].e, TEXT("AQAB")));
    cr_assert(text_equals(identity.keys.items[1].crv, TEXT("P-256")));
}

Test(workload_keys, without_an_issuer_or_keys_nothing_is_known)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct workload_identity identity;
    cr_assert_not(workload_keys_parse(arena, TEXT("{}"), TEXT("{\"keys\":[{\"kid\":\"a\"}]}"), &identity));
    cr_assert_not(workload_keys_parse(arena, ABOUT, TEXT("{\"keys\":[]}"), &identity));
    cr_assert_not(workload_keys_parse(arena, ABOUT, TEXT("Not Acceptable"), &identity));
}
