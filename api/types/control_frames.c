/* Control frames to text and back, and the two names a config has: its hash and its revision. */
#include "api/types/control_frames.h"

#include "api/types/frame.h"
#include "lib/base/buffer.h"
#include "lib/document/json.h"
#include "lib/net/digest.h"

#define REVISION_HASH_DIGITS 6

const char *const control_frame_type_names[] = {"Hello", "Snapshot", "Ack", "Nack", NULL};

DEFINE_SCHEMA(control_hello, CONTROL_HELLO_FIELDS, "What a gateway says of itself when it has dialled.");
DEFINE_SCHEMA(control_secret, CONTROL_SECRET_FIELDS, "A credential, as the file it becomes.");
DEFINE_SCHEMA(control_snapshot, CONTROL_SNAPSHOT_FIELDS, "One version of a gateway's whole config.");
DEFINE_SCHEMA(control_verdict, CONTROL_VERDICT_FIELDS, "What a gateway says to a snapshot.");

static const struct frame_member members[] = {
    [CONTROL_HELLO] = {"hello", &control_hello_schema, offsetof(struct control_frame, hello)},
    [CONTROL_SNAPSHOT] = {"snapshot", &control_snapshot_schema, offsetof(struct control_frame, snapshot)},
    [CONTROL_ACK] = {"verdict", &control_verdict_schema, offsetof(struct control_frame, verdict)},
    [CONTROL_NACK] = {"verdict", &control_verdict_schema, offsetof(struct control_frame, verdict)},
};

static const struct frame_kinds kinds = {.title = "a control frame",
                                         .names = control_frame_type_names,
                                         .members = members,
                                         .frame_bytes = sizeof(struct control_frame),
                                         .max_bytes = CONTROL_MAX_FRAME_BYTES};

bool
control_frame_parse(struct arena *arena, struct text message, struct control_frame *out_frame,
                    struct error *err)
{
    return frame_parse(arena, &kinds, message, out_frame, err);
}

void
control_frame_print(struct arena *arena, const struct control_frame *frame, struct buffer *out)
{
    frame_print(arena, &kinds, frame, out);
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

struct text
control_gateway_subject(struct arena *arena, struct text workspace, struct text environment)
{
    return text_format(arena, "gateway/%.*s/%.*s", TEXT_ARG(workspace), TEXT_ARG(environment));
}
