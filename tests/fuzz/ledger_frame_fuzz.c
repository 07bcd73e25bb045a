/* Ledger frames: what is read is written and read again as the same frame, and a Usage has as many records as
 * it says. What an answer to a Recall has is within its bounds. */
#include <assert.h>

#include "api/types/ledger_frames.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct text
print(struct arena *arena, const struct ledger_frame *frame)
{
    struct buffer out;
    buffer_init(&out, arena, 256);
    ledger_frame_print(arena, frame, &out);
    return buffer_text(&out);
}

static int64_t
count_records(struct text records)
{
    struct text record;
    int64_t count = 0;
    while (ledger_next_record(&records, &record))
        count++;
    return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena *arena = arena_new(0);
    struct ledger_frame first, second;
    if (ledger_frame_parse(arena, (struct text){(const char *)bytes, size}, &first, NULL)) {
        if (first.type == LEDGER_USAGE)
            assert(count_records(first.records) == first.usage.count);
        struct text body;
        if (first.type == LEDGER_RECALLED && digest_base64_decode(arena, first.recalled.body, &body))
            assert(body.length <= RECALL_ANSWER_MAX_BYTES + 2);
        struct text written = print(arena, &first);
        bool is_valid = ledger_frame_parse(arena, written, &second, NULL);
        assert(is_valid);
        assert(text_equals(written, print(arena, &second)));
    }
    arena_free(arena);
    return 0;
}
