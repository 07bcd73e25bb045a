/* Control frames: what is read is written and read again as the same frame. */
#include <assert.h>

#include "api/types/control_frames.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct text
print(struct arena *arena, const struct control_frame *frame)
{
    struct buffer out;
    buffer_init(&out, arena, 256);
    control_frame_print(arena, frame, &out);
    return buffer_text(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena *arena = arena_new(0);
    struct control_frame first, second;
    if (control_frame_parse(arena, (struct text){(const char *)bytes, size}, &first, NULL)) {
        struct text written = print(arena, &first);
        bool is_valid = control_frame_parse(arena, written, &second, NULL);
        assert(is_valid);
        assert(text_equals(written, print(arena, &second)));
    }
    arena_free(arena);
    return 0;
}
