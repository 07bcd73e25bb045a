/* RFC 6455 section 5: its example, the borders between lengths, and masking by the rule as it is written. */
#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/net/websocket_frame.h"

static const struct websocket_frame whole = {
    .is_first = true, .is_last = true, .mask = {0x37, 0xfa, 0x21, 0x3d}};

static struct arena *arena;

static void
begin(void)
{
    arena = arena_new(0);
}

static void
end(void)
{
    arena_free(arena);
}

TestSuite(websocket_frame, .init = begin, .fini = end);

static uint8_t *
given_payload(size_t length)
{
    uint8_t *room = arena_alloc(arena, WEBSOCKET_FRAME_HEAD_MAX_BYTES + length);
    uint8_t *payload = room + WEBSOCKET_FRAME_HEAD_MAX_BYTES;
    for (size_t i = 0; i < length; i++)
        payload[i] = (uint8_t)(i * 31 + 7);
    return payload;
}

static void
expect_masked(const uint8_t *payload, size_t length)
{
    for (size_t i = 0; i < length; i++)
        cr_assert_eq(payload[i], (uint8_t)(i * 31 + 7) ^ whole.mask[i % 4], "byte %zu of %zu", i, length);
}

Test(websocket_frame, is_the_one_of_section_5_7)
{
    static const uint8_t expected[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};
    uint8_t *payload = given_payload(5);
    memcpy(payload, "Hello", 5);

    size_t head = websocket_frame_seal(&whole, payload, 5);

    cr_assert_eq(head, 6);
    cr_assert_arr_eq(payload - head, expected, sizeof(expected));
}

Test(websocket_frame, says_its_length_in_as_few_bytes_as_it_can)
{
    static const struct {
        size_t length, head;
        uint8_t bytes[10];
    } cases[] = {
        {0, 6, {0x81, 0x80}},
        {125, 6, {0x81, 0xfd}},
        {126, 8, {0x81, 0xfe, 0, 126}},
        {65535, 8, {0x81, 0xfe, 0xff, 0xff}},
        {65536, 14, {0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t *payload = given_payload(cases[i].length);

        size_t head = websocket_frame_seal(&whole, payload, cases[i].length);

        cr_assert_eq(head, cases[i].head);
        cr_assert_arr_eq(payload - head, cases[i].bytes, head - WEBSOCKET_FRAME_MASK_BYTES);
        cr_assert_arr_eq(payload - WEBSOCKET_FRAME_MASK_BYTES, whole.mask, WEBSOCKET_FRAME_MASK_BYTES);
    }
}

Test(websocket_frame, masks_every_length_by_the_byte)
{
    for (size_t length = 0; length < 40; length++) {
        uint8_t *payload = given_payload(length);

        (void)websocket_frame_seal(&whole, payload, length);

        expect_masked(payload, length);
    }
}

Test(websocket_frame, pieces_of_a_message_say_which_they_are)
{
    static const struct {
        bool is_first, is_last;
        uint8_t byte;
    } cases[] = {{true, true, 0x81}, {true, false, 0x01}, {false, false, 0x00}, {false, true, 0x80}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct websocket_frame frame = {.is_first = cases[i].is_first, .is_last = cases[i].is_last};
        uint8_t *payload = given_payload(8);

        size_t head = websocket_frame_seal(&frame, payload, 8);

        cr_assert_eq(payload[-(ptrdiff_t)head], cases[i].byte);
    }
}
