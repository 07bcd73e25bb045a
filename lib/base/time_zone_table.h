/* What a zone looks like inside; for time_zone*.c only. */
#pragma once

#include <stddef.h>

#include "lib/base/time_zone.h"
#include "lib/base/time_zone_rule.h"

struct time_zone_change {
    int64_t at_s;
    int32_t offset_s; /* from then on */
};

/* Before rule_from_s the changes count, from then on the rule. */
struct time_zone {
    int32_t first_offset_s;                 /* before the first change */
    const struct time_zone_change *changes; /* ascending; each sets the clocks, none keeps the offset */
    size_t change_count;
    bool has_rule;
    int64_t rule_from_s; /* INT64_MIN: the rule is all there is */
    struct time_zone_rule rule;
};
