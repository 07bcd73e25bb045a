/* Snapshots to messages. Messages hold secrets: they are wiped, and never logged. */
#include "operator/control/publication.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/block.h"
#include "lib/base/buffer.h"

enum { MESSAGE_BYTES = 16384 };

static void
digest_secrets(const struct control_secret_list *secrets, uint8_t out[DIGEST_SHA256_BYTES])
{
    struct arena *scratch = arena_new(0);
    struct buffer all;
    buffer_init(&all, scratch, MESSAGE_BYTES);
    for (size_t i = 0; i < secrets->count; i++) {
        buffer_add_json_string(&all, secrets->items[i].file);
        buffer_add_json_string(&all, secrets->items[i].value);
    }
    digest_sha256(buffer_text(&all), out);
    arena_wipe(scratch);
    arena_free(scratch);
}

static void
drop_message(struct publication *publication)
{
    char *bytes = (void *)(uintptr_t)publication->message.bytes;
    digest_forget(bytes, publication->message.length);
    block_free(bytes);
    publication->message = (struct text){0};
}

/* Kept for as long as the config is, one of each environment: so in a block of just its size. */
static void
print_message(struct publication *publication, struct control_frame *frame, int64_t epoch)
{
    struct arena *scratch = arena_new(0);
    struct buffer message;
    frame->snapshot.epoch = epoch;
    buffer_init(&message, scratch, MESSAGE_BYTES);
    control_frame_print(scratch, frame, &message);
    drop_message(publication);
    publication->message =
        (struct text){memcpy(block_alloc(message.length), message.bytes, message.length), message.length};
    arena_wipe(scratch);
    arena_free(scratch);
}

struct publication *
publication_new(struct text key, const struct control_snapshot *snapshot, int64_t epoch)
{
    struct arena *arena = arena_new(sizeof(struct publication) + key.length + snapshot->revision.length);
    struct publication *publication = arena_alloc(arena, sizeof(*publication));
    publication->arena = arena;
    publication->key = text_copy(arena, key);
    publication->revision = text_copy(arena, snapshot->revision);
    digest_secrets(&snapshot->secrets, publication->secrets);
    struct control_frame frame = {.type = CONTROL_SNAPSHOT, .snapshot = *snapshot};
    print_message(publication, &frame, epoch);
    return publication;
}

bool
publication_says(const struct publication *publication, const struct control_snapshot *snapshot)
{
    uint8_t secrets[DIGEST_SHA256_BYTES];
    if (!text_equals(publication->revision, snapshot->revision))
        return false;
    digest_secrets(&snapshot->secrets, secrets);
    return digest_equals(publication->secrets, secrets, sizeof(secrets));
}

void
publication_set_epoch(struct publication *publication, int64_t epoch)
{
    struct arena *scratch = arena_new(0);
    struct control_frame frame = {0};
    bool is_ours = control_frame_parse(scratch, publication->message, &frame, NULL);
    assert(is_ours);
    print_message(publication, &frame, epoch);
    arena_wipe(scratch);
    arena_free(scratch);
}

void
publication_free(struct publication *publication)
{
    if (!publication)
        return;
    drop_message(publication);
    arena_free(publication->arena);
}
