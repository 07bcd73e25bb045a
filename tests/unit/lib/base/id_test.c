/* Ids: the right shape, in the order of time, and not the same twice. */
#include "lib/base/id.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/map.h"
#include "tests/unit/lib/base/expect_text.h"

Test(id, a_ulid_begins_with_its_time)
{
    char ulid[ID_ULID_LENGTH];
    id_ulid(ulid, 1469918176385); /* the specification's example */
    expect_text((struct text){ulid, 10}, "01ARYZ6S41");
    id_ulid(ulid, 0);
    expect_text((struct text){ulid, 10}, "0000000000");
    id_ulid(ulid, (INT64_C(1) << 48) - 1);
    expect_text((struct text){ulid, 10}, "7ZZZZZZZZZ");
}

Test(id, a_ulid_has_crockfords_letters_only_and_uses_all_of_them)
{
    const struct text alphabet = TEXT("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    bool seen[ID_ULID_LENGTH][32] = {0};
    for (int i = 0; i < 2000; i++) {
        char ulid[ID_ULID_LENGTH];
        id_ulid(ulid, 1469918176385);
        for (size_t at = 0; at < ID_ULID_LENGTH; at++) {
            ptrdiff_t letter = text_find_byte(alphabet, ulid[at]);
            cr_assert_geq(letter, 0);
            seen[at][letter] = true;
        }
    }
    /* A letter missing at a place in 2,000 draws: (31/32)^2000, about 10^-28. */
    for (size_t at = 10; at < ID_ULID_LENGTH; at++)
        for (size_t letter = 0; letter < 32; letter++)
            cr_assert(seen[at][letter], "place %zu, letter %zu", at, letter);
}

Test(id, ulids_sort_by_time)
{
    char earlier[ID_ULID_LENGTH];
    char later[ID_ULID_LENGTH];
    static const int64_t times[] = {0, 1, 31, 32, 1023, 1700000000000, 1700000000001, 1800000000000};
    for (size_t i = 1; i < COUNT_OF(times); i++) {
        id_ulid(earlier, times[i - 1]);
        id_ulid(later, times[i]);
        cr_assert_lt(memcmp(earlier, later, ID_ULID_LENGTH), 0, "%zu", i);
    }
}

Test(id, ulids_in_order_sort_by_time_and_by_when_they_were_made)
{
    char earlier[ID_ULID_LENGTH];
    char later[ID_ULID_LENGTH];
    id_ulid_in_order(earlier, 1700000000000);
    for (int i = 1; i < 10000; i++) {
        id_ulid_in_order(later, 1700000000000 + i / 5000);
        cr_assert_lt(memcmp(earlier, later, ID_ULID_LENGTH), 0, "%d", i);
        cr_assert_eq(memcmp(earlier, later, 15) == 0, i != 5000, "%d: another random part each millisecond",
                     i);
        memcpy(earlier, later, ID_ULID_LENGTH);
    }
}

Test(id, does_not_repeat_within_a_millisecond)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct map *seen = map_new(arena);
    clock_freeze(0, 1700000000000);
    for (int i = 0; i < 10000; i++)
        map_set(seen, id_new(arena), arena);
    cr_assert_eq(map_count(seen), 10000);
}

Test(id, random_bytes_fill_the_whole_length)
{
    unsigned char bytes[1000] = {0};
    id_random_bytes(bytes, sizeof(bytes));
    for (size_t at = 0; at < sizeof(bytes); at += 50) {
        int sum = 0;
        for (size_t i = at; i < at + 50; i++)
            sum += bytes[i];
        cr_assert_gt(sum, 0);
    }
    id_random_bytes(bytes, 0);
}

Test(id, random_numbers_are_spread_evenly)
{
    int counts[16] = {0};
    for (int i = 0; i < 160000; i++)
        counts[id_random_u64() >> 60]++;
    for (size_t i = 0; i < 16; i++)
        cr_assert(counts[i] > 9000 && counts[i] < 11000, "%d in bucket %zu", counts[i], i); /* 10 sigma */
}
