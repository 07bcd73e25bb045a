/* A price card is refused as a whole, with the place of what is wrong. */
#include "api/server/price_card_file.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"

TestSuite(price_card_file, .init = given_arena, .fini = end_arena);

static void
expect_refused(const char *yaml, const char *words)
{
    struct price_card card = {.usd_per_core_hour = 77};
    struct error err = {0};
    cr_assert_not(price_card_file_parse(arena, text_of(yaml), TEXT("card.yaml"), &card, &err));
    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert_not_null(strstr(err.message, words), "%s", err.message);
    cr_assert_eq(card.usd_per_core_hour, 77);
}

Test(price_card_file, is_read_as_yaml_and_as_json)
{
    struct price_card card;
    struct error err = {0};
    cr_assert(price_card_file_parse(arena, TEXT("usdPerCoreHour: \"0.04\"\nusdPerGiBHour: \"0.005\"\n"),
                                    TEXT("card.yaml"), &card, &err),
              "%s", err.message);
    cr_assert_eq(card.usd_per_gib_hour, 5000000);
    cr_assert(price_card_file_parse(arena,
                                    TEXT("{\"usdPerCoreHour\": \"1\", \"usdPerGiBHour\": \"0\", \"devices\": "
                                         "[{\"resource\": \"amd.com/gpu\", \"usdPerHour\": \"1.5\"}]}"),
                                    TEXT("card.json"), &card, &err),
              "%s", err.message);
    cr_assert_eq(card.devices.items[0].usd_per_hour, 1500000000);
}

Test(price_card_file, with_a_mistake_is_refused_with_its_line)
{
    expect_refused("usdPerCoreHour: \"0.04\"\nusdPerGiBHour: \"0\"\nusdPerGibHour: \"0.005\"\n",
                   "card.yaml:3");
    expect_refused("usdPerCoreHour: \"0.04\"\n", "usdPerGiBHour");
    expect_refused("usdPerCoreHour: \"0.04\"\nusdPerGiBHour: \"cheap\"\n", "card.yaml:2");
    expect_refused("usdPerCoreHour: \"0.04\"\nusdPerGiBHour: \"0\"\ndevices:\n  - { resource: a, usdPerHour: "
                   "\"1\" }\n  - { resource: a, usdPerHour: \"2\" }\n",
                   "card.yaml:5");
    expect_refused("usdPerCoreHour: \"0.04\"\nusdPerGiBHour: \"10000.000000001\"\n", "card.yaml:2");
    expect_refused("", "not one");
}
