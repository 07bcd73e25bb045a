/* Reviews as the API server takes them, and its answers. */
#include "api/server/identity/kube_review.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"

TestSuite(kube_review, .init = given_arena, .fini = end_arena);

#define ADA                                                                                                  \
    "{\"user\":\"ada\",\"groups\":[\"retail\",\"system:authenticated\"],\"uid\":\"7\",\"extra\":{\"a/"       \
    "b\":[\"c\"]}}"

static void
expect(struct text found, const char *wanted)
{
    cr_assert(text_equals(found, text_of(wanted)), "%.*s", TEXT_ARG(found));
}

Test(kube_review, a_token_is_a_text_whatever_is_in_it)
{
    expect(kube_review_ask_who(arena, TEXT("a\"},\"x\":{"), TEXT("weir-api")),
           "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenReview\",\"spec\":{\"token\":"
           "\"a\\\"},\\\"x\\\":{\",\"audiences\":[\"weir-api\"]}}");
    expect(
        kube_review_ask_who(arena, TEXT("t"), TEXT("")),
        "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenReview\",\"spec\":{\"token\":\"t\"}}");
}

Test(kube_review, a_right_is_asked_with_all_that_the_user_is)
{
#define MAY(MORE)                                                                                            \
    "{\"apiVersion\":\"authorization.k8s.io/"                                                                \
    "v1\",\"kind\":\"SubjectAccessReview\",\"spec\":{\"user\":\"ada\","                                      \
    "\"groups\":[\"retail\",\"system:authenticated\"],\"uid\":\"7\",\"extra\":{\"a/b\":[\"c\"]},"            \
    "\"resourceAttributes\":{\"group\":\"weir.dev\",\"resource\":\"workspaces\"," MORE "}}}"
    expect(kube_review_ask_may(arena, TEXT(ADA), TEXT("get"), TEXT("retail-ai")),
           MAY("\"verb\":\"get\",\"name\":\"retail-ai\""));
    expect(kube_review_ask_may(arena, TEXT(ADA), TEXT("update"), TEXT("retail-ai")),
           MAY("\"verb\":\"update\",\"name\":\"retail-ai\""));
    expect(kube_review_ask_may(arena, TEXT(ADA), TEXT("get"), TEXT("")), MAY("\"verb\":\"list\""));
}

static struct text
who(const char *status, const char *audience)
{
    struct kube_user user = {0};
    struct error err = {0};
    struct text answer = text_format(arena, "{\"spec\":{\"token\":\"secret\"},\"status\":%s}", status);
    cr_assert(kube_review_read_who(arena, answer, text_of(audience), &user, &err), "%s", err.message);
    cr_assert(text_is_empty(user.name) || text_equals(user.name, kube_review_user_name(arena, user.json)));
    return text_is_empty(user.name) ? TEXT("nobody") : user.json;
}

#define USER                                                                                                 \
    "\"user\":{\"username\":\"ada\",\"uid\":\"7\",\"groups\":[\"retail\",\"system:authenticated\"],"         \
    "\"extra\":{"                                                                                            \
    "\"a/b\":[\"c\"]}}"

Test(kube_review, who_is_known_is_known_with_groups_and_extras)
{
    expect(who("{\"authenticated\":true," USER "}", ""), ADA);
    expect(who("{\"authenticated\":true,\"audiences\":[\"https://k\"]," USER "}", ""), ADA);
    expect(who("{\"authenticated\":true,\"audiences\":[\"x\",\"weir-api\"]," USER "}", "weir-api"), ADA);
}

Test(kube_review, a_token_that_is_not_good_or_not_for_us_is_nobodys)
{
    static const char *const others[] = {"{}",
                                         "{\"authenticated\":false," USER "}",
                                         "{\"authenticated\":\"true\"," USER "}",
                                         "{\"error\":\"invalid bearer token\"}",
                                         "{\"authenticated\":true," USER "}",
                                         "{\"authenticated\":true,\"audiences\":[]," USER "}",
                                         "{\"authenticated\":true,\"audiences\":[\"https://k\"]," USER "}",
                                         "{\"authenticated\":true,\"audiences\":[\"weir-api\"]}"};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        expect(who(others[i], "weir-api"), "nobody");
}

Test(kube_review, what_is_no_review_is_an_error_without_a_byte_of_it)
{
    static const char *const wrong[] = {"", "secret", "{\"status\":\"secret\"}", "{\"token\":\"secret\"}",
                                        "[\"secret\"]"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct kube_user user;
        struct error err = {0}, other = {0};
        bool may;
        cr_assert_not(kube_review_read_who(arena, text_of(wrong[i]), TEXT(""), &user, &err), "%s", wrong[i]);
        cr_assert_not(kube_review_read_may(arena, text_of(wrong[i]), &may, &other));
        cr_assert(!strstr(err.message, "secret") && !strstr(other.message, "secret"), "%s", err.message);
    }
}

Test(kube_review, a_right_is_there_when_it_is_allowed_and_not_denied)
{
    static const struct {
        const char *status;
        bool may;
    } cases[] = {{"{\"allowed\":true}", true},
                 {"{\"allowed\":false,\"reason\":\"x\"}", false},
                 {"{\"allowed\":true,\"denied\":true}", false},
                 {"{\"allowed\":\"true\"}", false},
                 {"{}", false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = {0};
        bool may = !cases[i].may;
        struct text answer = text_format(arena, "{\"status\":%s}", cases[i].status);
        cr_assert(kube_review_read_may(arena, answer, &may, &err));
        cr_assert_eq(may, cases[i].may, "%s", cases[i].status);
    }
}
