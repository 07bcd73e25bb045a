/* Amounts times a price an hour, over the units that an hour has. Amounts are below 2^63 and prices below
 * 2^50: products fit 128 bits. */
#include "api/types/runtime_cost.h"

#include "lib/base/decimal.h"

static bool
find_price(const struct price_card *card, struct text resource, int64_t *out_nano, int64_t *out_per_hour);
static int64_t weight_by_tokens(const struct runtime_share *share);
static int64_t weight_by_media(const struct runtime_share *share);
static int64_t weight_by_requests(const struct runtime_share *share);

int64_t
runtime_billed(const struct runtime_amount *amount)
{
    return amount->requested > amount->used ? amount->requested : amount->used;
}

bool
runtime_price(const struct price_card *card, struct text resource, int64_t billed, int64_t *out_nano)
{
    int64_t price;
    int64_t per_hour;
    if (!card || billed < 0 || !find_price(card, resource, &price, &per_hour))
        return false;
    unsigned __int128 whole = (unsigned __int128)(uint64_t)billed * (uint64_t)price;
    unsigned __int128 nano = (whole + (uint64_t)per_hour - 1) / (uint64_t)per_hour;
    if (nano > (uint64_t)RUNTIME_MAX_COST_NANO)
        return false;
    *out_nano = (int64_t)nano;
    return true;
}

static bool
find_price(const struct price_card *card, struct text resource, int64_t *out_nano, int64_t *out_per_hour)
{
    bool is_cpu = text_equals(resource, TEXT(RUNTIME_CPU));
    if (is_cpu || text_equals(resource, TEXT(RUNTIME_MEMORY))) {
        *out_nano = is_cpu ? card->usd_per_core_hour : card->usd_per_gib_hour;
        *out_per_hour = is_cpu ? RUNTIME_CORE_HOUR : RUNTIME_GIB_HOUR;
        return true;
    }
    for (size_t i = 0; i < card->devices.count; i++) {
        if (!text_equals(card->devices.items[i].resource, resource))
            continue;
        *out_nano = card->devices.items[i].usd_per_hour;
        *out_per_hour = RUNTIME_DEVICE_HOUR;
        return true;
    }
    return false;
}

int64_t
runtime_allot(int64_t cost_nano, struct runtime_share *shares, size_t count)
{
    static int64_t (*const weights[])(const struct runtime_share *) = {weight_by_tokens, weight_by_media,
                                                                       weight_by_requests};
    int64_t (*weight)(const struct runtime_share *) = weights[0];
    unsigned __int128 all = 0, until = 0;
    int64_t allotted = 0;
    for (size_t way = 0; all == 0 && way < COUNT_OF(weights); way++) {
        weight = weights[way];
        for (size_t i = 0; i < count; i++)
            all += (uint64_t)weight(&shares[i]);
    }
    for (size_t i = 0; i < count; i++) {
        until += (uint64_t)weight(&shares[i]);
        int64_t so_far = all > 0 ? (int64_t)((unsigned __int128)(uint64_t)cost_nano * until / all) : 0;
        shares[i].nano = so_far - allotted;
        allotted = so_far;
    }
    return cost_nano - allotted;
}

struct text
runtime_print_hours(struct arena *arena, int64_t amount, int64_t per_hour)
{
    __int128 nano = (__int128)amount * 1000000000 / per_hour;
    return decimal_print_nano(arena, nano > INT64_MAX ? INT64_MAX : (int64_t)nano);
}

int64_t
runtime_cost_per_request(int64_t cost_nano, int64_t requests)
{
    return cost_nano / requests + (cost_nano % requests > 0);
}

static int64_t
weight_by_tokens(const struct runtime_share *share)
{
    return share->tokens > 0 ? share->tokens : 0;
}

static int64_t
weight_by_media(const struct runtime_share *share)
{
    return share->media_ms > 0 ? share->media_ms : 0;
}

static int64_t
weight_by_requests(const struct runtime_share *share)
{
    return share->requests > 0 ? share->requests : 0;
}
