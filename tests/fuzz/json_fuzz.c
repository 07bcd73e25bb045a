/* Any bytes as JSON: what is accepted prints, in all three forms, as JSON that reads back as the same tree,
 * and the canonical form of that is the same bytes again. */
#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json.h"

typedef void (*print_fn)(const struct document *document, struct buffer *out);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct text
print(struct arena *arena, const struct document *document, print_fn print_json)
{
    struct buffer printed;
    buffer_init(&printed, arena, 0);
    print_json(document, &printed);
    return buffer_text(&printed);
}

static const struct document *
expect_same(struct arena *arena, const struct document *document, print_fn print_json)
{
    struct document *again = NULL;
    bool is_read = json_parse(arena, print(arena, document, print_json), TEXT("again"), &again, NULL);
    assert(is_read && document_equals(again, document));
    return again;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new(0);
    struct document *document = NULL;
    struct error err = {0};
    bool is_read =
        json_parse(arena, (struct text){(const char *)bytes, length}, TEXT("f.json"), &document, &err);
    assert(is_read || (err.kind == ERROR_INVALID && strncmp(err.message, "f.json:", 7) == 0));
    if (is_read) {
        (void)expect_same(arena, document, json_print);
        (void)expect_same(arena, document, json_print_pretty);
        const struct document *again = expect_same(arena, document, json_print_canonical);
        assert(text_equals(print(arena, again, json_print_canonical),
                           print(arena, document, json_print_canonical)));
    }
    arena_free(arena);
    return 0;
}
