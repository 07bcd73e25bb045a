/* One table lookup each way. */
#include "api/types/frame.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"

enum { SHOWN_TYPE_BYTES = 32 };

static bool
find_type(const struct frame_kinds *kinds, const struct document *document, int *out_type, struct error *err);
static bool read_member(struct arena *arena, const struct frame_member *member, const struct document *body,
                        char *frame, struct error *err);
static bool read_beside(struct arena *arena, const struct frame_member *beside,
                        const struct document *document, char *frame, struct error *err);
static struct document *encode(struct arena *arena, const struct frame_member *member, const void *frame);
static struct text list_types(struct arena *arena, const struct frame_kinds *kinds);

bool
frame_parse(struct arena *arena, const struct frame_kinds *kinds, struct text message, void *out_frame,
            struct error *err)
{
    if (message.length > kinds->max_bytes)
        return error_set(err, ERROR_INVALID, "%s of %zu bytes; at most %zu are allowed", kinds->title,
                         message.length, kinds->max_bytes);
    struct document *document;
    int type;
    if (!json_parse(arena, message, (struct text){0}, &document, err) ||
        !find_type(kinds, document, &type, err))
        return error_context(err, "reading %s", kinds->title);

    const struct frame_member *member = &kinds->members[type];
    const struct document *body = document_find(document, text_of(member->key));
    if (document_kind(body) != DOCUMENT_MAP)
        return error_set(err, ERROR_INVALID, "%s of type %s needs \"%s\"", kinds->title, kinds->names[type],
                         member->key);
    char *frame = arena_alloc(arena, kinds->frame_bytes);
    memcpy(frame, &type, sizeof(type));
    bool is_good = read_member(arena, member, body, frame, err);
    for (size_t i = 0; is_good && i < kinds->beside_count; i++)
        is_good = read_beside(arena, &kinds->beside[i], document, frame, err);
    if (!is_good)
        return error_context(err, "reading %s", kinds->title);
    memcpy(out_frame, frame, kinds->frame_bytes);
    return true;
}

void
frame_print(struct arena *arena, const struct frame_kinds *kinds, const void *frame, struct buffer *out)
{
    int type;
    memcpy(&type, frame, sizeof(type));
    const struct frame_member *member = &kinds->members[type];
    struct document *document = document_new_map(arena);
    document_set_text(document, "type", text_of(kinds->names[type]));
    document_set(document, text_of(member->key), encode(arena, member, frame));
    for (size_t i = 0; i < kinds->beside_count; i++) {
        struct document *beside = encode(arena, &kinds->beside[i], frame);
        if (document_count(beside) > 0)
            document_set(document, text_of(kinds->beside[i].key), beside);
    }
    json_print(document, out);
}

static bool
read_member(struct arena *arena, const struct frame_member *member, const struct document *body, char *frame,
            struct error *err)
{
    struct problem_list problems;
    problems_init(&problems, arena);
    return schema_decode(arena, member->schema, body, text_of(member->key), frame + member->offset,
                         &problems) ||
           error_set(err, ERROR_INVALID, "%.*s", TEXT_ARG(problem_line(arena, &problems.items[0])));
}

static bool
read_beside(struct arena *arena, const struct frame_member *beside, const struct document *document,
            char *frame, struct error *err)
{
    const struct document *body = document_find(document, text_of(beside->key));
    if (body)
        return read_member(arena, beside, body, frame, err);
    schema_set_defaults(beside->schema, frame + beside->offset);
    return true;
}

static struct document *
encode(struct arena *arena, const struct frame_member *member, const void *frame)
{
    return schema_encode(arena, member->schema, (const char *)frame + member->offset, SCHEMA_ENCODE_PLAIN);
}

static bool
find_type(const struct frame_kinds *kinds, const struct document *document, int *out_type, struct error *err)
{
    struct text word = document_text(document_find(document, TEXT("type")));
    if (schema_enum_parse(kinds->names, word, out_type))
        return true;
    scoped_arena struct arena *scratch = arena_new(0);
    return error_set(err, ERROR_INVALID, "type \"%.*s\" is not one of %.*s",
                     TEXT_ARG(utf8_at_most(word, SHOWN_TYPE_BYTES)), TEXT_ARG(list_types(scratch, kinds)));
}

static struct text
list_types(struct arena *arena, const struct frame_kinds *kinds)
{
    struct buffer words;
    buffer_init(&words, arena, 64);
    for (size_t i = 0; kinds->names[i]; i++)
        buffer_print(&words, "%s%s", i > 0 ? ", " : "", kinds->names[i]);
    return buffer_text(&words);
}
