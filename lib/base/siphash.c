/* SipHash-2-4, a pure function of key and bytes. The key is the caller's; the map's secret one is in map.c.
 */
#include "lib/base/siphash.h"

#include <endian.h>

struct sip_state {
    uint64_t v0, v1, v2, v3;
};

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
round_once(struct sip_state *s)
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
take_word(struct sip_state *s, uint64_t word)
{
    s->v3 ^= word;
    round_once(s);
    round_once(s);
    s->v0 ^= word;
}

uint64_t
siphash(const uint8_t key[SIPHASH_KEY_BYTES], const void *bytes, size_t length)
{
    uint64_t k0 = read_word(key);
    uint64_t k1 = read_word(key + 8);
    struct sip_state s = {
        .v0 = k0 ^ 0x736f6d6570736575ULL,
        .v1 = k1 ^ 0x646f72616e646f6dULL,
        .v2 = k0 ^ 0x6c7967656e657261ULL,
        .v3 = k1 ^ 0x7465646279746573ULL,
    };

    const uint8_t *at = bytes;
    size_t left = length;
    for (; left >= 8; left -= 8, at += 8)
        take_word(&s, read_word(at));
    take_word(&s, (uint64_t)length << 56 | read_tail(at, left));

    s.v2 ^= 0xff;
    for (int i = 0; i < 4; i++)
        round_once(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
