/* A Secret as the API server writes it. */
#include "operator/runtime/secret_body.h"

#include <criterion/criterion.h>

Test(secret_body, decodes_every_value)
{
    struct secret_body body;
    secret_body_read(&body,
                     TEXT("{\"kind\":\"Secret\",\"metadata\":{\"name\":\"openai\"},"
                          "\"data\":{\"apiKey\":\"c2stMTIz\",\"tls.crt\":\"LS0t\"},\"type\":\"Opaque\"}"));

    cr_assert(text_equals(secret_body_find(&body, TEXT("apiKey")), TEXT("sk-123")));
    cr_assert(text_equals(secret_body_find(&body, TEXT("tls.crt")), TEXT("---")));
    cr_assert_eq(secret_body_find(&body, TEXT("other")).length, 0u);
    secret_body_close(&body);
}

Test(secret_body, what_is_no_secret_has_no_values)
{
    const struct text bodies[] = {TEXT(""),
                                  TEXT("{"),
                                  TEXT("{\"data\":null}"),
                                  TEXT("{\"data\":{}}"),
                                  TEXT("{\"data\":{\"a\":\"not base64!\"}}"),
                                  TEXT("{\"kind\":\"Status\"}")};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct secret_body body;
        secret_body_read(&body, bodies[i]);
        cr_assert_eq(secret_body_find(&body, TEXT("a")).length, 0u);
        secret_body_close(&body);
    }
}
