/* The field list unrolled into one test a field and, where it says something, its key and value in one go:
 * a gateway prints a record for each call. Byte for byte what schema_print_json would print.
 *
 * It knows no other defaults than nothing, 0, false and a first word, and no list that is printed empty; a
 * test holds the field list to that. */
#include "api/types/usage_record.h"
#include "lib/base/buffer.h"
#include "lib/base/decimal.h"
#include "lib/base/json_escape.h"

/* How a member begins. */
struct key {
    const char *bytes; /* ,"name": */
    size_t length;
    bool is_always; /* printed even when it says what its absence says */
};

static void print_texts(struct buffer *out, struct key key, struct text_list texts);
static void print_pairs(struct buffer *out, struct key key, struct text_pair_list pairs);
static void print_charges(struct buffer *out, struct key key, struct usage_charge_list charges);
static void print_money(struct buffer *out, struct key key, int64_t nano_usd);

/* What AS_PRINT calls for each type. */
#define PRINT_TEXT print_text
#define PRINT_INT print_int
#define PRINT_BOOL print_bool
#define PRINT_MONEY print_money
#define PRINT_ENUM(NAME) print_##NAME
#define PRINT_TEXTS print_texts
#define PRINT_TEXT_MAP print_pairs
#define PRINT_LIST(NAME) print_charges
#define FIELD_OF(...) ((const struct field){__VA_ARGS__})
#define IS_ALWAYS(...) (FIELD_OF(__VA_ARGS__).required || FIELD_OF(__VA_ARGS__).always)
#define KEY_OF(KEY, ...) ((struct key){",\"" KEY "\":", sizeof(KEY) + 3, IS_ALWAYS(__VA_ARGS__)})
#define AS_PRINT(OF, TYPE, MEMBER, KEY, ...) PRINT_##TYPE(out, KEY_OF(KEY, __VA_ARGS__), OF->MEMBER);

/* The same of a charge whose texts need no escapes: room is made once for all of it. */
#define IS_PLAIN_TEXT(VALUE) json_escape_is_plain(VALUE)
#define IS_PLAIN_INT(VALUE) true
#define AS_IS_PLAIN(OF, TYPE, MEMBER, KEY, ...) IS_PLAIN_##TYPE(OF->MEMBER) &&
#define ROOM_TEXT(VALUE) ((VALUE).length + 2)
#define ROOM_INT(VALUE) BUFFER_INT_BYTES
#define AS_ROOM(OF, TYPE, MEMBER, KEY, ...) ROOM_##TYPE(OF->MEMBER) + sizeof(",\"" KEY "\":") +
#define PUT_TEXT put_text
#define PUT_INT put_int
#define AS_PUT(OF, TYPE, MEMBER, KEY, ...) at = PUT_##TYPE(at, KEY_OF(KEY, __VA_ARGS__), OF->MEMBER);

/* The key, and room for as much more behind it. */
__attribute__((always_inline)) static inline char *
begin(struct buffer *out, struct key key, size_t more)
{
    char *at = buffer_reserve(out, key.length + more);
    buffer_grew(out, key.length);
    return mempcpy(at, key.bytes, key.length);
}

__attribute__((always_inline)) static inline void
print_text(struct buffer *out, struct key key, struct text value)
{
    if (value.length == 0 && !key.is_always)
        return;
    char *at = begin(out, key, value.length + 2);
    if (value.length == 0 || !json_escape_is_plain(value)) {
        buffer_add_json_string(out, value);
        return;
    }
    *at++ = '"';
    at = mempcpy(at, value.bytes, value.length);
    *at = '"';
    buffer_grew(out, value.length + 2);
}

__attribute__((always_inline)) static inline void
print_int(struct buffer *out, struct key key, int64_t value)
{
    if (value == FIELD_UNSET || (value == 0 && !key.is_always))
        return;
    char *at = begin(out, key, BUFFER_INT_BYTES);
    buffer_grew(out, (size_t)(buffer_put_int(at, value) - at));
}

static inline void
print_bool(struct buffer *out, struct key key, bool value)
{
    if (!value && !key.is_always)
        return;
    (void)begin(out, key, 0);
    buffer_add_text(out, value ? TEXT("true") : TEXT("false"));
}

static inline void
print_word(struct buffer *out, struct key key, const char *const *names, int value)
{
    if (value != 0 || key.is_always)
        print_text(out, key, schema_enum_name(names, value));
}

static inline void
print_call_outcome(struct buffer *out, struct key key, enum call_outcome value)
{
    print_word(out, key, call_outcome_names, (int)value);
}

