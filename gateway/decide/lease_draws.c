/* What a hold would be charged, without ending it: lease_book_settle's answer as long as the hold stands. */
#include "gateway/decide/lease_parts.h"
#include "lib/base/arena.h"

struct lease_charges
lease_hold_charges(struct arena *arena, const struct lease_hold *hold, const int64_t *actual_amounts,
                   size_t count)
{
    struct lease_charges charges = {0};
    size_t most = count;
    for (const struct lease_draw *draw = hold->first; draw; draw = draw->next)
        most++;
    charges.items = arena_alloc_raw(arena, most * sizeof(*charges.items));
    const struct lease_draw *draw = hold->first;
    while (draw) {
        size_t need = draw->need;
        int64_t left = actual_amounts[need];
        for (; draw && draw->need == need; draw = draw->next) {
            int64_t charged = left < draw->amount ? left : draw->amount;
            left -= charged;
            if (charged > 0)
                charges.items[charges.count++] =
                    (struct lease_charge){need, lease_id(draw->lease), draw->lease->number, charged};
        }
        if (left > 0)
            charges.items[charges.count++] = (struct lease_charge){.need = need, .amount = left};
        charges.is_overdrawn |= left > 0;
    }
    return charges;
}
