/* Warnings of the API server. */
#include "operator/kube/kube_warning.h"

#include <criterion/criterion.h>

#include "tests/support/arena_fixture.h"

TestSuite(kube_warning, .init = given_arena, .fini = end_arena);

Test(kube_warning, each_is_told_once_without_its_quotes)
{
    struct kube_warnings warnings = {0};
    struct text header = TEXT("299 - \"policy/v1beta1 is \\\"deprecated\\\"\" \"date\"");
    cr_assert(
        text_equals(kube_warning_take(arena, &warnings, header), TEXT("policy/v1beta1 is \"deprecated\"")));
    cr_assert_eq(kube_warning_take(arena, &warnings, header).length, 0);
    for (int i = 0; i < 200; i++) {
        struct text other = text_format(arena, "299 - \"w%d\"", i);
        cr_assert_gt(kube_warning_take(arena, &warnings, other).length, 0);
    }
}

Test(kube_warning, other_codes_and_nonsense_are_none)
{
    struct kube_warnings warnings = {0};
    const char *const none[] = {"", "110 - \"stale\"", "299", "299 - x", "299 - \""};
    for (size_t i = 0; i < COUNT_OF(none); i++)
        cr_assert_eq(kube_warning_take(arena, &warnings, text_of(none[i])).length, 0, "%s", none[i]);
}
