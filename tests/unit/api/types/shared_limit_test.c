/* Ids of limits that gateways share. */
#include "api/types/shared_limit.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"

static const struct gateway_limit a_limit = {.scope = LIMIT_SCOPE_CALLER,
                                             .unit = LIMIT_UNIT_TOKENS_PER_MINUTE};

Test(shared_limit, an_id_says_whose_limit_it_is_and_what_it_counts)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct text id = shared_limit_id(arena, TEXT("retail"), TEXT("prod"), &a_limit);
    cr_assert(text_equals(id, TEXT("limit:retail/prod/Caller/TokensPerMinute")), "%.*s", TEXT_ARG(id));
    cr_assert(shared_limit_is_id(id));
    cr_assert_not(shared_limit_is_id(TEXT("weir-system/org/Caller/Minute/Tokens")));
}

Test(shared_limit, only_gateways_of_its_environment_may_name_it)
{
    struct text id = TEXT("limit:retail/prod/Caller/TokensPerMinute");
    cr_assert(shared_limit_is_of(id, TEXT("retail"), TEXT("prod")));
    cr_assert_not(shared_limit_is_of(id, TEXT("retail"), TEXT("dev")));
    cr_assert_not(shared_limit_is_of(id, TEXT("retail"), TEXT("pro")));
    cr_assert_not(shared_limit_is_of(id, TEXT("ret"), TEXT("ail/prod")));
    cr_assert_not(shared_limit_is_of(TEXT("retail/prod/"), TEXT("retail"), TEXT("prod")));
}
