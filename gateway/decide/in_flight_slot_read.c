/* The reader's side. What has the right seal was written by us; it is checked all the same, as anything that
 * comes from a disk. */
#include "gateway/decide/in_flight_parts.h"
#include "gateway/decide/in_flight_slot.h"
#include "lib/base/arena.h"
#include "lib/base/crc32c.h"
#include "lib/base/error.h"
#include "lib/document/json.h"

struct reader {
    struct arena *arena;
    const uint8_t *at, *end;
};

static bool read_fields(struct reader *reader, struct usage_record *record);
static bool read_field(struct reader *reader, uint8_t tag, struct usage_record *record);
static bool get_begun(struct reader *reader, struct usage_charge *charge);
static bool has_names(const struct usage_record *record);

/* What AS_CASE calls for each type. */
#define GET_TEXT get_text
#define GET_INT get_int
#define GET_BOOL get_bool
#define GET_MONEY get_int
#define GET_ENUM(NAME) get_enum
#define GET_TEXTS get_texts
#define GET_TEXT_MAP get_pairs
#define GET_LIST(NAME) get_##NAME##s
/* clang-format off */
#define AS_CASE(T, TYPE, MEMBER, KEY, ...) case IN_FLIGHT_TAG(MEMBER): return GET_##TYPE(reader, &record->MEMBER);
/* clang-format on */

uint64_t
in_flight_seal_of(const struct in_flight_sealed *sealed, size_t length)
{
    return (uint64_t)crc32c(0, sealed->payload, length) << 32 | length;
}

bool
in_flight_slot_is_sealed(const void *slot)
{
    const struct in_flight_sealed *sealed = slot;
    return sealed->seal != 0;
}

enum in_flight_state
in_flight_slot_read(struct arena *arena, const void *slot, struct usage_record *out_record)
{
    const struct in_flight_sealed *sealed = arena_copy(arena, slot, IN_FLIGHT_SLOT_BYTES);
    size_t length = (size_t)(sealed->seal & UINT32_MAX);
    if (sealed->seal == 0)
        return IN_FLIGHT_FREE;
    if (length == 0 || length > sizeof(sealed->payload) || in_flight_seal_of(sealed, length) != sealed->seal)
        return IN_FLIGHT_DAMAGED;
    struct reader reader = {arena, sealed->payload, sealed->payload + length};
    struct usage_record record;
    schema_set_defaults(&usage_record_schema, &record);
    if (!read_fields(&reader, &record) || !has_names(&record) || text_is_empty(record.id))
        return IN_FLIGHT_DAMAGED;
    *out_record = record;
    return IN_FLIGHT_LIVE;
}

static bool
read_fields(struct reader *reader, struct usage_record *record)
{
    while (reader->at < reader->end)
        if (!read_field(reader, *reader->at++, record))
            return false;
    return true;
}

static bool
get_int(struct reader *reader, int64_t *out_value)
{
    if ((size_t)(reader->end - reader->at) < sizeof(*out_value))
        return false;
    memcpy(out_value, reader->at, sizeof(*out_value));
    reader->at += sizeof(*out_value);
    return true;
}

static bool
get_bool(struct reader *reader, bool *out_value)
{
    int64_t value;
    if (!get_int(reader, &value))
        return false;
    *out_value = value != 0;
    return true;
}

/* Whether the value has a name is looked at when all is read. */
static bool
get_enum(struct reader *reader, void *out_value)
{
    int64_t value;
    if (!get_int(reader, &value) || value < 0 || value > INT32_MAX)
        return false;
    const int narrow = (int)value;
    memcpy(out_value, &narrow, sizeof(narrow));
    return true;
}

static bool
get_text(struct reader *reader, struct text *out_text)
{
    uint16_t length;
    size_t left = (size_t)(reader->end - reader->at);
    if (left < sizeof(length))
        return false;
    memcpy(&length, reader->at, sizeof(length));
    if (left - sizeof(length) < length)
        return false;
    *out_text = (struct text){(const char *)reader->at + sizeof(length), length};
    reader->at += sizeof(length) + length;
    return true;
}

/* Room for one item more: twice as much at each power of two. What a slot holds bounds it. */
static void *
make_room(const struct reader *reader, void *items, size_t count, size_t item_bytes)
{
    if ((count & (count - 1)) != 0)
        return items;
    void *more = arena_alloc_array(reader->arena, count == 0 ? 1 : 2 * count, item_bytes);
    if (count > 0)
        memcpy(more, items, count * item_bytes);
    return more;
}

static bool
get_texts(struct reader *reader, struct text_list *list)
{
    list->items = make_room(reader, list->items, list->count, sizeof(*list->items));
    return get_text(reader, &list->items[list->count++]);
}

static bool
get_pairs(struct reader *reader, struct text_pair_list *list)
{
    list->items = make_room(reader, list->items, list->count, sizeof(*list->items));
    struct text_pair *pair = &list->items[list->count++];
    return get_text(reader, &pair->key) && get_text(reader, &pair->value);
}

static bool
get_usage_charges(struct reader *reader, struct usage_charge_list *list)
{
    list->items = make_room(reader, list->items, list->count, sizeof(*list->items));
    struct usage_charge *charge = &list->items[list->count++];
    if (!get_text(reader, &charge->budget))
        return false;
    if (text_is_empty(charge->budget))
        return get_begun(reader, charge);
    return get_text(reader, &charge->owner) && get_text(reader, &charge->window) &&
           get_text(reader, &charge->lease) && get_int(reader, &charge->amount);
}

/* Read as JSON, so that nothing else is ever printed of it. */
static bool
get_begun(struct reader *reader, struct usage_charge *charge)
{
    struct text beginning;
    int64_t amount;
    if (!get_text(reader, &beginning) || !get_int(reader, &amount))
        return false;
    struct text json = text_format(reader->arena, "%.*s%lld}", TEXT_ARG(beginning), (long long)amount);
    struct document *document;
    struct problem_list problems = {.arena = reader->arena};
    struct error ignored;
    return json_parse(reader->arena, json, TEXT("slot"), &document, &ignored) &&
           schema_decode(reader->arena, &usage_charge_schema, document, TEXT(""), charge, &problems);
}

static bool
read_field(struct reader *reader, uint8_t tag, struct usage_record *record)
{
    switch (tag) {
        USAGE_RECORD_FIELDS(AS_CASE, _)
    default:
        return false;
    }
}

/* A value without a name could not be printed. */
static bool
has_names(const struct usage_record *record)
{
    for (size_t i = 0; i < usage_record_schema.field_count; i++) {
        const struct field *field = &usage_record_schema.fields[i];
        if (field->kind != FIELD_ENUM)
            continue;
        int value, count = 0;
        memcpy(&value, (const char *)record + field->offset, sizeof(value));
        while (field->names[count])
            count++;
        if (value >= count)
            return false;
    }
    return true;
}
