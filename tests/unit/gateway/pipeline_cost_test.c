/* Money from the provider's own count to the usage record, over real sockets. */
#include <criterion/criterion.h>

#include "api/types/usage_record.h"
#include "tests/support/gateway_words.h"
#include "tests/support/harness_fixture.h"
#include "tests/support/reply.h"

/* 1.10 a million in, 0.275 read from the cache, 4.40 out and reasoned: nano-USD 1,100, 275 and 4,400 a token.
 */
#define PRICES                                                                                               \
    ",\"prices\":[{\"version\":\"p-0123456789ab\",\"price\":{\"provider\":\"mock\",\"model\":\"o-mini\","    \
    "\"usdPerMillion\":{\"input\":\"1.1\",\"cacheRead\":\"0.275\",\"output\":\"4.4\",\"reasoning\":\"4.4\"}" \
    "}}]"
#define PRICED                                                                                               \
    CONFIG_WITH(",{\"name\":\"mini\",\"targets\":[{\"provider\":\"mock\",\"model\":\"o-mini\","              \
                "\"priceVersion\":\"p-0123456789ab\"}]}",                                                    \
                PRICES)
#define ASK_MINI "{\"model\":\"mini\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"

TestSuite(pipeline_cost, .fini = end);

static const struct usage_record *
record_of(const char *body)
{
    given(PRICED);
    struct text reply =
        text_format(harness_arena(harness),
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                    strlen(body), body);
    harness_provider_says(harness, text_c_string(harness_arena(harness), reply));
    harness_post(harness, CHAT, KEY, ASK_MINI);
    return harness_record(harness, 0);
}

Test(pipeline_cost, stands_in_the_record_to_the_nano_dollar_with_the_prices_version)
{
    const struct usage_record *record =
        record_of("{\"choices\":[],\"usage\":{\"prompt_tokens\":2006,\"completion_tokens\":300,"
                  "\"prompt_tokens_details\":{\"cached_tokens\":1920},"
                  "\"completion_tokens_details\":{\"reasoning_tokens\":64}}}");

    /* 2,006 - 1,920 = 86 at 1,100 = 94,600; 1,920 at 275 = 528,000; 236 + 64 at 4,400 = 1,320,000 */
    cr_assert(got(0, "\"model\":\"o-mini\""));
    cr_assert_eq(record->cost, 1942600, "%ld", (long)record->cost);
    cr_assert_eq(record->unpriced.count, 0);
    cr_assert(text_equals(record->price_version, TEXT("p-0123456789ab")));
}

Test(pipeline_cost, leaves_out_what_has_no_price_and_names_it)
{
    const struct usage_record *record =
        record_of("{\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":0,"
                  "\"prompt_tokens_details\":{\"audio_tokens\":4}}}");

    /* 6 at 1,100 */
    cr_assert_eq(record->cost, 6600);
    cr_assert_eq(record->unpriced.count, 1);
    cr_assert(text_equals(record->unpriced.items[0], TEXT("audioInput")));
}

Test(pipeline_cost, is_not_in_the_record_of_a_target_without_a_price)
{
    given(PRICED);
    harness_provider_says(harness, OK_REPLY);

    harness_post(harness, CHAT, KEY, HELLO);

    const struct usage_record *record = harness_record(harness, 0);
    cr_assert_eq(record->input_tokens, 10);
    cr_assert_eq(record->cost, FIELD_UNSET);
    cr_assert_eq(record->unpriced.count, 2);
    cr_assert(text_is_empty(record->price_version));
}

Test(pipeline_cost, is_not_in_the_record_of_a_call_that_was_refused)
{
    given(PRICED);

    harness_post(harness, CHAT, "wrong", ASK_MINI);

    cr_assert_eq(harness_record(harness, 0)->cost, FIELD_UNSET);
    cr_assert_eq(harness_record(harness, 0)->unpriced.count, 0);
}
