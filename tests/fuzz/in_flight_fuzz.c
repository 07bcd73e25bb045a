/* A slot of any bytes under the right seal: it is damaged, or a record that can be printed, and filling a
 * slot with what was read gives the same record from then on. */
#include <assert.h>
#include <stdint.h>

#include "gateway/decide/in_flight_parts.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* What of a record is not UTF-8 is cut when it is long, so only what was filled once is looked at. */
static struct text
refill(struct arena *arena, struct usage_record *record)
{
    struct in_flight_sealed slot = {0};
    struct buffer json;
    in_flight_slot_fill(&slot, record);
    enum in_flight_state state = in_flight_slot_read(arena, &slot, record);
    assert(state == IN_FLIGHT_LIVE || text_is_empty(record->id));
    buffer_init(&json, arena, 0);
    schema_print_json(&usage_record_schema, record, SCHEMA_ENCODE_PLAIN, &json);
    return buffer_text(&json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct in_flight_sealed slot = {0};
    struct usage_record record;
    if (length > sizeof(slot.payload))
        length = sizeof(slot.payload);
    memcpy(slot.payload, bytes, length);
    slot.seal = in_flight_seal_of(&slot, length);
    struct arena *arena = arena_new(0);
    if (in_flight_slot_read(arena, &slot, &record) == IN_FLIGHT_LIVE && record.id.length <= 26 &&
        text_is_utf8(record.id)) {
        struct text once = refill(arena, &record);
        assert(text_equals(refill(arena, &record), once));
    }
    arena_free(arena);
    return 0;
}
