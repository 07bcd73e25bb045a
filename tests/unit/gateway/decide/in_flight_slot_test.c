/* A slot gives back what was put into it, or nothing: whatever instruction its writer died at, and whatever
 * became of its bytes since. */
#include "gateway/decide/in_flight_slot.h"

#include <criterion/criterion.h>

#include "gateway/decide/in_flight_parts.h"
#include "lib/base/buffer.h"
#include "tests/support/arena_fixture.h"
#include "tests/unit/gateway/decide/random_sequence.h"

TestSuite(in_flight_slot, .init = given_arena, .fini = end_arena);

static struct in_flight_sealed slot;

static struct usage_record
a_record(void)
{
    static struct text_pair tags[] = {{TEXT("cost-center"), TEXT("4711")}, {TEXT("empty"), TEXT("")}};
    static struct text shadow[] = {TEXT("token_limit"), TEXT("budget_exceeded")};
    static struct usage_charge charges[] = {
        {.budget = TEXT("b"), .owner = TEXT(""), .window = TEXT("2026-11"), .lease = TEXT("L1"), .amount = 7},
        {.budget = TEXT("b"),
         .owner = TEXT("lab"),
         .window = TEXT("2026-11"),
         .lease = TEXT(""),
         .amount = 1}};
    struct usage_record record;
    schema_set_defaults(&usage_record_schema, &record);
    record.id = TEXT("01KB7D0000ABCDEFGHJKMNPQRS");
    record.time_ms = 1764000000000;
    record.workspace = TEXT("lab");
    record.environment = TEXT("dev");
    record.caller = TEXT("ada");
    record.model = TEXT("m");
    record.stream = true;
    record.outcome = CALL_LOST;
    record.usage_source = USAGE_BOUNDED;
    record.input_tokens = 12;
    record.output_tokens = USAGE_COUNT_MAX;
    record.requests = 1;
    record.cost = 0;
    record.tags = (struct text_pair_list){tags, COUNT_OF(tags)};
    record.shadow = (struct text_list){shadow, COUNT_OF(shadow)};
    record.charges = (struct usage_charge_list){charges, COUNT_OF(charges)};
    return record;
}

static struct text
printed(const struct usage_record *record)
{
    struct buffer json;
    buffer_init(&json, arena, 0);
    schema_print_json(&usage_record_schema, record, SCHEMA_ENCODE_PLAIN, &json);
    return buffer_text(&json);
}

static struct usage_record
read_back(void)
{
    struct usage_record record;
    cr_assert_eq(in_flight_slot_read(arena, &slot, &record), IN_FLIGHT_LIVE);
    return record;
}

static void
expect_whole(const struct usage_record *filled)
{
    struct usage_record found = read_back();
    cr_assert(text_equals(printed(&found), printed(filled)), "%.*s instead of %.*s",
              TEXT_ARG(printed(&found)), TEXT_ARG(printed(filled)));
}

Test(in_flight_slot, gives_back_every_field_of_a_record)
{
    struct usage_record record = a_record();

    in_flight_slot_fill(&slot, &record);

    expect_whole(&record);
    cr_assert_eq(read_back().cost, 0, "nothing is not the same as not known");
}

Test(in_flight_slot, keeps_a_cost_that_is_not_known_apart_from_nothing)
{
    struct usage_record record = a_record();
    record.cost = FIELD_UNSET;

    in_flight_slot_fill(&slot, &record);

    cr_assert_eq(read_back().cost, FIELD_UNSET);
}

/* Each of the record's fields alone, so that one which is forgotten in slots is named here. */
Test(in_flight_slot, knows_every_field_that_a_record_has)
{
    for (size_t i = 1; i < usage_record_schema.field_count; i++) {
        const struct field *field = &usage_record_schema.fields[i];
        struct usage_record record;
        schema_set_defaults(&usage_record_schema, &record);
        record.id = TEXT("id");
        void *member = (char *)&record + field->offset;
        if (field->kind == FIELD_TEXT)
            *(struct text *)member = TEXT("words");
        else if (field->kind == FIELD_INT || field->kind == FIELD_MONEY)
            *(int64_t *)member = 5;
        else if (field->kind == FIELD_BOOL)
            *(bool *)member = true;
        else if (field->kind == FIELD_ENUM)
            *(int *)member = 1;
        in_flight_slot_free(&slot);
        in_flight_slot_fill(&slot, &record);
        expect_whole(&record);
    }
}

Test(in_flight_slot, is_free_before_it_is_filled_and_after_it_is_freed)
{
    struct usage_record record = a_record();
    cr_assert_eq(in_flight_slot_read(arena, &slot, &record), IN_FLIGHT_FREE);
    in_flight_slot_fill(&slot, &record);
    cr_assert(in_flight_slot_is_sealed(&slot));

    in_flight_slot_free(&slot);

    cr_assert_eq(in_flight_slot_read(arena, &slot, &record), IN_FLIGHT_FREE);
    cr_assert_not(in_flight_slot_is_sealed(&slot));
}

