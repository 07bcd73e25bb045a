/* CRC-32C against the examples of RFC 3720 appendix B.4. */
#include "lib/base/crc32c.h"

#include <criterion/criterion.h>

Test(crc32c, agrees_with_rfc_3720)
{
    uint8_t bytes[32];
    memset(bytes, 0, sizeof(bytes));
    cr_assert_eq(crc32c(0, bytes, 32), 0x8a9136aa);
    memset(bytes, 0xff, sizeof(bytes));
    cr_assert_eq(crc32c(0, bytes, 32), 0x62a8ab43);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = i;
    cr_assert_eq(crc32c(0, bytes, 32), 0x46dd794e);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(31 - i);
    cr_assert_eq(crc32c(0, bytes, 32), 0x113fdb5c);
    static const uint8_t iscsi_read[48] = {
        0x01, 0xc0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18, 0x28, [40] = 0x02,
    };
    cr_assert_eq(crc32c(0, iscsi_read, sizeof(iscsi_read)), 0xd9963a56);
    cr_assert_eq(crc32c(0, "123456789", 9), 0xe3069283);
}

Test(crc32c, goes_on_where_it_stopped)
{
    const char *words = "the quick brown fox";
    for (size_t cut = 0; cut <= 19; cut++)
        cr_assert_eq(crc32c(crc32c(0, words, cut), words + cut, 19 - cut), crc32c(0, words, 19));
    cr_assert_eq(crc32c(0, NULL, 0), 0);
}

Test(crc32c, sees_every_flipped_bit)
{
    uint8_t bytes[64];
    memset(bytes, 0x5a, sizeof(bytes));
    uint32_t whole = crc32c(0, bytes, sizeof(bytes));
    for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_assert_neq(crc32c(0, bytes, sizeof(bytes)), whole);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

Test(crc32c, is_the_same_with_and_without_the_processors_instruction)
{
    uint8_t bytes[100];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 37 + 11);
    for (size_t from = 0; from < 9; from++)
        for (size_t length = 0; from + length <= sizeof(bytes); length++)
            cr_assert_eq(crc32c(7, bytes + from, length), crc32c_by_tables(7, bytes + from, length));
}
