/* Instants to local time and back, over a zone's changes and its rule. All of it asks one question: the
 * stretch around an instant in which clocks are not set. */
#include "lib/base/time_zone_table.h"

#define FIRST_S INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define END_S INT64_C(253370764800)   /* 9999-01-01T00:00:00Z */
#define MOST_OFFSET_MS (INT64_C(26) * 3600000)

struct span {
    int64_t from_s, until_s;
    int32_t offset_s;
};

static int64_t clamped_s(int64_t unix_ms);
static struct span table_span(const struct time_zone *zone, int64_t unix_s);
static struct span rule_span(const struct time_zone *zone, int64_t unix_s);
static struct span whole_span(const struct time_zone *zone, int64_t unix_s);

static const struct time_zone utc = {.has_rule = true, .rule_from_s = INT64_MIN};

const struct time_zone *
time_zone_utc(void)
{
    return &utc;
}

int32_t
time_zone_offset_at(const struct time_zone *zone, int64_t unix_ms)
{
    return time_zone_span_at(zone, unix_ms).offset_s;
}

struct time_zone_span
time_zone_span_at(const struct time_zone *zone, int64_t unix_ms)
{
    struct span span = whole_span(zone, clamped_s(unix_ms));
    return (struct time_zone_span){
        .from_ms = span.from_s <= FIRST_S ? INT64_MIN : span.from_s * 1000,
        .until_ms = span.until_s >= END_S ? INT64_MAX : span.until_s * 1000,
        .offset_s = span.offset_s,
    };
}

struct civil_time
time_zone_civil_at(const struct time_zone *zone, int64_t unix_ms)
{
    int64_t inside_ms = unix_ms < FIRST_S * 1000 ? FIRST_S * 1000 : unix_ms;
    inside_ms = inside_ms >= END_S * 1000 ? END_S * 1000 - 1 : inside_ms;
    return civil_time_of(inside_ms + time_zone_offset_at(zone, inside_ms) * INT64_C(1000));
}

bool
time_zone_local_to_unix_ms(const struct time_zone *zone, const struct civil_time *local, int64_t *out_unix_ms)
{
    int64_t local_ms = 0;
    if (!civil_time_to_unix_ms(local, &local_ms))
        return false;

    struct time_zone_span span = time_zone_span_at(zone, local_ms - MOST_OFFSET_MS);
    for (;;) {
        int64_t shown_ms = local_ms - span.offset_s * INT64_C(1000);
        int64_t first_ms = shown_ms > span.from_ms ? shown_ms : span.from_ms;
        if (first_ms < span.until_ms) {
            *out_unix_ms = first_ms;
            return true;
        }
        span = time_zone_span_at(zone, span.until_ms);
    }
}

/* Rounded down, also before 1970: clocks are set at whole seconds. */
static int64_t
clamped_s(int64_t unix_ms)
{
    if (unix_ms < FIRST_S * 1000)
        return FIRST_S;
    if (unix_ms >= END_S * 1000)
        return END_S - 1;
    return unix_ms / 1000 - (unix_ms % 1000 < 0);
}

/* By the changes alone; the last of them is good for as long as the rule does not say otherwise. */
static struct span
table_span(const struct time_zone *zone, int64_t unix_s)
{
    size_t low = 0;
    size_t high = zone->change_count; /* of the first change after the instant */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->changes[middle].at_s <= unix_s)
            low = middle + 1;
        else
            high = middle;
    }
    int64_t end_s = zone->has_rule ? zone->rule_from_s : INT64_MAX;
    return (struct span){
        .from_s = low > 0 ? zone->changes[low - 1].at_s : INT64_MIN,
        .until_s = low < zone->change_count ? zone->changes[low].at_s : end_s,
        .offset_s = low > 0 ? zone->changes[low - 1].offset_s : zone->first_offset_s,
    };
}

static struct span
rule_span(const struct time_zone *zone, int64_t unix_s)
{
    struct time_zone_rule_span span = time_zone_rule_span_at(&zone->rule, unix_s);
    int64_t from_s = span.from_s > zone->rule_from_s ? span.from_s : zone->rule_from_s;
    return (struct span){from_s, span.until_s, span.offset_s};
}

/* Where the changes end and the rule begins clocks need not be set: then it is one stretch. */
static struct span
whole_span(const struct time_zone *zone, int64_t unix_s)
{
    bool is_by_rule = zone->has_rule && unix_s >= zone->rule_from_s;
    struct span span = is_by_rule ? rule_span(zone, unix_s) : table_span(zone, unix_s);
    if (!zone->has_rule || zone->rule_from_s <= FIRST_S || zone->rule_from_s >= END_S)
        return span;

    if (is_by_rule && span.from_s == zone->rule_from_s) {
        struct span before = table_span(zone, zone->rule_from_s - 1);
        span.from_s = before.offset_s == span.offset_s ? before.from_s : span.from_s;
    } else if (!is_by_rule && span.until_s == zone->rule_from_s) {
        struct span after = rule_span(zone, zone->rule_from_s);
        span.until_s = after.offset_s == span.offset_s ? after.until_s : span.until_s;
    }
    return span;
}
