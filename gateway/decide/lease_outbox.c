/* Entries by lease, unsaid ones in one map and said ones in a list; an entry is reused when it was heard. */
#include "gateway/decide/lease_outbox.h"

#include "lib/base/arena.h"
#include "lib/base/map.h"

struct entry {
    struct entry *next;
    char lease[LEASE_ID_MAX_BYTES];
    size_t lease_length;
    int64_t kept;
    bool is_over;
    int64_t number; /* said under it */
};

struct lease_outbox {
    struct arena *arena;
    struct entry *unsaid, *said, *unused;
    struct map *unsaid_by_lease;
    struct arena
        *map_arena; /* a new one whenever nothing is unsaid: keys of a map stay until its arena ends */
    size_t count;
};

static void add(struct lease_outbox *outbox, struct text lease, int64_t kept, bool is_over);
static void end_map(void *owner);
static void renew_map(struct lease_outbox *outbox);
static void put_unused(struct lease_outbox *outbox, struct entry *entry);
static struct text lease_of(const struct entry *entry);

struct lease_outbox *
lease_outbox_new(struct arena *arena)
{
    struct lease_outbox *outbox = arena_alloc(arena, sizeof(*outbox));
    outbox->arena = arena;
    outbox->map_arena = arena_new(0);
    arena_defer(arena, end_map, outbox);
    outbox->unsaid_by_lease = map_new(outbox->map_arena);
    return outbox;
}

void
lease_outbox_add(struct lease_outbox *outbox, const struct lease_returns *returns)
{
    for (size_t i = 0; i < returns->count; i++)
        add(outbox, returns->items[i].lease_id, returns->items[i].kept, returns->items[i].is_over);
}

struct ledger_return_list
lease_outbox_take(struct arena *arena, struct lease_outbox *outbox, int64_t number)
{
    struct ledger_return_list list = {0};
    if (!outbox->unsaid)
        return list;
    list.items = arena_alloc_array(arena, LEDGER_MAX_RETURNS, sizeof(*list.items));
    while (outbox->unsaid && list.count < LEDGER_MAX_RETURNS) {
        struct entry *entry = outbox->unsaid;
        outbox->unsaid = entry->next;
        entry->next = outbox->said;
        outbox->said = entry;
        entry->number = number;
        (void)map_remove(outbox->unsaid_by_lease, lease_of(entry));
        list.items[list.count++] =
            (struct ledger_return){.lease = lease_of(entry), .kept = entry->kept, .over = entry->is_over};
    }
    if (!outbox->unsaid)
        renew_map(outbox);
    return list;
}

bool
lease_outbox_heard(struct lease_outbox *outbox, int64_t number)
{
    bool is_found = false;
    for (struct entry **at = &outbox->said; *at;) {
        struct entry *entry = *at;
        if (entry->number != number) {
            at = &entry->next;
            continue;
        }
        is_found = true;
        *at = entry->next;
        put_unused(outbox, entry);
    }
    return is_found;
}

void
lease_outbox_lost(struct lease_outbox *outbox)
{
    while (outbox->said) {
        struct entry *entry = outbox->said;
        outbox->said = entry->next;
        add(outbox, lease_of(entry), entry->kept, entry->is_over);
        put_unused(outbox, entry);
    }
}

size_t
lease_outbox_count(const struct lease_outbox *outbox)
{
    return outbox->count;
}

/* Of a lease ever less is kept, until it is over: what is least says it all. */
static void
add(struct lease_outbox *outbox, struct text lease, int64_t kept, bool is_over)
{
    struct entry *entry = map_find(outbox->unsaid_by_lease, lease);
    if (entry) {
        entry->kept = kept < entry->kept ? kept : entry->kept;
        entry->is_over = entry->is_over || is_over;
        return;
    }
    entry = outbox->unused;
    if (entry)
        outbox->unused = entry->next;
    else
        entry = arena_alloc(outbox->arena, sizeof(*entry));
    *entry = (struct entry){
        .next = outbox->unsaid, .lease_length = lease.length, .kept = kept, .is_over = is_over};
    memcpy(entry->lease, lease.bytes, lease.length);
    outbox->unsaid = entry;
    outbox->count++;
    map_set(outbox->unsaid_by_lease, lease_of(entry), entry);
}

static void
put_unused(struct lease_outbox *outbox, struct entry *entry)
{
    entry->next = outbox->unused;
    outbox->unused = entry;
    outbox->count--;
}

static struct text
lease_of(const struct entry *entry)
{
    return (struct text){entry->lease, entry->lease_length};
}

static void
renew_map(struct lease_outbox *outbox)
{
    arena_reset(outbox->map_arena);
    outbox->unsaid_by_lease = map_new(outbox->map_arena);
}

static void
end_map(void *owner)
{
    struct lease_outbox *outbox = owner;
    arena_free(outbox->map_arena);
}
