/* The writer's side: the field list unrolled into one test a field, and a store for each that says something.
 */
#include "gateway/decide/in_flight_slot.h"

#include "gateway/decide/in_flight_parts.h"
#include "lib/base/crc32c.h"
#include "lib/base/utf8.h"

enum { TAG_BYTES = 1, LENGTH_BYTES = 2, INT_BYTES = 8 };
enum { IN_FLIGHT_FORM = 1 }; /* another one when the same fields are written in another way */

struct writer {
    uint8_t *at, *end;
};

static void put_lists(struct writer *writer, const struct usage_record *record);
static void put_charges(struct writer *writer, const struct usage_charge_list *charges);
static inline void put_begun(struct writer *writer, const struct usage_charge *charge);
static void put_charge(struct writer *writer, const struct usage_charge *charge);

/* What AS_PUT calls for each type; lists have their turn when all else is in. */
#define PUT_TEXT put_text
#define PUT_INT put_int
#define PUT_BOOL put_int
#define PUT_MONEY put_money
#define PUT_ENUM(NAME) put_int
#define PUT_TEXTS PUT_LATER
#define PUT_TEXT_MAP PUT_LATER
#define PUT_LIST(NAME) PUT_LATER
#define PUT_LATER(WRITER, TAG, VALUE)
#define AS_PUT(T, TYPE, MEMBER, KEY, ...) PUT_##TYPE(&writer, IN_FLIGHT_TAG(MEMBER), record->MEMBER);

#define LIST_TEXT PUT_LATER
#define LIST_INT PUT_LATER
#define LIST_BOOL PUT_LATER
#define LIST_MONEY PUT_LATER
#define LIST_ENUM(NAME) PUT_LATER
#define LIST_TEXTS put_texts
#define LIST_TEXT_MAP put_pairs
#define LIST_LIST(NAME) PUT_LATER
#define AS_LIST(T, TYPE, MEMBER, KEY, ...) LIST_##TYPE(writer, IN_FLIGHT_TAG(MEMBER), &record->MEMBER);

static inline bool
has_room(const struct writer *writer, size_t bytes)
{
    return (size_t)(writer->end - writer->at) >= bytes;
}

static inline void
add_int(struct writer *writer, int64_t value)
{
    memcpy(writer->at, &value, INT_BYTES);
    writer->at += INT_BYTES;
}

static inline void
add_text(struct writer *writer, struct text text)
{
    uint16_t length = (uint16_t)text.length;
    memcpy(writer->at, &length, LENGTH_BYTES);
    writer->at += LENGTH_BYTES;
    if (length > 0)
        memcpy(writer->at, text.bytes, length);
    writer->at += length;
}

static inline void
put_int(struct writer *writer, uint8_t tag, int64_t value)
{
    if (value == 0 || !has_room(writer, TAG_BYTES + INT_BYTES))
        return;
    *writer->at++ = tag;
    add_int(writer, value);
}

/* Nothing is not the same as not known. */
static inline void
put_money(struct writer *writer, uint8_t tag, int64_t value)
{
    if (value == FIELD_UNSET || !has_room(writer, TAG_BYTES + INT_BYTES))
        return;
    *writer->at++ = tag;
    add_int(writer, value);
}

static inline void
put_text(struct writer *writer, uint8_t tag, struct text text)
{
    if (text.length > IN_FLIGHT_TEXT_BYTES)
        text = utf8_at_most(text, IN_FLIGHT_TEXT_BYTES);
    if (text.length == 0 || !has_room(writer, TAG_BYTES + LENGTH_BYTES + text.length))
        return;
    *writer->at++ = tag;
    add_text(writer, text);
}

static void
put_texts(struct writer *writer, uint8_t tag, const struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        put_text(writer, tag, list->items[i]);
}

static void
put_pairs(struct writer *writer, uint8_t tag, const struct text_pair_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct text key = list->items[i].key, value = list->items[i].value;
        if (key.length > UINT16_MAX || value.length > UINT16_MAX ||
            !has_room(writer, TAG_BYTES + 2 * LENGTH_BYTES + key.length + value.length))
            continue;
        *writer->at++ = tag;
        add_text(writer, key);
        add_text(writer, value);
    }
}

uint32_t
in_flight_slot_layout(void)
{
    static const struct schema *const schemas[] = {&usage_record_schema, &usage_charge_schema};
    uint32_t sum = IN_FLIGHT_SLOT_BYTES + IN_FLIGHT_FORM;
    for (size_t i = 0; i < COUNT_OF(schemas); i++)
        for (size_t j = 0; j < schemas[i]->field_count; j++) {
            const struct field *field = &schemas[i]->fields[j];
            uint32_t kind = (uint32_t)field->kind;
            sum = crc32c(sum, field->key.bytes, field->key.length);
            sum = crc32c(sum, &kind, sizeof(kind));
        }
    return sum;
}

void
in_flight_slot_fill(void *slot, const struct usage_record *record)
{
    struct in_flight_sealed *sealed = slot;
    struct writer writer = {sealed->payload, sealed->payload + sizeof(sealed->payload)};
    USAGE_RECORD_FIELDS(AS_PUT, _)
    put_charges(&writer, &record->charges);
    put_lists(&writer, record);
    uint64_t seal = in_flight_seal_of(sealed, (size_t)(writer.at - sealed->payload));
    /* The kernel keeps what was stored in the order it was stored; so must the compiler. */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&sealed->seal, seal, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

void
in_flight_slot_free(void *slot)
{
    struct in_flight_sealed *sealed = slot;
    __atomic_store_n(&sealed->seal, 0, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void
put_charges(struct writer *writer, const struct usage_charge_list *charges)
{
    for (size_t i = 0; i < charges->count; i++) {
        const struct usage_charge *charge = &charges->items[i];
        if (charge->beginning.length > 0)
            put_begun(writer, charge);
        else
            put_charge(writer, charge);
    }
}

/* Without a budget: no charge is. */
static inline void
put_begun(struct writer *writer, const struct usage_charge *charge)
{
    if (!has_room(writer, TAG_BYTES + 2 * LENGTH_BYTES + INT_BYTES + charge->beginning.length))
        return;
    *writer->at++ = IN_FLIGHT_TAG(charges);
    add_text(writer, TEXT(""));
    add_text(writer, charge->beginning);
    add_int(writer, charge->amount);
}

static void
put_charge(struct writer *writer, const struct usage_charge *charge)
{
    size_t bytes =
        charge->budget.length + charge->owner.length + charge->window.length + charge->lease.length;
    if (!has_room(writer, TAG_BYTES + 4 * LENGTH_BYTES + INT_BYTES + bytes))
        return;
    *writer->at++ = IN_FLIGHT_TAG(charges);
    add_text(writer, charge->budget);
    add_text(writer, charge->owner);
    add_text(writer, charge->window);
    add_text(writer, charge->lease);
    add_int(writer, charge->amount);
}

static void
put_lists(struct writer *writer, const struct usage_record *record)
{
    USAGE_RECORD_FIELDS(AS_LIST, _)
}
