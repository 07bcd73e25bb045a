/* What pods cost: US dollars an hour of a core, of a GiB of memory and of each kind of device, as whoever
 * pays for the nodes reckons it. One card for all: weir-api's --price-card.
 *
 * Integer nano-USD. A price of "0" is free; a device that is not on the card has no price, and is named. */
#pragma once

#include "api/types/runtime_sample.h"

#define PRICE_CARD_MAX_DEVICES 64
#define PRICE_CARD_MAX_NANO INT64_C(10000000000000) /* 10,000 USD an hour */
#define PRICE_CARD_PRICE RANGE(0, PRICE_CARD_MAX_NANO)

/* clang-format off */
#define DEVICE_PRICE_FIELDS(F, T)                                                                                      \
    F(T, TEXT, resource, "resource", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(RUNTIME_RESOURCE_MAX_BYTES), DOC("As pods ask for it: nvidia.com/gpu.")) \
    F(T, MONEY, usd_per_hour, "usdPerHour", REQUIRED, PRICE_CARD_PRICE, DOC("One of it, for an hour."))
DECLARE_SCHEMA(device_price, DEVICE_PRICE_FIELDS);

#define PRICE_CARD_FIELDS(F, T)                                                                                        \
    F(T, MONEY, usd_per_core_hour, "usdPerCoreHour", REQUIRED, PRICE_CARD_PRICE, DOC("A core for an hour."))           \
    F(T, MONEY, usd_per_gib_hour, "usdPerGiBHour", REQUIRED, PRICE_CARD_PRICE, DOC("1,073,741,824 bytes of memory for an hour.")) \
    F(T, LIST(device_price), devices, "devices", LIST_KEYS("resource"), MAX_ITEMS(PRICE_CARD_MAX_DEVICES), DOC("Devices, by the name that pods ask for them by."))
DECLARE_SCHEMA(price_card, PRICE_CARD_FIELDS);
/* clang-format on */
