/* TZif files of any bytes: a zone that is read lies in its bounds, its stretches of time follow each other
 * without gap, and every local time is found at the first instant that shows it or a later one. */
#include <assert.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/time_zone.h"

#define FAR_MS INT64_C(300000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
static void check_spans(const struct time_zone *zone, int64_t unix_ms);
static void check_local(const struct time_zone *zone, int64_t local_ms);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct text text = {arena_copy(arena, bytes, length), length};
    const struct time_zone *zone = NULL;
    struct error err = {0};
    if (!time_zone_parse(arena, text, &zone, &err)) {
        assert(err.kind == ERROR_INVALID);
        return 0;
    }
    static const int64_t instants_ms[] = {INT64_MIN,     -FAR_MS,       -5000000000000, -1,     0,
                                          1700000000000, 1782864000000, 4000000000000,  FAR_MS, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(instants_ms); i++) {
        check_spans(zone, instants_ms[i]);
        check_local(zone, instants_ms[i]);
    }
    return 0;
}

static void
check_spans(const struct time_zone *zone, int64_t unix_ms)
{
    struct time_zone_span span = time_zone_span_at(zone, unix_ms);
    assert(span.offset_s > -90000 && span.offset_s < 93600);
    assert(span.from_ms <= unix_ms && (unix_ms < span.until_ms || span.until_ms == INT64_MAX));
    if (span.until_ms != INT64_MAX) {
        struct time_zone_span next = time_zone_span_at(zone, span.until_ms);
        assert(next.from_ms == span.until_ms && next.offset_s != span.offset_s);
        check_local(zone, span.until_ms + span.offset_s * INT64_C(1000));
    }
    if (span.from_ms != INT64_MIN) {
        struct time_zone_span before = time_zone_span_at(zone, span.from_ms - 1);
        assert(before.until_ms == span.from_ms && before.offset_s != span.offset_s);
    }
}

static void
check_local(const struct time_zone *zone, int64_t local_ms)
{
    struct civil_time local = civil_time_of(local_ms);
    int64_t wanted_ms = 0;
    int64_t unix_ms = 0;
    bool is_known = civil_time_to_unix_ms(&local, &wanted_ms);
    bool is_found = time_zone_local_to_unix_ms(zone, &local, &unix_ms);
    assert(is_known && is_found);
    assert(unix_ms + time_zone_offset_at(zone, unix_ms) * INT64_C(1000) >= wanted_ms);
    assert(unix_ms - 1 + time_zone_offset_at(zone, unix_ms - 1) * INT64_C(1000) < wanted_ms);
}
