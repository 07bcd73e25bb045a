/* How a caller's key is spelled. Nothing here decides who may call. */
#include "api/types/caller_key.h"

#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/crc32c.h"
#include "lib/base/id.h"

#define SECRET_BYTES 32
#define CHECKSUM_DIGITS 6
#define ID_DIGITS 12
#define HASH_START TEXT("sha256:")

static struct text
checksum_of(struct arena *arena, struct text start)
{
    uint32_t crc = crc32c(0, start.bytes, start.length);
    return text_format(arena, "%06x", crc & 0xffffffu);
}

struct text
caller_key_new(struct arena *arena, struct text label)
{
    uint8_t secret[SECRET_BYTES];
    id_random_bytes(secret, sizeof secret);
    struct text encoded = digest_base64url(arena, secret, sizeof secret);
    digest_forget(secret, sizeof secret);

    struct text start = text_format(arena, "weir_%.*s_%.*s", TEXT_ARG(label), TEXT_ARG(encoded));
    struct text checksum = checksum_of(arena, start);
    return text_format(arena, "%.*s_%.*s", TEXT_ARG(start), TEXT_ARG(checksum));
}

struct text
caller_key_hash(struct arena *arena, struct text key)
{
    struct text hex = digest_sha256_hex(arena, key);
    return text_format(arena, "sha256:%.*s", TEXT_ARG(hex));
}

struct text
caller_key_id(struct text hash)
{
    return text_slice(hash, 0, HASH_START.length + ID_DIGITS);
}

bool
caller_key_hash_read(struct text written, uint8_t out_hash[DIGEST_SHA256_BYTES])
{
    return text_starts_with(written, HASH_START) &&
           digest_parse_hex(text_slice(written, HASH_START.length, written.length), out_hash,
                            DIGEST_SHA256_BYTES);
}

bool
caller_key_is_well_formed(struct text key)
{
    if (!text_starts_with(key, TEXT("weir_")) || key.length < 5 + CHECKSUM_DIGITS + 1)
        return false;
    struct text start = text_slice(key, 0, key.length - CHECKSUM_DIGITS - 1);
    struct text ending = text_slice(key, start.length, key.length);

    struct arena *arena = arena_new(256);
    struct text checksum = checksum_of(arena, start);
    bool right = ending.bytes[0] == '_' && text_equals(text_slice(ending, 1, ending.length), checksum);
    arena_free(arena);
    return right;
}
