/* SHA-256, HMAC, hex, base64 and a compare that takes the same time wherever the difference is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/text.h"

struct arena;

#define DIGEST_SHA256_BYTES 32
#define DIGEST_MAX_KEY_BYTES 4096

void digest_sha256(struct text bytes, uint8_t out[DIGEST_SHA256_BYTES]);
/* Of the parts one after the other. */
void digest_sha256_joined(const struct text *parts, size_t count, uint8_t out[DIGEST_SHA256_BYTES]);
/* RFC 2104 with SHA-256; the key has at most DIGEST_MAX_KEY_BYTES. */
void digest_hmac_sha256(struct text key, struct text bytes, uint8_t out[DIGEST_SHA256_BYTES]);
struct text digest_sha256_hex(struct arena *arena, struct text bytes); /* 64 lower-case digits */
struct text digest_hex(struct arena *arena, const void *bytes, size_t length);
bool digest_parse_hex(struct text hex, void *out, size_t length); /* exactly 2 * length digits */
struct text
digest_base64url(struct arena *arena, const void *bytes, size_t length); /* RFC 4648 5, no padding */
/* Without padding, and one text for one value. */
bool digest_base64url_decode(struct arena *arena, struct text base64url, struct text *out_bytes);
struct text digest_base64(struct arena *arena, const void *bytes, size_t length);
bool digest_base64_decode(struct arena *arena, struct text base64, struct text *out_bytes);
/* Equal, without telling by its time where they differ. */
bool digest_equals(const void *a, const void *b, size_t length);
void digest_forget(void *bytes, size_t length); /* wiped, and not optimised away */
