/* YAML to objects: whatever is accepted is accepted again after it was written, and says the same. Every
 * problem has a path or a message, and its text is valid UTF-8 (it ends up in conditions and on terminals).
 */
#include <assert.h>

#include "api/types/object.h"
#include "api/types/secret.h"
#include "lib/base/arena.h"
#include "lib/document/yaml.h"

#define MANIFEST_MAX_BYTES 65536

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
check_problems(struct arena *arena, const struct problem_list *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        struct text line = problem_line(arena, &problems->items[i]);
        assert(!text_is_empty(problems->items[i].message));
        assert(text_is_utf8(line));
    }
}

static void
write_and_read(struct arena *arena, const struct object *object)
{
    const struct schema *schema = object->kind->schema;
    struct document *written = schema_encode(arena, schema, object->value, SCHEMA_ENCODE_PLAIN);
    struct problem_list problems;
    struct object again;
    problems_init(&problems, arena);
    bool is_valid = object_decode(arena, written, &again, &problems);
    assert(is_valid);
    assert(document_equals(written, schema_encode(arena, schema, again.value, SCHEMA_ENCODE_PLAIN)));
}

static void
read_manifest(struct arena *arena, const struct document *document)
{
    struct problem_list problems;
    struct object object;
    problems_init(&problems, arena);
    bool is_valid = object_decode(arena, document, &object, &problems);
    assert(is_valid == (problems.error_count == 0));
    if (is_valid)
        write_and_read(arena, &object);
    if (is_valid && object.kind->id == KIND_SECRET) {
        struct secret_source_list sources;
        assert(secret_sources(arena, object.secret, &sources, &problems) || problems.error_count > 0);
    }
    check_problems(arena, &problems);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size > MANIFEST_MAX_BYTES)
        return 0;
    struct arena *arena = arena_new(0);
    struct document_list documents = {0};
    struct text yaml = {(const char *)bytes, size};
    if (yaml_parse(arena, yaml, TEXT("fuzz.yaml"), &documents, NULL))
        for (size_t i = 0; i < documents.count; i++)
            read_manifest(arena, documents.items[i]);
    arena_free(arena);
    return 0;
}
