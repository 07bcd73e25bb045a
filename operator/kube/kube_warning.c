/* See kube_warning.h. */
#include "operator/kube/kube_warning.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/map.h"

enum { MOST_BYTES = 1024 };

struct text
kube_warning_take(struct arena *arena, struct kube_warnings *warnings, struct text header)
{
    ptrdiff_t quote = text_find_byte(header, '"');
    if (!text_starts_with(header, TEXT("299 ")) || quote < 0)
        return TEXT("");
    uint64_t hash = map_hash(header);
    for (size_t i = 0; i < KUBE_WARNINGS_REMEMBERED && i < warnings->count; i++)
        if (warnings->seen[i] == hash)
            return TEXT("");
    warnings->seen[warnings->count++ % KUBE_WARNINGS_REMEMBERED] = hash;

    struct buffer words;
    buffer_init(&words, arena, 128);
    for (size_t i = (size_t)quote + 1; i < header.length && i < MOST_BYTES && header.bytes[i] != '"'; i++) {
        if (header.bytes[i] == '\\' && i + 1 < header.length)
            i++;
        buffer_add_byte(&words, header.bytes[i]);
    }
    return buffer_text(&words);
}
