/* Any bytes as YAML: what is accepted prints as YAML and as JSON that read back as the same tree. */
#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json.h"
#include "lib/document/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void
expect_same_through_yaml(struct arena *arena, const struct document *document)
{
    struct buffer printed;
    buffer_init(&printed, arena, 0);
    yaml_print(document, &printed);

    struct document_list again = {0};
    bool is_read = yaml_parse(arena, buffer_text(&printed), TEXT("again"), &again, NULL);
    assert(is_read && again.count == 1 && document_equals(again.items[0], document));
}

static void
expect_same_through_json(struct arena *arena, const struct document *document)
{
    struct buffer printed;
    buffer_init(&printed, arena, 0);
    json_print(document, &printed);

    struct document *again = NULL;
    bool is_read = json_parse(arena, buffer_text(&printed), TEXT("again"), &again, NULL);
    assert(is_read && document_equals(again, document));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new(0);
    struct text yaml = {(const char *)bytes, length};
    struct document_list documents = {0};
    struct error err = {0};
    bool is_read = yaml_parse(arena, yaml, TEXT("f.yaml"), &documents, &err);
    assert(is_read || (err.kind == ERROR_INVALID && strncmp(err.message, "f.yaml:", 7) == 0));
    for (size_t i = 0; is_read && i < documents.count; i++) {
        expect_same_through_yaml(arena, documents.items[i]);
        expect_same_through_json(arena, documents.items[i]);
    }
    arena_free(arena);
    return 0;
}
