/* Keys, servers and waits of webhooks. What a message looks like and whether it is signed right is asked of
 * another implementation in tests/blackbox/test_alerts.py. */
#include "api/server/webhook_message.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"

TestSuite(webhook_message, .init = given_arena, .fini = end_arena);

Test(webhook_message, keys_are_24_to_64_bytes_in_base64_with_their_prefix)
{
    static const char *const wrong[] = {
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!",
        "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpBQkNERUZHSElKS0xNTk9QUVJTVFVW"
        "V1hZWkFCQ0RFRkdISUpLTE1O"};
    struct webhook_key key = {0};
    struct error err = {0};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        cr_assert_not(webhook_key_parse(text_of(wrong[i]), &key, &err), "%s", wrong[i]);
        cr_assert_eq(err.kind, ERROR_INVALID);
        cr_assert_eq(key.length, 0u);
    }
    cr_assert(webhook_key_parse(TEXT("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &key, &err), "%s",
              err.message);
    cr_assert_eq(key.length, 24u);
    cr_assert_eq(key.bytes[0], 0x31);
}

Test(webhook_message, servers_are_shown_without_what_may_be_a_secret)
{
    cr_assert(text_equals(webhook_server(TEXT("https://hooks.example.com:8443/T0/B1?x=y")),
                          TEXT("https://hooks.example.com:8443")));
    cr_assert(
        text_equals(webhook_server(TEXT("https://hooks.example.com?x")), TEXT("https://hooks.example.com")));
    cr_assert(text_equals(webhook_server(TEXT("http://[::1]:9")), TEXT("http://[::1]:9")));
}

Test(webhook_message, waits_grow_to_an_hour_and_end)
{
    int64_t sum_ms = 0;
    cr_assert_eq(webhook_retry_ms(1), 10000);
    cr_assert_eq(webhook_retry_ms(2), 20000);
    cr_assert_eq(webhook_retry_ms(9), 2560000);
    cr_assert_eq(webhook_retry_ms(10), 3600000);
    for (int64_t tries = 1; tries < WEBHOOK_MOST_TRIES; tries++)
        sum_ms += webhook_retry_ms(tries);
    cr_assert(sum_ms > 10 * 3600000 && sum_ms < 12 * 3600000);
    cr_assert_eq(webhook_retry_ms(WEBHOOK_MOST_TRIES), 0);
}

Test(webhook_message, without_a_key_is_not_signed)
{
    const struct kept_alert alert = {.id = TEXT("01A-080"),
                                     .time_ms = 1764000000000,
                                     .budget = TEXT("b"),
                                     .window = TEXT("2025-11"),
                                     .percent = 80,
                                     .amount = 10000000000,
                                     .settled = 8000000000};
    const struct webhook_key none = {0};
    struct webhook_message message = webhook_message(arena, &alert, &none, 1764000001999);
    cr_assert(text_equals(message.headers, TEXT("content-type: application/json\nwebhook-id: 01A-080\n"
                                                "webhook-timestamp: 1764000001\n")));
    cr_assert(text_find(message.body, TEXT("\"type\":\"budget.alert\"")) >= 0);
    cr_assert(text_find(message.body, TEXT("\"amount\":\"10.00\"")) >= 0);
    cr_assert_lt(text_find(message.body, TEXT("deliveries")), 0);
}
