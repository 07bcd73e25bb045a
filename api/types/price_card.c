/* The declarations of price_card.h made real. */
#include "api/types/price_card.h"

#include "lib/schema/problems.h"

/* They have lines of their own. */
static void
check_device_price(const void *value, struct text path, struct problem_list *problems)
{
    const struct device_price *device = value;
    if (text_equals(device->resource, TEXT(RUNTIME_CPU)) ||
        text_equals(device->resource, TEXT(RUNTIME_MEMORY)))
        problems_add(problems, device->source, path,
                     "%.*s is no device: its price is usdPerCoreHour or usdPerGiBHour",
                     TEXT_ARG(device->resource));
}

DEFINE_SCHEMA(device_price, DEVICE_PRICE_FIELDS, "What a kind of device costs.", .check = check_device_price);
DEFINE_SCHEMA(price_card, PRICE_CARD_FIELDS, "What pods cost.");
