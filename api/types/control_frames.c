/* Control frames to text and back, and the two names a config has: its hash and its revision. */
#include "api/types/control_frames.h"

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"
#include "lib/net/digest.h"

#define REVISION_HASH_DIGITS 6

const char *const control_frame_type_names[] = {"Hello", "Snapshot", "Ack", "Nack", NULL};

DEFINE_SCHEMA(control_hello, CONTROL_HELLO_FIELDS, "What a gateway says of itself when it has dialled.");
DEFINE_SCHEMA(control_snapshot, CONTROL_SNAPSHOT_FIELDS, "One version of a gateway's whole config.");
DEFINE_SCHEMA(control_verdict, CONTROL_VERDICT_FIELDS, "What a gateway says to a snapshot.");

/* The member that belongs to a type: its key, schema and place in the frame. */
struct frame_member {
    const char *key;
    const struct schema *schema;
    size_t offset;
};

static const struct frame_member members[] = {
    [CONTROL_HELLO] = {"hello", &control_hello_schema, offsetof(struct control_frame, hello)},
    [CONTROL_SNAPSHOT] = {"snapshot", &control_snapshot_schema, offsetof(struct control_frame, snapshot)},
    [CONTROL_ACK] = {"verdict", &control_verdict_schema, offsetof(struct control_frame, verdict)},
    [CONTROL_NACK] = {"verdict", &control_verdict_schema, offsetof(struct control_frame, verdict)},
};

static bool
frame_type(const struct document *document, enum control_frame_type *out_type, struct error *err)
{
    struct text word = document_text(document_find(document, TEXT("type")));
    int type;
    if (!schema_enum_parse(control_frame_type_names, word, &type))
        return error_set(err, ERROR_INVALID, "type \"%.*s\" is not one of Hello, Snapshot, Ack, Nack",
                         TEXT_ARG(text_slice(word, 0, 32)));
    *out_type = (enum control_frame_type)type;
    return true;
}

bool
control_frame_parse(struct arena *arena, struct text message, struct control_frame *out_frame,
                    struct error *err)
{
    if (message.length > CONTROL_MAX_FRAME_BYTES)
        return error_set(err, ERROR_INVALID, "control frame of %zu bytes; at most %u are allowed",
                         message.length, CONTROL_MAX_FRAME_BYTES);
    struct document *document;
    struct control_frame frame = {0};
    if (!json_parse(arena, message, (struct text){0}, &document, err) ||
        !frame_type(document, &frame.type, err))
        return error_context(err, "reading a control frame");

    const struct frame_member *member = &members[frame.type];
    const struct document *body = document_find(document, text_of(member->key));
    if (document_kind(body) != DOCUMENT_MAP)
        return error_set(err, ERROR_INVALID, "a control frame of type %s needs \"%s\"",
                         control_frame_type_names[frame.type], member->key);
    struct problem_list problems;
    problems_init(&problems, arena);
    if (!schema_decode(arena, member->schema, body, text_of(member->key), (char *)&frame + member->offset,
                       &problems))
        return error_set(err, ERROR_INVALID, "reading a control frame: %.*s",
                         TEXT_ARG(problem_line(arena, &problems.items[0])));
    *out_frame = frame;
    return true;
}

void
control_frame_print(struct arena *arena, const struct control_frame *frame, struct buffer *out)
{
    const struct frame_member *member = &members[frame->type];
    const char *value = (const char *)frame + member->offset;
    struct document *document = document_new_map(arena);
    document_set_text(document, "type", text_of(control_frame_type_names[frame->type]));
    document_set(document, text_of(member->key),
                 schema_encode(arena, member->schema, value, SCHEMA_ENCODE_PLAIN));
    json_print(document, out);
}

struct text
gateway_config_hash(struct arena *arena, const struct document *config)
{
    struct buffer canonical;
    buffer_init(&canonical, arena, 4096);
    json_print_canonical(config, &canonical);
    return digest_sha256_hex(arena, buffer_text(&canonical));
}

struct text
gateway_config_revision(struct arena *arena, int64_t generation, struct text hash)
{
    return text_format(arena, "%lld-%.*s", (long long)generation,
                       TEXT_ARG(text_slice(hash, 0, REVISION_HASH_DIGITS)));
}
