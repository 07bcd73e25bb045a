/* Who is woken by what is in a namespace. */
#include "operator/runtime/namespace_owners.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"

#define EXPECT_OWNER(OWNERS, NAMESPACE, WORKSPACE)                                                           \
    do {                                                                                                     \
        struct text owner = namespace_owners_find(OWNERS, TEXT(NAMESPACE));                                  \
        cr_assert(text_equals(owner, TEXT(WORKSPACE)), "owner is %.*s", TEXT_ARG(owner));                    \
    } while (0)

Test(namespace_owners, a_declared_namespace_wakes_its_workspace_before_it_exists)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct namespace_owners *owners = namespace_owners_new(arena);
    struct text names[] = {TEXT("demo-dev"), TEXT("demo-prod")};
    namespace_owners_declare(owners, TEXT("demo"), &(struct text_list){names, 2});

    EXPECT_OWNER(owners, "demo-dev", "demo");
    EXPECT_OWNER(owners, "demo-prod", "demo");
    EXPECT_OWNER(owners, "kube-system", "");
}

Test(namespace_owners, a_namespace_that_is_no_longer_declared_is_still_its_by_label)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct namespace_owners *owners = namespace_owners_new(arena);
    struct text names[] = {TEXT("demo-dev"), TEXT("demo-prod")};
    namespace_owners_declare(owners, TEXT("demo"), &(struct text_list){names, 2});
    namespace_owners_label(owners, TEXT("demo-prod"), TEXT("demo"));

    namespace_owners_declare(owners, TEXT("demo"), &(struct text_list){names, 1});

    EXPECT_OWNER(owners, "demo-prod", "demo");
    cr_assert_eq(namespace_owners_list(arena, owners, TEXT("demo")).count, 2u);

    namespace_owners_label(owners, TEXT("demo-prod"), (struct text){0});
    EXPECT_OWNER(owners, "demo-prod", "");
    cr_assert_eq(namespace_owners_list(arena, owners, TEXT("demo")).count, 1u);
}

Test(namespace_owners, whoever_declared_a_namespace_first_keeps_it)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct namespace_owners *owners = namespace_owners_new(arena);
    struct text names[] = {TEXT("shared")};
    namespace_owners_declare(owners, TEXT("first"), &(struct text_list){names, 1});
    namespace_owners_declare(owners, TEXT("second"), &(struct text_list){names, 1});
    EXPECT_OWNER(owners, "shared", "first");
}
