/* What a peer reads is what was said to it. */
#include "api/server/gateway_calls.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"

TestSuite(gateway_calls, .init = given_arena, .fini = end_arena);

static struct running_call calls[] = {
    {.id = TEXT("01A"), .time = 1764000000000, .caller = TEXT("ada"), .stream = true, .bytes = 12}};
static const struct ledger_running running = {.number = 7, .calls = {calls, COUNT_OF(calls)}};

Test(gateway_calls, are_read_as_they_were_said)
{
    const struct surveyed surveyed[] = {{.journal = TEXT("a"), .state = SURVEYED_HEARD, .running = &running},
                                        {.journal = TEXT("b"), .state = SURVEYED_CANNOT},
                                        {.journal = TEXT("c"), .state = SURVEYED_HEARD}};
    const struct survey_answer answer = {.gateways = surveyed, .count = COUNT_OF(surveyed)};
    struct gateways_calls read;
    struct error err;
    cr_assert(gateway_calls_parse(arena, gateway_calls_print(arena, &answer), &read, &err), "%s",
              err.message);
    cr_assert_eq(read.gateways.count, 3);
    const struct gateway_calls *found = read.gateways.items;
    cr_assert(text_equals(found[0].journal, TEXT("a")) && found[0].state == SURVEYED_HEARD &&
              !found[0].is_cut);
    cr_assert_eq(found[0].calls.count, 1);
    const struct running_call *call = &found[0].calls.items[0];
    cr_assert(text_equals(call->id, TEXT("01A")) && text_equals(call->caller, TEXT("ada")));
    cr_assert(call->time == 1764000000000 && call->stream && call->bytes == 12);
    cr_assert(found[1].state == SURVEYED_CANNOT && found[1].calls.count == 0 && !found[1].is_cut);
    cr_assert(found[2].state == SURVEYED_HEARD && found[2].is_cut, "more came than is kept");
}

Test(gateway_calls, that_cannot_be_read_are_refused)
{
    static const char *const wrong[] = {"", "[]", "{\"gateways\":[{\"state\":\"Heard\"}]}",
                                        "{\"gateways\":[{\"journal\":\"a\",\"state\":\"Lazy\"}]}"};
    struct gateways_calls read;
    struct error err;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        cr_assert_not(gateway_calls_parse(arena, text_of(wrong[i]), &read, &err), "%s", wrong[i]);
}
