/* The record was scanned as a whole already; each charge is a small object of its own. */
#include "api/server/ledger/usage_row_charges.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json_scan.h"

enum { BUDGET, OWNER, WINDOW, LEASE, AMOUNT, WANTED_COUNT };

static bool take_charge(struct arena *arena, struct text raw, struct usage_charge *charge, struct error *err);
static bool
take_text(struct arena *arena, const struct json_field *field, struct text *out_text, struct error *err);
static size_t count_items(struct text raw);

bool
usage_row_read_charges(struct arena *arena, const struct json_field *field,
                       struct usage_charge_list *out_charges, struct error *err)
{
    struct usage_charge_list charges = {0};
    struct text item;
    enum json_kind kind;
    if (field->kind == JSON_ABSENT) {
        *out_charges = charges;
        return true;
    }
    if (field->kind != JSON_ARRAY)
        return error_set(err, ERROR_INVALID, "charges are no list");
    size_t most = count_items(field->raw);
    if (most > USAGE_MAX_CHARGES)
        return error_set(err, ERROR_INVALID, "%zu charges, at most %d are possible", most, USAGE_MAX_CHARGES);
    charges.items = arena_alloc_array(arena, most, sizeof(*charges.items));
    for (size_t at = 0; json_scan_next(field->raw, &at, &item, &kind); charges.count++)
        if (!take_charge(arena, item, &charges.items[charges.count], err))
            return error_context(err, "charge %zu", charges.count);
    *out_charges = charges;
    return true;
}

static bool
take_charge(struct arena *arena, struct text raw, struct usage_charge *charge, struct error *err)
{
    static const size_t most[] = {BUDGET_ID_MAX_BYTES, BUDGET_OWNER_MAX_BYTES, BUDGET_WINDOW_ID_BYTES,
                                  LEASE_ID_MAX_BYTES};
    struct json_field fields[WANTED_COUNT] = {
        {.path = "budget"}, {.path = "owner"}, {.path = "window"}, {.path = "lease"}, {.path = "amount"}};
    struct text *const texts[] = {&charge->budget, &charge->owner, &charge->window, &charge->lease};
    if (!json_scan(raw, fields, WANTED_COUNT, err))
        return false;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (!take_text(arena, &fields[i], texts[i], err))
            return false;
        if (texts[i]->length > most[i])
            return error_set(err, ERROR_INVALID, "%s of %zu bytes, at most %zu are possible", fields[i].path,
                             texts[i]->length, most[i]);
    }
    if (text_is_empty(charge->budget) || text_is_empty(charge->window))
        return error_set(err, ERROR_INVALID, "it names no budget or no window");
    bool is_amount = fields[AMOUNT].kind == JSON_NUMBER &&
                     json_scan_int(fields[AMOUNT].raw, &charge->amount) && charge->amount >= 1 &&
                     charge->amount <= LEASE_MAX_AMOUNT;
    return is_amount ||
           error_set(err, ERROR_INVALID, "amount is not a number of 1 to %lld", (long long)LEASE_MAX_AMOUNT);
}

/* A NUL, which a database cannot keep, in a name of ours is not ours. */
static bool
take_text(struct arena *arena, const struct json_field *field, struct text *out_text, struct error *err)
{
    *out_text = (struct text){0};
    if (field->kind == JSON_ABSENT)
        return true;
    if (field->kind != JSON_STRING)
        return error_set(err, ERROR_INVALID, "%s is no text", field->path);
    *out_text = json_scan_string(arena, field->raw);
    return text_find_byte(*out_text, '\0') < 0 ||
           error_set(err, ERROR_INVALID, "%s has a NUL in it", field->path);
}

static size_t
count_items(struct text raw)
{
    struct text item;
    enum json_kind kind;
    size_t count = 0;
    for (size_t at = 0; json_scan_next(raw, &at, &item, &kind);)
        count++;
    return count;
}
