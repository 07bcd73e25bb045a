/* Since when the API server does not do what is asked. */
#include "operator/runtime/api_trouble.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"

static struct error
given_error(enum error_kind kind, const char *message)
{
    struct error error = {0};
    error_set(&error, kind, "%s", message);
    return error;
}

Test(api_trouble, is_news_when_it_begins_and_when_it_ends)
{
    struct api_trouble trouble = {0};
    const struct error error = given_error(ERROR_UNAVAILABLE, "timed out"), none = {0};

    cr_expect_not(api_trouble_note(&trouble, &none, 0, 1000), "nothing was wrong");
    cr_expect(api_trouble_note(&trouble, &error, 1, 1000));
    cr_expect_not(api_trouble_note(&trouble, &error, 2000, 3000), "the same trouble");
    cr_expect_eq(trouble.since_ms, 1);
    cr_expect(api_trouble_note(&trouble, &none, 4000, 5000));
    cr_expect_not(api_trouble_note(&trouble, &none, 5000, 6000));
}

Test(api_trouble, is_worth_telling_after_ten_seconds_and_until_it_is_over)
{
    struct api_trouble trouble = {0};
    const struct error error = given_error(ERROR_UNAVAILABLE, "timed out"), none = {0};
    api_trouble_note(&trouble, &error, 0, 1000);

    cr_expect_not(api_trouble_lasts(&trouble, API_TROUBLE_LASTS_MS));
    cr_expect(api_trouble_lasts(&trouble, API_TROUBLE_LASTS_MS + 1));
    cr_expect_not(api_trouble_lasts(&trouble, API_TROUBLE_FORGOTTEN_MS), "nothing was refused lately");
    api_trouble_note(&trouble, &none, 20000, 21000);
    cr_expect_not(api_trouble_lasts(&trouble, 20001));
}

Test(api_trouble, says_what_since_when_and_why)
{
    struct arena *arena = arena_new(0);
    struct api_trouble trouble = {0};
    const struct error error = given_error(ERROR_UNAVAILABLE, "timed out");
    api_trouble_note(&trouble, &error, 0, 1700000000000);

    struct text words = api_trouble_words(arena, &trouble, "cannot reach the API server");

    cr_expect(text_equals(words, TEXT("cannot reach the API server since 2023-11-14T22:13:20Z: timed out\n")),
              "%.*s", TEXT_ARG(words));
    arena_free(arena);
}

Test(api_trouble, a_quota_or_an_admission_policy_that_says_403_is_no_missing_right)
{
    const struct error missing =
        given_error(ERROR_DENIED, "deployments.apps \"a\" is forbidden: User \"weir\" cannot patch resource");
    const struct error quota = given_error(ERROR_DENIED, "pods \"a\" is forbidden: exceeded quota: small");
    const struct error unknown = given_error(ERROR_DENIED, "Unauthorized");

    cr_expect(api_trouble_is_missing_right(&missing));
    cr_expect(api_trouble_is_missing_right(&unknown));
    cr_expect_not(api_trouble_is_missing_right(&quota));
}
