/* Snapshots to messages. Messages hold secrets: they are wiped, and never logged. */
#include "operator/control/publication.h"

#include <assert.h>

#include "lib/base/arena.h"
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
    digest_forget(all.bytes, all.length);
    arena_free(scratch);
}

static void
wipe_message(struct publication *publication)
{
    digest_forget((void *)(uintptr_t)publication->message.bytes, publication->message.length);
}

static void
print_message(struct publication *publication, struct control_frame *frame, int64_t epoch)
{
    struct buffer message;
    frame->snapshot.epoch = epoch;
    buffer_init(&message, publication->arena, MESSAGE_BYTES);
    control_frame_print(publication->arena, frame, &message);
    publication->message = buffer_text(&message);
}

struct publication *
publication_new(struct text key, const struct control_snapshot *snapshot, int64_t epoch)
{
    struct arena *arena = arena_new(0);
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
    struct control_frame frame = {0};
    bool is_ours = control_frame_parse(publication->arena, publication->message, &frame, NULL);
    assert(is_ours);
    struct text old = publication->message;
    print_message(publication, &frame, epoch);
    digest_forget((void *)(uintptr_t)old.bytes, old.length);
}

void
publication_free(struct publication *publication)
{
    if (!publication)
        return;
    wipe_message(publication);
    arena_free(publication->arena);
}
