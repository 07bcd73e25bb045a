/* What a client says its call is for: in the call's record, and nowhere upstream. */
#include <criterion/criterion.h>

#include "api/types/usage_record.h"
#include "lib/base/arena.h"
#include "tests/support/gateway_words.h"
#include "tests/support/harness_fixture.h"
#include "tests/support/reply.h"

TestSuite(pipeline_purpose, .fini = end);

static struct text
post(const char *headers)
{
    struct text request =
        text_format(harness_arena(harness),
                    "POST " CHAT " HTTP/1.1\r\nHost: weir\r\nConnection: close\r\nAuthorization: Bearer " KEY
                    "\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n%s",
                    headers, strlen(HELLO), HELLO);
    return harness_ask(harness, text_c_string(harness_arena(harness), request));
}

static void
expect_tag(const struct usage_record *record, const char *key, const char *value)
{
    struct text found = text_pair_list_find(&record->tags, text_of(key));
    cr_assert(text_equals(found, text_of(value)), "%s is %.*s", key, TEXT_ARG(found));
}

Test(pipeline_purpose, is_in_the_record_and_not_sent_to_the_provider)
{
    given(CONFIG(""));
    harness_provider_says(harness, OK_REPLY);

    struct text reply = post("X-Weir-Run: run-7\r\nx-weir-tags: feature=search, step=2\r\n");

    cr_assert_eq(reply_status(reply), 200);
    const struct usage_record *record = harness_record(harness, 0);
    cr_assert(text_equals(record->run, TEXT("run-7")));
    expect_tag(record, "feature", "search");
    expect_tag(record, "step", "2");
    cr_assert_not(got(0, "run-7"));
    cr_assert_not(got(0, "search"));
}

Test(pipeline_purpose, is_nothing_where_nothing_is_said)
{
    given(CONFIG(""));
    harness_provider_says(harness, OK_REPLY);

    cr_assert_eq(reply_status(post("")), 200);

    cr_assert(text_is_empty(harness_record(harness, 0)->run));
}

Test(pipeline_purpose, is_refused_where_it_cannot_be_read)
{
    static const char *const wrong[] = {"x-weir-run: two words\r\n",
                                        "x-weir-run:\r\n",
                                        "x-weir-run: a\r\nx-weir-run: a\r\n",
                                        "x-weir-user:\r\n",
                                        "x-weir-user: a\r\nx-weir-user: b\r\n",
                                        "x-weir-tags: nothing\r\n",
                                        "x-weir-tags:\r\n",
                                        "x-weir-tags: a=b\r\nx-weir-tags: c=d\r\n"};
    given(CONFIG(""));
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct text reply = post(wrong[i]);
        cr_assert_eq(reply_status(reply), 400, "%s", wrong[i]);
        cr_assert(reply_has(reply, "\"code\":\"invalid_request\"") && reply_has(reply, "x-weir-"));
        cr_assert_eq(harness_record(harness, i)->outcome, CALL_INVALID);
        cr_assert(text_is_empty(harness_record(harness, i)->run));
    }
    cr_assert_eq(harness_provider_requests(harness), 0);
}
