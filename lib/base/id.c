/* Randomness from the kernel, and the identifiers made from it. Keeps no secret longer than it takes to hand
 * it out. */
#include "lib/base/id.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/random.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"

enum { ULID_TIME_CHARACTERS = 10, ULID_RANDOM_BYTES = 10, POOL_BYTES = 512 };

static void ulid_print(char out[ID_ULID_LENGTH], int64_t unix_ms, const uint8_t random[ULID_RANDOM_BYTES]);
static void add_one(uint8_t number[ULID_RANDOM_BYTES]);

void
id_random_bytes(void *bytes, size_t length)
{
    size_t filled = 0;
    while (filled < length) {
        ssize_t got = getrandom((char *)bytes + filled, length - filled, 0);
        if (got < 0 && errno != EINTR) {
            fprintf(stderr, "the kernel gives no random bytes: %s\n", strerror(errno));
            abort();
        }
        if (got > 0)
            filled += (size_t)got;
    }
}

/* One system call for many identifiers: at thousands of calls a second getrandom shows. */
void
id_unique_bytes(void *bytes, size_t length)
{
    static uint8_t pool[POOL_BYTES];
    static size_t left;
    assert(length <= POOL_BYTES);
    if (left < length) {
        id_random_bytes(pool, sizeof(pool));
        left = sizeof(pool);
    }
    left -= length;
    memcpy(bytes, pool + left, length);
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t
id_random_u64(void)
{
    static uint64_t state;
    static bool is_seeded;
    if (!is_seeded) {
        id_random_bytes(&state, sizeof(state));
        is_seeded = true;
    }
    state += 0x9e3779b97f4a7c15ULL;
    uint64_t mixed = state;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebULL;
    return mixed ^ mixed >> 31;
}

void
id_ulid(char out[ID_ULID_LENGTH], int64_t unix_ms)
{
    uint8_t random[ULID_RANDOM_BYTES];
    id_unique_bytes(random, sizeof(random));
    ulid_print(out, unix_ms, random);
}

void
id_ulid_in_order(char out[ID_ULID_LENGTH], int64_t unix_ms)
{
    static uint8_t last[ULID_RANDOM_BYTES];
    static int64_t last_ms = -1;
    if (unix_ms == last_ms) {
        add_one(last);
    } else {
        id_unique_bytes(last, sizeof(last));
        last[0] &= 0x7F; /* there is room to count up from */
    }
    last_ms = unix_ms;
    ulid_print(out, unix_ms, last);
}

struct text
id_new(struct arena *arena)
{
    char *bytes = arena_alloc_raw(arena, ID_ULID_LENGTH);
    id_ulid(bytes, clock_unix_ms());
    return (struct text){bytes, ID_ULID_LENGTH};
}

static void
ulid_print(char out[ID_ULID_LENGTH], int64_t unix_ms, const uint8_t random[ULID_RANDOM_BYTES])
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    uint64_t time = (uint64_t)unix_ms & 0xFFFFFFFFFFFFULL;
    for (size_t i = ULID_TIME_CHARACTERS; i-- > 0; time >>= 5)
        out[i] = alphabet[time & 31];

    uint32_t bits = 0;
    unsigned bit_count = 0;
    size_t next = ULID_TIME_CHARACTERS;
    for (size_t i = 0; i < ULID_RANDOM_BYTES; i++) {
        bits = bits << 8 | random[i];
        for (bit_count += 8; bit_count >= 5; bit_count -= 5)
            out[next++] = alphabet[bits >> (bit_count - 5) & 31];
    }
}

/* To a number whose highest byte comes first. */
static void
add_one(uint8_t number[ULID_RANDOM_BYTES])
{
    for (size_t i = ULID_RANDOM_BYTES; i-- > 0;)
        if (++number[i] != 0)
            return;
}
