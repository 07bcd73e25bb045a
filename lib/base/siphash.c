/* SipHash-2-4, a pure function of key and bytes. The key is the caller's; the map's secret one is in map.c.
 */
#include "lib/base/siphash.h"

#include <endian.h>

static uint64_t
rotate_left(uint64_t value, unsigned by)
{
    return value << by | value >> (64 - by);
}

static uint64_t
read_word(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return le64toh(word);
}

/* The last bytes, fewer than eight. */
static uint64_t
read_tail(const uint8_t *bytes, size_t count)
{
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static void
round_once(struct siphash *s)
{
    s->v0 += s->v1;
    s->v1 = rotate_left(s->v1, 13) ^ s->v0;
    s->v0 = rotate_left(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate_left(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate_left(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate_left(s->v1, 17) ^ s->v2;
    s->v2 = rotate_left(s->v2, 32);
}

static void
take_word(struct siphash *s, uint64_t word)
{
    s->v3 ^= word;
    round_once(s);
    round_once(s);
    s->v0 ^= word;
}

/* Whole words; returns how many bytes were taken. */
static size_t
take_words(struct siphash *s, const uint8_t *bytes, size_t length)
{
    size_t at = 0;
    for (; length - at >= 8; at += 8)
        take_word(s, read_word(bytes + at));
    return at;
}

static uint64_t
finish(struct siphash *s, const uint8_t *tail, size_t count, uint64_t length)
{
    take_word(s, length << 56 | read_tail(tail, count));
    s->v2 ^= 0xff;
    for (int i = 0; i < 4; i++)
        round_once(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t
siphash(const uint8_t key[SIPHASH_KEY_BYTES], const void *bytes, size_t length)
{
    struct siphash s;
    siphash_start(&s, key);
    if (length == 0)
        return finish(&s, NULL, 0, 0); /* bytes may be NULL then, and nothing may be added to that */
    size_t taken = take_words(&s, bytes, length);
    return finish(&s, (const uint8_t *)bytes + taken, length - taken, length);
}

void
siphash_start(struct siphash *s, const uint8_t key[SIPHASH_KEY_BYTES])
{
    uint64_t k0 = read_word(key);
    uint64_t k1 = read_word(key + 8);
    *s = (struct siphash){
        .v0 = k0 ^ 0x736f6d6570736575ULL,
        .v1 = k1 ^ 0x646f72616e646f6dULL,
        .v2 = k0 ^ 0x6c7967656e657261ULL,
        .v3 = k1 ^ 0x7465646279746573ULL,
    };
}

void
siphash_add(struct siphash *s, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    size_t held = s->length % 8;
    s->length += length;
    if (held > 0) {
        size_t wanted = length < 8 - held ? length : 8 - held;
        memcpy(s->tail + held, at, wanted);
        if (held + wanted < 8)
            return;
        take_word(s, read_word(s->tail));
        at += wanted;
        length -= wanted;
    }
    size_t taken = take_words(s, at, length);
    if (length > taken)
        memcpy(s->tail, at + taken, length - taken);
}

uint64_t
siphash_end(struct siphash *s)
{
    return finish(s, s->tail, s->length % 8, s->length);
}
