/* A client's data frame of RFC 6455. A pure function of bytes; reading frames is libwebsockets'. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEBSOCKET_FRAME_MASK_BYTES 4
#define WEBSOCKET_FRAME_HEAD_MAX_BYTES 14

/* Which piece of a text message. */
struct websocket_frame {
    bool is_first, is_last;
    uint8_t mask[WEBSOCKET_FRAME_MASK_BYTES]; /* nobody may foresee it: RFC 6455 section 10.3 */
};

/* Masks the payload where it is and writes the frame's head in front of it; the
 * WEBSOCKET_FRAME_HEAD_MAX_BYTES there must be the caller's to write. Returns how long the head is. */
size_t websocket_frame_seal(const struct websocket_frame *frame, uint8_t *payload, size_t length);