/* The seal is the last store: bytes in any state below a seal of 0 are no call. */
Test(in_flight_slot, whose_writer_died_before_the_seal_is_free)
{
    struct usage_record record = a_record();
    in_flight_slot_fill(&slot, &record);
    for (size_t written = 0; written < sizeof(slot.payload); written++) {
        struct in_flight_sealed torn = {0};
        memcpy(torn.payload, slot.payload, written);
        cr_assert_eq(in_flight_slot_read(arena, &torn, &record), IN_FLIGHT_FREE);
    }
}

Test(in_flight_slot, with_any_one_bit_changed_is_damaged_or_free)
{
    struct usage_record record = a_record(), found;
    in_flight_slot_fill(&slot, &record);
    size_t length = slot.seal & UINT32_MAX;
    for (size_t bit = 0; bit < 8 * (sizeof(uint64_t) + length); bit++) {
        struct in_flight_sealed changed = slot;
        ((uint8_t *)&changed)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert_neq(in_flight_slot_read(arena, &changed, &found), IN_FLIGHT_LIVE, "bit %zu", bit);
        arena_reset(arena);
    }
}

Test(in_flight_slot, of_any_bytes_that_are_sealed_is_a_record_that_can_be_printed_or_damaged)
{
    struct random_sequence random = {7};
    for (int i = 0; i < 20000; i++) {
        struct usage_record record;
        size_t length = (size_t)random_below(&random, 96) + 1;
        for (size_t j = 0; j < length; j++)
            slot.payload[j] = (uint8_t)(random_below(&random, 3) ? random_below(&random, IN_FLIGHT_TAG_COUNT)
                                                                 : random_below(&random, 256));
        slot.seal = in_flight_seal_of(&slot, length);
        if (in_flight_slot_read(arena, &slot, &record) == IN_FLIGHT_LIVE)
            cr_assert_gt(printed(&record).length, 0);
        arena_reset(arena);
    }
}

Test(in_flight_slot, cuts_long_texts_between_characters)
{
    struct usage_record record = a_record();
    char name[IN_FLIGHT_TEXT_BYTES + 1];
    memset(name, 'x', sizeof(name));
    memcpy(name + IN_FLIGHT_TEXT_BYTES - 1, "\xc3\xa4", 2);
    record.caller = (struct text){name, sizeof(name)};

    in_flight_slot_fill(&slot, &record);

    cr_assert(text_equals(read_back().caller, (struct text){name, IN_FLIGHT_TEXT_BYTES - 1}));
}

/* Half a budget's name would be another budget's. */
Test(in_flight_slot, leaves_out_whole_what_there_is_no_room_for)
{
    struct usage_record record = a_record();
    struct usage_charge many[USAGE_MAX_CHARGES];
    char owner[BUDGET_OWNER_MAX_BYTES];
    memset(owner, 'o', sizeof(owner));
    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = (struct usage_charge){.budget = TEXT("budget"),
                                        .owner = {owner, i % 2 ? 3 : sizeof(owner)},
                                        .window = TEXT("2026-11"),
                                        .lease = TEXT("lease"),
                                        .amount = (int64_t)i + 1};
    record.charges = (struct usage_charge_list){many, COUNT_OF(many)};

    in_flight_slot_fill(&slot, &record);

    struct usage_record found = read_back();
    cr_assert(text_equals(found.caller, TEXT("ada")) && text_equals(found.model, TEXT("m")));
    cr_assert_geq(found.charges.count, 10);
    cr_assert_lt(found.charges.count, COUNT_OF(many));
    for (size_t i = 0; i < found.charges.count; i++) {
        const struct usage_charge *charge = &found.charges.items[i];
        const struct usage_charge *was = &many[charge->amount - 1];
        cr_assert(text_equals(charge->owner, was->owner) && text_equals(charge->lease, was->lease) &&
                  text_equals(charge->budget, was->budget) && text_equals(charge->window, was->window));
    }
}

Test(in_flight_slot, a_charge_whose_beginning_was_printed_reads_as_any)
{
    struct usage_record record = a_record(), plain = a_record();
    struct usage_charge charges[2];
    for (size_t i = 0; i < COUNT_OF(charges); i++) {
        struct buffer beginning;
        buffer_init(&beginning, arena, 0);
        charges[i] = plain.charges.items[i];
        usage_charge_print_beginning(&charges[i], &beginning);
        charges[i].beginning = buffer_text(&beginning);
    }
    record.charges = (struct usage_charge_list){charges, COUNT_OF(charges)};

    in_flight_slot_fill(&slot, &record);

    struct usage_record found = read_back();
    cr_assert(text_equals(printed(&found), printed(&plain)));
    cr_assert(text_is_empty(found.charges.items[0].beginning), "nobody prints what was read");
}

Test(in_flight_slot, a_beginning_that_is_no_charge_is_damage)
{
    static const char *const wrong[] = {"{", "[", "{\"budget\":\"b\",\"amount\":",
                                        "{\"budget\":\"b\",\"window\":\"w\",\"amount\":1,\"amount\":"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct usage_record record = a_record(), found;
        struct usage_charge charge = {.beginning = text_of(wrong[i]), .amount = 7};
        record.charges = (struct usage_charge_list){&charge, 1};
        in_flight_slot_free(&slot);
        in_flight_slot_fill(&slot, &record);
        cr_assert_eq(in_flight_slot_read(arena, &slot, &found), IN_FLIGHT_DAMAGED, "%s", wrong[i]);
    }
}
