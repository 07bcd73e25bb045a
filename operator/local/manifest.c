/* Reads one manifest file. YAML and JSON alike become documents with line and column, then typed objects. */
#include "operator/local/manifest.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/parse.h"
#include "lib/document/json.h"
#include "lib/document/yaml.h"

static bool parse(struct manifest *manifest, struct document_list *out_documents);
static void add_file_problem(struct manifest *manifest, const struct error *err);
static struct text take_place(struct text message, struct document_place *place);
static size_t problems_end_line(const struct manifest *manifest, size_t index);
static void decode_all(struct manifest *manifest, const struct document_list *documents);

struct manifest *
manifest_read(const char *folder, struct text path)
{
    struct arena *arena = arena_new(0);
    struct manifest *manifest = arena_alloc(arena, sizeof(*manifest));
    manifest->arena = arena;
    manifest->path = text_copy(arena, path);
    problems_init(&manifest->problems, arena);
    char *full = text_c_string(arena, text_format(arena, "%s/%.*s", folder, TEXT_ARG(path)));
    struct error err = {0};
    if (!file_read(arena, full, MANIFEST_MAX_BYTES, &manifest->source, &err)) {
        if (err.kind == ERROR_NOT_FOUND) {
            arena_free(arena);
            return NULL;
        }
        add_file_problem(manifest, &err);
        return manifest;
    }
    struct document_list documents = {0};
    if (parse(manifest, &documents))
        decode_all(manifest, &documents);
    return manifest;
}

void
manifest_free(struct manifest *manifest)
{
    if (manifest)
        arena_free(manifest->arena);
}

bool
manifest_is_good(const struct manifest *manifest)
{
    return manifest->problems.error_count == 0;
}

void
manifest_print_problems(const struct manifest *manifest, bool with_notices, struct buffer *out)
{
    for (size_t i = 0; i < manifest->problems.count; i++)
        if (with_notices || manifest->problems.items[i].level == PROBLEM_ERROR)
            problem_print(&manifest->problems.items[i], manifest->source, out);
    if (manifest->problems.left_out > 0)
        buffer_print(out, "... and %zu more\n", manifest->problems.left_out);
}

struct text
manifest_summary(struct arena *arena, const struct manifest *manifest)
{
    struct buffer out;
    buffer_init(&out, arena, 256);
    for (size_t i = 0; i < manifest->problems.count; i++) {
        if (manifest->problems.items[i].level != PROBLEM_ERROR)
            continue;
        if (out.length > 0)
            buffer_add_byte(&out, '\n');
        buffer_add_text(&out, text_trim(problem_line(arena, &manifest->problems.items[i])));
    }
    return buffer_text(&out);
}

struct text
manifest_notices(struct arena *arena, const struct manifest *manifest, const struct object *object)
{
    struct buffer out;
    buffer_init(&out, arena, 64);
    size_t index = (size_t)(object - manifest->objects.items);
    size_t first = (size_t)document_place(object->document).line;
    size_t end = problems_end_line(manifest, index);
    for (size_t i = 0; i < manifest->problems.count; i++) {
        const struct problem *problem = &manifest->problems.items[i];
        size_t line = (size_t)problem->place.line;
        if (problem->level != PROBLEM_NOTICE || line < first || line >= end ||
            text_starts_with(problem->message, TEXT("takes effect only with a ledger")))
            continue; /* this is one */
        if (out.length > 0)
            buffer_add_string(&out, "; ");
        buffer_print(&out, "%.*s: %.*s", TEXT_ARG(problem->path), TEXT_ARG(problem->message));
    }
    return buffer_text(&out);
}

/* The line where the next object begins. */
static size_t
problems_end_line(const struct manifest *manifest, size_t index)
{
    if (index + 1 >= manifest->objects.count)
        return SIZE_MAX;
    return (size_t)document_place(manifest->objects.items[index + 1].document).line;
}

static bool
parse(struct manifest *manifest, struct document_list *out_documents)
{
    struct error err = {0};
    if (text_ends_with(manifest->path, TEXT(".json"))) {
        struct document **one = arena_alloc(manifest->arena, sizeof(struct document *));
        if (text_is_empty(text_trim(manifest->source)))
            return true;
        if (json_parse(manifest->arena, manifest->source, manifest->path, one, &err)) {
            *out_documents = (struct document_list){.items = one, .count = 1};
            return true;
        }
    } else if (yaml_parse(manifest->arena, manifest->source, manifest->path, out_documents, &err)) {
        return true;
    }
    add_file_problem(manifest, &err);
    return false;
}

/* The parsers' errors say file:line:column themselves; problems keep the place apart. */
static void
add_file_problem(struct manifest *manifest, const struct error *err)
{
    struct text message = text_copy(manifest->arena, text_of(err->message));
    struct problem problem = {.level = PROBLEM_ERROR, .place = {.file = manifest->path}, .message = message};
    problem.message = take_place(message, &problem.place);
    problems_add_problem(&manifest->problems, &problem);
}

/* Cuts "org.yaml:14:9: " off a message and keeps it as the place; a message without one stays as it is. */
static struct text
take_place(struct text message, struct document_place *place)
{
    if (!text_starts_with(message, place->file) || message.length <= place->file.length ||
        message.bytes[place->file.length] != ':')
        return message;
    struct text rest = text_slice(message, place->file.length + 1, message.length);
    int64_t line = 0, column = 0;
    if (!parse_int64(text_cut(&rest, ':'), &line) || !parse_int64(text_cut(&rest, ':'), &column))
        return message;
    place->line = (int)line;
    place->column = (int)column;
    return text_trim(rest);
}

static void
decode_all(struct manifest *manifest, const struct document_list *documents)
{
    struct object_list *objects = &manifest->objects;
    objects->items = arena_alloc_array(manifest->arena, documents->count, sizeof(*objects->items));
    for (size_t i = 0; i < documents->count; i++) {
        size_t errors = manifest->problems.error_count;
        struct object *object = &objects->items[objects->count++];
        bool is_right = object_decode(manifest->arena, documents->items[i], object, &manifest->problems);
        /* A false without a problem would be a broken object that nobody can see. */
        if (!is_right && manifest->problems.error_count == errors)
            problems_add(&manifest->problems, documents->items[i], (struct text){0}, "is not a valid object");
    }
}
