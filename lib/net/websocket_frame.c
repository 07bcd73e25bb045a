/* Masks 64 bytes at a time: libwebsockets masks one at a time, which costs more than all else that is done
 * to a usage record on its way. */
#include "lib/net/websocket_frame.h"

enum {
    FINAL = 0x80,
    TEXT_FRAME = 1,
    CONTINUATION = 0,
    MASKED = 0x80,
    SHORT_MAX = 125,
    SAYS_2_BYTES = 126,
    SAYS_8_BYTES = 127,
};

/* As many registers as the machine needs for it. */
typedef uint64_t wide __attribute__((vector_size(64)));

static void mask(const uint8_t *key, uint8_t *bytes, size_t length);
static size_t length_bytes(size_t length);

size_t
websocket_frame_seal(const struct websocket_frame *frame, uint8_t *payload, size_t length)
{
    size_t more = length_bytes(length), head = 2 + more + WEBSOCKET_FRAME_MASK_BYTES;
    uint8_t *at = payload - head;
    mask(frame->mask, payload, length);
    *at++ = (uint8_t)((frame->is_last ? FINAL : 0) | (frame->is_first ? TEXT_FRAME : CONTINUATION));
    if (more == 0)
        *at++ = (uint8_t)(MASKED | length);
    else
        *at++ = (uint8_t)(MASKED | (more == 2 ? SAYS_2_BYTES : SAYS_8_BYTES));
    for (size_t i = more; i-- > 0;)
        *at++ = (uint8_t)((uint64_t)length >> 8 * i);
    memcpy(at, frame->mask, WEBSOCKET_FRAME_MASK_BYTES);
    return head;
}

/* Behind the two bytes that every head has. */
static size_t
length_bytes(size_t length)
{
    if (length <= SHORT_MAX)
        return 0;
    return length <= UINT16_MAX ? 2 : 8;
}

static void
mask(const uint8_t *key, uint8_t *bytes, size_t length)
{
    uint32_t once;
    memcpy(&once, key, sizeof(once));
    uint64_t twice = (uint64_t)once << 32 | once;
    wide all = {twice, twice, twice, twice, twice, twice, twice, twice}, part;
    size_t at = 0;
    for (; length - at >= sizeof(part); at += sizeof(part)) {
        memcpy(&part, bytes + at, sizeof(part));
        part ^= all;
        memcpy(bytes + at, &part, sizeof(part));
    }
    for (uint64_t word; length - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, bytes + at, sizeof(word));
        word ^= twice;
        memcpy(bytes + at, &word, sizeof(word));
    }
    for (; at < length; at++)
        bytes[at] ^= key[at % WEBSOCKET_FRAME_MASK_BYTES];
}
