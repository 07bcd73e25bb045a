/* SipHash-2-4 against the reference implementation's vectors (vectors.h of github.com/veorq/SipHash). */
#include "lib/base/siphash.h"

#include <criterion/criterion.h>

#include "lib/base/map.h"

Test(siphash, agrees_with_the_reference_vectors)
{
    /* Key 00..0f; the message is the bytes 00, 01, ... of that length. */
    static const struct {
        size_t length;
        uint64_t hash;
    } vectors[] = {
        {0, 0x726fdb47dd0e0e31},  {1, 0x74f839c593dc67fd},  {7, 0xab0200f58b01d137},  {8, 0x93f5f5799a932462},
        {15, 0xa129ca6149be45e5}, {16, 0x3f2acc7f57c29bdb}, {63, 0x958a324ceb064572},
    };
    uint8_t key[SIPHASH_KEY_BYTES];
    uint8_t message[64];
    for (uint8_t i = 0; i < 64; i++)
        message[i] = i;
    memcpy(key, message, sizeof(key));
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        cr_assert_eq(siphash(key, message, vectors[i].length), vectors[i].hash, "length %zu",
                     vectors[i].length);
}

Test(siphash, depends_on_every_bit_of_key_and_message)
{
    uint8_t key[SIPHASH_KEY_BYTES] = {0};
    char message[20] = "nineteen bytes long";
    uint64_t hash = siphash(key, message, 19);
    for (size_t bit = 0; bit < 128; bit++) {
        key[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_assert_neq(siphash(key, message, 19), hash, "key bit %zu", bit);
        key[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t byte = 0; byte < 19; byte++) {
        message[byte] = (char)(message[byte] + 1);
        cr_assert_neq(siphash(key, message, 19), hash, "message byte %zu", byte);
        message[byte] = (char)(message[byte] - 1);
    }
    cr_assert_neq(siphash(key, message, 18), hash);
}

Test(siphash, under_the_processs_secret_is_stable_within_the_process)
{
    cr_assert_eq(map_hash(TEXT("a")), map_hash(TEXT("a")));
    cr_assert_neq(map_hash(TEXT("a")), map_hash(TEXT("b")));
    uint8_t no_key[SIPHASH_KEY_BYTES] = {0};
    cr_assert_neq(map_hash(TEXT("a")), siphash(no_key, "a", 1), "a secret, not zeros");
}

Test(siphash, in_pieces_is_the_same_as_at_once)
{
    uint8_t key[SIPHASH_KEY_BYTES];
    uint8_t message[40];
    for (uint8_t i = 0; i < 40; i++)
        message[i] = (uint8_t)(i * 7);
    memcpy(key, message, sizeof(key));
    for (size_t first = 0; first <= 40; first++)
        for (size_t second = first; second <= 40; second++) {
            struct siphash s;
            siphash_start(&s, key);
            siphash_add(&s, message, first);
            siphash_add(&s, message + first, second - first);
            siphash_add(&s, message + second, 40 - second);
            cr_assert_eq(siphash_end(&s), siphash(key, message, 40), "%zu %zu", first, second);
        }
}
