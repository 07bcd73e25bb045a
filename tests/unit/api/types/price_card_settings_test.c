/* A price card is refused as a whole, with the place of what is wrong. */
#include "api/types/price_card.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "lib/schema/settings.h"
#include "tests/support/arena_fixture.h"

TestSuite(price_card_settings, .init = given_arena, .fini = end_arena);

static bool
parse(struct text yaml, struct price_card *card, struct error *err)
{
    const struct settings_text written = {yaml, TEXT("card.yaml")};
    return settings_parse(arena, &price_card_schema, &written, card, err);
}

static void
expect_refused(const char *yaml, const char *words)
{
    struct price_card card;
    struct error err = {0};
    cr_assert_not(parse(text_of(yaml), &card, &err));
    cr_assert_eq(err.kind, ERROR_INVALID);
    cr_assert_not_null(strstr(err.message, words), "%s", err.message);
}

Test(price_card_settings, is_read_as_yaml_and_as_json)
{
    struct price_card card;
    struct error err = {0};
    cr_assert(parse(TEXT("usdPerCoreHour: \"0.04\"\nusdPerGiBHour: \"0.005\"\n"), &card, &err), "%s",
              err.message);
    cr_assert_eq(card.usd_per_gib_hour, 5000000);
    cr_assert(parse(TEXT("{\"usdPerCoreHour\": \"1\", \"usdPerGiBHour\": \"0\", \"devices\": "
                         "[{\"resource\": \"amd.com/gpu\", \"usdPerHour\": \"1.5\"}]}"),
                    &card, &err),
              "%s", err.message);
    cr_assert_eq(card.devices.items[0].usd_per_hour, 1500000000);
}

Test(price_card_settings, with_a_mistake_is_refused_with_its_line)
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
