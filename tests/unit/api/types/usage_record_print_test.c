/* Whatever is in a record, it is printed as the schema prints it. */
#include <criterion/criterion.h>

#include "api/types/usage_record.h"
#include "lib/base/buffer.h"
#include "tests/unit/api/types/given.h"

TestSuite(usage_record_print, .init = given_fresh_arena, .fini = end_arena);

static void
expect_as_the_schema_prints_it(const struct usage_record *record)
{
    struct buffer expected, found;
    buffer_init(&expected, test_arena, 0);
    buffer_init(&found, test_arena, 0);
    buffer_add_string(&found, "before");
    schema_print_json(&usage_record_schema, record, SCHEMA_ENCODE_PLAIN, &expected);

    usage_record_print(record, &found);

    struct text printed = text_slice(buffer_text(&found), strlen("before"), found.length);
    cr_assert(text_equals(printed, buffer_text(&expected)), "%.*s instead of %.*s", TEXT_ARG(printed),
              TEXT_ARG(buffer_text(&expected)));
}

static struct usage_record
given_record(void)
{
    struct usage_record record;
    schema_set_defaults(&usage_record_schema, &record);
    return record;
}

static void
set_lists(struct usage_record *record)
{
    static struct text_pair tags[] = {{TEXT("cost-center"), TEXT("47\"11")}, {TEXT("empty"), TEXT("")}};
    static struct text codes[] = {TEXT("token_limit"), TEXT("budget_exceeded")};
    static struct usage_charge charges[] = {
        {.budget = TEXT("month"),
         .owner = TEXT(""),
         .window = TEXT("2026-11"),
         .lease = TEXT("01KB"),
         .amount = 1650},
        {.budget = TEXT("day"),
         .owner = TEXT("lab/dev/ada"),
         .window = TEXT("2026-11-30"),
         .lease = TEXT(""),
         .amount = 1},
    };
    record->tags = (struct text_pair_list){tags, COUNT_OF(tags)};
    record->shadow = (struct text_list){codes, COUNT_OF(codes)};
    record->unpriced = (struct text_list){codes, 1};
    record->charges = (struct usage_charge_list){charges, COUNT_OF(charges)};
}

/* Numbers that are at a border, and texts that are short, long, escaped, and no UTF-8. */
static void
set_member(void *record, const struct field *field, size_t choice)
{
    static const int64_t numbers[] = {0, 1, 9, 10, 1234567890123, INT64_MAX, FIELD_UNSET, -7};
    static const struct text words[] = {TEXT(""),
                                        TEXT("a"),
                                        TEXT("chat.completions"),
                                        TEXT("say \"it\"\n"),
                                        TEXT("Zürich"),
                                        TEXT("\xff\xfe"),
                                        TEXT("back\\s"),
                                        TEXT("sha256:0123456789abcdef0123456789abcdef")};
    void *member = (char *)record + field->offset;
    if (field->kind == FIELD_TEXT)
        *(struct text *)member = words[choice % COUNT_OF(words)];
    else if (field->kind == FIELD_INT || field->kind == FIELD_MONEY)
        *(int64_t *)member = numbers[choice % COUNT_OF(numbers)];
    else if (field->kind == FIELD_BOOL)
        *(bool *)member = choice % 2;
    else if (field->kind == FIELD_ENUM)
        *(int *)member = (int)(choice % 3);
}

Test(usage_record_print, of_a_record_that_says_nothing)
{
    struct usage_record record = given_record(), zeros = {0};

    expect_as_the_schema_prints_it(&record);
    expect_as_the_schema_prints_it(&zeros);
}

/* Each field alone, so that one which is printed otherwise is named here. */
Test(usage_record_print, of_each_field_alone)
{
    for (size_t i = 0; i < usage_record_schema.field_count; i++)
        for (size_t choice = 0; choice < 8; choice++) {
            struct usage_record record = given_record();
            set_member(&record, &usage_record_schema.fields[i], choice);
            expect_as_the_schema_prints_it(&record);
        }
}

Test(usage_record_print, of_all_fields_at_once)
{
    for (size_t choice = 0; choice < 64; choice++) {
        struct usage_record record = given_record();
        for (size_t i = 0; i < usage_record_schema.field_count; i++)
            set_member(&record, &usage_record_schema.fields[i], choice * (i + 1) + i);
        set_lists(&record);
        expect_as_the_schema_prints_it(&record);
    }
}

/* With texts that need escapes and with such that do not, each of which is written in its own way. */
Test(usage_record_print, of_charges_whatever_is_in_them)
{
    for (size_t choice = 0; choice < 512; choice++) {
        struct usage_record record = given_record();
        struct usage_charge charges[3];
        for (size_t i = 0; i < COUNT_OF(charges); i++) {
            schema_set_defaults(&usage_charge_schema, &charges[i]);
            for (size_t j = 0; j < usage_charge_schema.field_count; j++)
                set_member(&charges[i], &usage_charge_schema.fields[j], (choice >> j) * (i + 1) + j);
        }
        record.charges = (struct usage_charge_list){charges, COUNT_OF(charges)};
        expect_as_the_schema_prints_it(&record);
    }
}

Test(usage_record_print, of_charges_whose_beginnings_were_printed_before)
{
    for (size_t choice = 0; choice < 256; choice++) {
        struct usage_record record = given_record();
        struct usage_charge charges[2];
        for (size_t i = 0; i < COUNT_OF(charges); i++) {
            schema_set_defaults(&usage_charge_schema, &charges[i]);
            for (size_t j = 0; j < usage_charge_schema.field_count; j++)
                set_member(&charges[i], &usage_charge_schema.fields[j], (choice >> j) * (i + 1) + j);
            charges[i].amount = (int64_t)(choice * choice + 1);
            struct buffer beginning;
            buffer_init(&beginning, test_arena, 0);
            usage_charge_print_beginning(&charges[i], &beginning);
            charges[i].beginning = i == 0 ? buffer_text(&beginning) : TEXT("");
        }
        record.charges = (struct usage_charge_list){charges, COUNT_OF(charges)};
        expect_as_the_schema_prints_it(&record);
    }
}
