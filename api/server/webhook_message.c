/* See the header. */
#include "api/server/webhook_message.h"

#include "api/server/alert_document.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/document/json.h"
#include "lib/net/digest.h"

enum { LEAST_KEY_BYTES = 24, FIRST_RETRY_MS = 10000, MOST_RETRY_MS = 3600000 };

static struct text sign(struct arena *arena, const struct webhook_key *key, struct text content);

bool
webhook_key_parse(struct text text, struct webhook_key *out_key, struct error *err)
{
    static const struct text prefix = TEXT("whsec_");
    scoped_arena struct arena *scratch = arena_new(0);
    struct text bytes = {0};
    bool is_key = text_starts_with(text, prefix) &&
                  digest_base64_decode(scratch, text_slice(text, prefix.length, text.length), &bytes) &&
                  bytes.length >= LEAST_KEY_BYTES && bytes.length <= WEBHOOK_KEY_MAX_BYTES;
    if (!is_key)
        return error_set(err, ERROR_INVALID,
                         "this is no whsec_ and %d to %d bytes in base64: make one with "
                         "`echo whsec_$(head -c 32 /dev/urandom | base64)`",
                         LEAST_KEY_BYTES, WEBHOOK_KEY_MAX_BYTES);
    memcpy(out_key->bytes, bytes.bytes, bytes.length);
    out_key->length = bytes.length;
    digest_forget((void *)(uintptr_t)bytes.bytes, bytes.length);
    return true;
}

struct webhook_message
webhook_message(struct arena *arena, const struct kept_alert *alert, const struct webhook_key *key,
                int64_t now_ms)
{
    struct alert_message said;
    struct buffer body, headers;
    schema_set_defaults(&alert_message_schema, &said);
    said.type = TEXT(ALERT_MESSAGE_TYPE);
    said.timestamp = alert->time_ms;
    said.data = alert_document(arena, alert);
    buffer_init(&body, arena, 1024);
    json_print(schema_encode(arena, &alert_message_schema, &said, SCHEMA_ENCODE_PLAIN), &body);
    buffer_init(&headers, arena, 256);
    struct text stamp = text_format(arena, "%.*s.%lld", TEXT_ARG(alert->id), (long long)(now_ms / 1000));
    buffer_print(&headers, "content-type: application/json\nwebhook-id: %.*s\nwebhook-timestamp: %lld\n",
                 TEXT_ARG(alert->id), (long long)(now_ms / 1000));
    if (key->length > 0)
        buffer_print(
            &headers, "webhook-signature: v1,%.*s\n",
            TEXT_ARG(sign(arena, key,
                          text_format(arena, "%.*s.%.*s", TEXT_ARG(stamp), TEXT_ARG(buffer_text(&body))))));
    return (struct webhook_message){buffer_text(&body), buffer_text(&headers)};
}

struct text
webhook_server(struct text url)
{
    size_t end = (size_t)text_find(url, TEXT("://")) + strlen("://"); /* there always is one */
    while (end < url.length && !strchr("/?", url.bytes[end]))
        end++;
    return text_slice(url, 0, end);
}

int64_t
webhook_retry_ms(int64_t tries)
{
    int64_t wait_ms = FIRST_RETRY_MS;
    if (tries >= WEBHOOK_MOST_TRIES)
        return 0;
    for (int64_t i = 1; i < tries && wait_ms < MOST_RETRY_MS; i++)
        wait_ms *= 2;
    return wait_ms < MOST_RETRY_MS ? wait_ms : MOST_RETRY_MS;
}

static struct text
sign(struct arena *arena, const struct webhook_key *key, struct text content)
{
    uint8_t digest[DIGEST_SHA256_BYTES];
    digest_hmac_sha256((struct text){(const char *)key->bytes, key->length}, content, digest);
    return digest_base64(arena, digest, sizeof(digest));
}
