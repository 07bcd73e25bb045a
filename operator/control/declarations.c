/* One entry a workspace, in an order that does not change. */
#include "operator/control/declarations.h"

#include "api/types/ledger_frames.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/map.h"

enum { ENTRY_BYTES = 512, KEPT_BYTES = 128, MESSAGE_BYTES = 4096 };

enum entry_state {
    ENTRY_TO_SAY, /* or to ask, when its message is gone */
    ENTRY_WANTED, /* the ledger has another, and its message is gone */
    ENTRY_KNOWN,  /* the ledger has it */
    ENTRY_ASIDE,  /* the ledger did not take it */
};

struct entry {
    struct arena *arena; /* of this */
    struct text workspace;
    struct arena *kept; /* of revision and message */
    struct text revision, message;
    enum entry_state state;
    bool is_in_book;
};

struct declarations {
    struct arena *arena;
    struct entry **entries;
    size_t count, capacity;
    struct map *by_workspace; /* struct entry */
    struct arena *book_arena; /* of the next */
    struct map *in_book;      /* workspaces; NULL: there is no book yet */
};

static bool print_message(struct arena *arena, const struct ledger_declare *declare, struct text *out_message,
                          struct error *err);
static bool is_in_book(const struct declarations *declarations, struct text workspace);
static struct entry *find_or_add(struct declarations *declarations, struct text workspace);
static void keep(struct entry *entry, struct text revision, struct text message);
static void forget(struct declarations *declarations, size_t at);
static void release(void *owner);

struct declarations *
declarations_new(struct arena *arena)
{
    struct declarations *declarations = arena_alloc(arena, sizeof(*declarations));
    *declarations = (struct declarations){.arena = arena, .by_workspace = map_new(arena)};
    arena_defer(arena, release, declarations);
    return declarations;
}

bool
declarations_set(struct declarations *declarations, const struct ledger_declare *declare, struct error *err)
{
    scoped_arena struct arena *scratch = arena_new(0);
    const struct entry *before = map_find(declarations->by_workspace, declare->workspace);
    struct text message;
    bool is_another = !before || !text_equals(before->revision, declare->revision);
    if (!is_another && before->state != ENTRY_WANTED)
        return true;
    if (!print_message(scratch, declare, &message, err))
        return false;
    struct entry *entry = find_or_add(declarations, declare->workspace);
    keep(entry, declare->revision, message);
    entry->state = ENTRY_TO_SAY;
    return true;
}

void
declarations_set_workspaces(struct declarations *declarations, const struct text_list *workspaces)
{
    arena_free(declarations->book_arena);
    declarations->book_arena = arena_new(0);
    declarations->in_book = map_new(declarations->book_arena);
    for (size_t i = 0; i < workspaces->count; i++)
        map_set(declarations->in_book, workspaces->items[i], declarations);
    for (size_t i = declarations->count; i-- > 0;) {
        struct entry *entry = declarations->entries[i];
        bool was_in_book = entry->is_in_book;
        entry->is_in_book = is_in_book(declarations, entry->workspace);
        if (was_in_book && !entry->is_in_book)
            forget(declarations, i);
    }
}

void
declarations_begin(struct declarations *declarations)
{
    for (size_t i = 0; i < declarations->count; i++)
        if (declarations->entries[i]->state == ENTRY_KNOWN)
            declarations->entries[i]->state = ENTRY_TO_SAY;
}

bool
declarations_next(const struct declarations *declarations, struct declaration_to_say *out)
{
    for (size_t i = 0; i < declarations->count; i++) {
        const struct entry *entry = declarations->entries[i];
        if (entry->state != ENTRY_TO_SAY || !entry->is_in_book)
            continue;
        *out = (struct declaration_to_say){entry->workspace, entry->revision, entry->message};
        return true;
    }
    return false;
}

bool
declarations_hear(struct declarations *declarations, struct text workspace, struct text revision,
                  bool *out_is_wanted)
{
    struct entry *entry = map_find(declarations->by_workspace, workspace);
    *out_is_wanted = false;
    if (!entry || entry->state != ENTRY_TO_SAY)
        return false;
    if (text_equals(entry->revision, revision)) {
        keep(entry, revision, (struct text){0});
        entry->state = ENTRY_KNOWN;
        return true;
    }
    *out_is_wanted = text_is_empty(entry->message);
    if (*out_is_wanted)
        entry->state = ENTRY_WANTED;
    return false;
}

void
declarations_put_aside(struct declarations *declarations, struct text workspace)
{
    struct entry *entry = map_find(declarations->by_workspace, workspace);
    if (entry && entry->state == ENTRY_TO_SAY)
        entry->state = ENTRY_ASIDE;
}

void
declarations_take_up(struct declarations *declarations)
{
    for (size_t i = 0; i < declarations->count; i++)
        if (declarations->entries[i]->state == ENTRY_ASIDE)
            declarations->entries[i]->state = ENTRY_TO_SAY;
}

/* Read back as the ledger will read it, so that nothing is sent which it cannot take. */
static bool
print_message(struct arena *arena, const struct ledger_declare *declare, struct text *out_message,
              struct error *err)
{
    const struct ledger_frame frame = {.type = LEDGER_DECLARE, .declare = *declare};
    struct ledger_frame read = {0};
    struct buffer message;
    buffer_init(&message, arena, MESSAGE_BYTES);
    ledger_frame_print(arena, &frame, &message);
    *out_message = buffer_text(&message);
    return ledger_frame_parse(arena, *out_message, &read, err);
}

static bool
is_in_book(const struct declarations *declarations, struct text workspace)
{
    return text_is_empty(workspace) || (declarations->in_book && map_find(declarations->in_book, workspace));
}

static struct entry *
find_or_add(struct declarations *declarations, struct text workspace)
{
    struct entry *entry = map_find(declarations->by_workspace, workspace);
    if (entry)
        return entry;
    struct arena *arena = arena_new(ENTRY_BYTES);
    entry = arena_alloc(arena, sizeof(*entry));
    *entry = (struct entry){.arena = arena,
                            .workspace = text_copy(arena, workspace),
                            .is_in_book = is_in_book(declarations, workspace)};
    declarations->entries = arena_grow(declarations->arena, declarations->entries, declarations->count,
                                       &declarations->capacity, sizeof(*declarations->entries));
    declarations->entries[declarations->count++] = entry;
    map_set(declarations->by_workspace, workspace, entry);
    return entry;
}

static void
keep(struct entry *entry, struct text revision, struct text message)
{
    struct arena *arena = arena_new(KEPT_BYTES + message.length);
    entry->revision = text_copy(arena, revision);
    entry->message = text_copy(arena, message);
    arena_free(entry->kept);
    entry->kept = arena;
}

static void
forget(struct declarations *declarations, size_t at)
{
    struct entry *entry = declarations->entries[at];
    map_remove(declarations->by_workspace, entry->workspace);
    declarations->count--;
    for (size_t i = at; i < declarations->count; i++)
        declarations->entries[i] = declarations->entries[i + 1];
    arena_free(entry->kept);
    arena_free(entry->arena);
}

static void
release(void *owner)
{
    struct declarations *declarations = owner;
    for (size_t i = 0; i < declarations->count; i++) {
        arena_free(declarations->entries[i]->kept);
        arena_free(declarations->entries[i]->arena);
    }
    arena_free(declarations->book_arena);
}
