/* What the journal holds stays readable, and its counts are the usage vector. */
#include <criterion/criterion.h>

#include "api/types/usage_record.h"
#include "lib/base/buffer.h"
#include "tests/unit/api/types/given.h"

TestSuite(usage_record, .init = given_fresh_arena, .fini = end_arena);

static bool
decode(const char *json, struct usage_record *out_record)
{
    return schema_decode(test_arena, &usage_record_schema, given_document(json), TEXT(""), out_record,
                         &test_problems);
}

Test(usage_record, of_an_older_journal_has_nothing_of_the_newer_classes)
{
    struct usage_record record;
    cr_assert(decode(
        "{\"id\":\"01\",\"time\":1,\"workspace\":\"w\",\"environment\":\"e\",\"outcome\":\"Completed\","
        "\"usageSource\":\"Provider\",\"inputTokens\":10,\"cacheReadTokens\":2,\"outputTokens\":5}",
        &record));
    struct usage_vector used = usage_record_vector(&record);
    cr_assert_eq(used.input_tokens, 10);
    cr_assert_eq(used.cache_write_1h_tokens, 0);
    cr_assert_eq(used.search_units, 0);
    cr_assert_eq(used.requests, 0);
    cr_assert_eq(usage_vector_tokens(&used), 17);
}

Test(usage_record, gives_back_every_class_that_was_put_in)
{
    struct usage_vector used = {0};
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++)
        usage_vector_set(&used, which, 100 + which);
    struct usage_record record = {.id = TEXT("01"), .workspace = TEXT("w"), .environment = TEXT("e")}, again;
    usage_record_set_vector(&record, &used);
    struct buffer json;
    buffer_init(&json, test_arena, 256);
    schema_print_json(&usage_record_schema, &record, SCHEMA_ENCODE_PLAIN, &json);
    buffer_add_byte(&json, '\0');
    cr_assert(decode(json.bytes, &again));
    struct usage_vector read = usage_record_vector(&again);
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++)
        cr_assert_eq(usage_vector_count(&read, which), 100 + which, "class %d", which);
}

Test(usage_record, refuses_negative_and_absurd_counts)
{
    static const char begin[] =
        "{\"id\":\"01\",\"time\":1,\"workspace\":\"w\",\"environment\":\"e\",\"outcome\":\"Cut\",";
    static const char *const wrong[] = {"\"outputTokens\":-1}", "\"searchUnits\":1000000000001}"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct usage_record record;
        struct text json = text_format(test_arena, "%s%s", begin, wrong[i]);
        cr_assert_not(decode(text_c_string(test_arena, json), &record), "%s", wrong[i]);
    }
}

Test(usage_vector, counts_tokens_and_nothing_else_for_limits)
{
    struct usage_vector used = {.input_tokens = 1,
                                .cache_read_tokens = 2,
                                .cache_write_tokens = 4,
                                .output_tokens = 8,
                                .reasoning_tokens = 16,
                                .audio_input_tokens = 32,
                                .image_output_tokens = 64,
                                .output_images = 128,
                                .input_ms = 256,
                                .characters = 512,
                                .search_units = 1024,
                                .requests = 2048};
    cr_assert_eq(usage_vector_prompt_tokens(&used), 1 + 2 + 4 + 32);
    cr_assert_eq(usage_vector_answer_tokens(&used), 8 + 16 + 64);
    cr_assert_eq(usage_vector_tokens(&used), 127);
}