static inline void
print_usage_source(struct buffer *out, struct key key, enum usage_source value)
{
    print_word(out, key, usage_source_names, (int)value);
}

static inline void
print_next_try(struct buffer *out, struct key key, enum next_try value)
{
    print_word(out, key, next_try_names, (int)value);
}

/* Every key has a comma before it; the first one's is the brace. An id is always printed, and so is a
 * charge's budget. */
void
usage_record_print(const struct usage_record *record, struct buffer *out)
{
    size_t start = out->length;
    USAGE_RECORD_FIELDS(AS_PRINT, record)
    out->bytes[start] = '{';
    buffer_add_byte(out, '}');
}

__attribute__((always_inline)) static inline char *
put_text(char *at, struct key key, struct text value)
{
    if (value.length == 0 && !key.is_always)
        return at;
    at = mempcpy(at, key.bytes, key.length);
    *at++ = '"';
    if (value.length > 0)
        at = mempcpy(at, value.bytes, value.length);
    *at++ = '"';
    return at;
}

static inline char *
put_int(char *at, struct key key, int64_t value)
{
    if (value == FIELD_UNSET || (value == 0 && !key.is_always))
        return at;
    return buffer_put_int(mempcpy(at, key.bytes, key.length), value);
}

static void
put_charge(struct buffer *out, const struct usage_charge *charge)
{
    char *start = buffer_reserve(out, USAGE_CHARGE_FIELDS(AS_ROOM, charge) 0), *at = start;
    USAGE_CHARGE_FIELDS(AS_PUT, charge)
    buffer_grew(out, (size_t)(at - start));
}

static void
print_charge(struct buffer *out, const struct usage_charge *charge)
{
    size_t start = out->length;
    if (USAGE_CHARGE_FIELDS(AS_IS_PLAIN, charge) true) {
        put_charge(out, charge);
    } else {
        USAGE_CHARGE_FIELDS(AS_PRINT, charge)
    }
    out->bytes[start] = '{';
    buffer_add_byte(out, '}');
}

/* The amount is the last of its fields, and is always printed. */
void
usage_charge_print_beginning(const struct usage_charge *charge, struct buffer *out)
{
    struct usage_charge of_one = *charge;
    of_one.amount = 1;
    print_charge(out, &of_one);
    out->length -= sizeof("1}") - 1;
}

static void
print_charges(struct buffer *out, struct key key, struct usage_charge_list charges)
{
    if (charges.count == 0)
        return;
    char digits[BUFFER_INT_BYTES], *digits_end = digits;
    int64_t last_amount = FIELD_UNSET;
    (void)begin(out, key, 0);
    for (size_t i = 0; i < charges.count; i++) {
        const struct usage_charge *charge = &charges.items[i];
        char *start = buffer_reserve(out, charge->beginning.length + BUFFER_INT_BYTES + 2), *at = start;
        *at++ = i > 0 ? ',' : '[';
        if (charge->beginning.length == 0) {
            buffer_grew(out, 1);
            print_charge(out, charge);
            continue;
        }
        at = mempcpy(at, charge->beginning.bytes, charge->beginning.length);
        /* Budgets in one unit are charged alike. */
        if (charge->amount != last_amount)
            digits_end = buffer_put_int(digits, last_amount = charge->amount);
        at = mempcpy(at, digits, (size_t)(digits_end - digits));
        *at++ = '}';
        buffer_grew(out, (size_t)(at - start));
    }
    buffer_add_byte(out, ']');
}

static void
print_texts(struct buffer *out, struct key key, struct text_list texts)
{
    if (texts.count == 0)
        return;
    (void)begin(out, key, 0);
    for (size_t i = 0; i < texts.count; i++) {
        buffer_add_byte(out, i > 0 ? ',' : '[');
        buffer_add_json_string(out, texts.items[i]);
    }
    buffer_add_byte(out, ']');
}

static void
print_pairs(struct buffer *out, struct key key, struct text_pair_list pairs)
{
    if (pairs.count == 0)
        return;
    (void)begin(out, key, 0);
    for (size_t i = 0; i < pairs.count; i++) {
        buffer_add_byte(out, i > 0 ? ',' : '{');
        buffer_add_json_string(out, pairs.items[i].key);
        buffer_add_byte(out, ':');
        buffer_add_json_string(out, pairs.items[i].value);
    }
    buffer_add_byte(out, '}');
}

static void
print_money(struct buffer *out, struct key key, int64_t nano_usd)
{
    if (nano_usd != FIELD_UNSET)
        print_text(out, key, decimal_print_nano(out->arena, nano_usd));
}
