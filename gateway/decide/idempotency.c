/* A hash table of entries, a list of those that ended in the order they did, and what each caller has of it.
 * Each entry and each caller's share is an arena of its own, so that what goes gives its memory back. */
#include "gateway/decide/idempotency.h"

#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/map.h"

enum { BUCKETS = 4096, FIRST_BLOCK_BYTES = 512, MIB = 1024 * 1024 };

const struct idempotency_limits idempotency_limits = {.entries = 8192,
                                                      .caller_entries = 1024,
                                                      .bytes = 16 * MIB,
                                                      .caller_bytes = 4 * MIB,
                                                      .answer_bytes = 256 * 1024,
                                                      .keep_ms = 600000};

/* What one caller has. */
struct share {
    struct arena *arena;
    struct share *next; /* of its bucket */
    struct text caller;
    size_t count, bytes;
};

struct idempotency_entry {
    struct arena *arena;
    struct idempotency_entry *next;          /* of its bucket */
    struct idempotency_entry *older, *newer; /* of those that ended */
    struct share *share;
    struct text key;
    uint8_t digest[IDEMPOTENCY_DIGEST_BYTES];
    bool is_hidden, has_ended;
    int64_t until_ms; /* it is kept, once it has ended */
    struct idempotency_answer answer;
};

struct idempotency {
    struct idempotency_limits limits;
    struct idempotency_entry *entries[BUCKETS];
    struct share *shares[BUCKETS];
    struct idempotency_entry *oldest, *newest;
    size_t count, bytes;
};

static struct share **find_share(struct idempotency *table, struct text caller);
static struct idempotency_entry **find_entry(struct idempotency *table, struct text caller, struct text key);
static struct idempotency_entry *add(struct idempotency *table, const struct idempotency_ask *ask);
static void drop(struct idempotency *table, struct idempotency_entry *entry);
static bool drop_oldest(struct idempotency *table, const struct share *share);
static void keep(struct idempotency *table, struct idempotency_entry *entry);
static void drop_all(void *owner);
static struct idempotency_entry *find_known(struct idempotency *table, const struct idempotency_ask *ask);
static enum idempotency_verdict
told_of(const struct idempotency_entry *known, const struct idempotency_ask *ask,
        struct idempotency_answer *out_answer);

struct idempotency *
idempotency_new(struct arena *arena, const struct idempotency_limits *limits)
{
    struct idempotency *table = arena_alloc(arena, sizeof(*table));
    table->limits = *limits;
    arena_defer(arena, drop_all, table);
    return table;
}

enum idempotency_verdict
idempotency_begin(struct idempotency *table, const struct idempotency_ask *ask,
                  struct idempotency_entry **out_entry, struct idempotency_answer *out_answer)
{
    const struct idempotency_entry *known = find_known(table, ask);
    if (known)
        return told_of(known, ask, out_answer);
    *out_entry = add(table, ask);
    return IDEMPOTENCY_NEW;
}

enum idempotency_verdict
idempotency_look(struct idempotency *table, const struct idempotency_ask *ask,
                 struct idempotency_answer *out_answer)
{
    const struct idempotency_entry *known = find_known(table, ask);
    return known && !known->is_hidden ? told_of(known, ask, out_answer) : IDEMPOTENCY_NEW;
}

void
idempotency_hide(struct idempotency_entry *entry)
{
    entry->is_hidden = true;
}

void
idempotency_show(struct idempotency_entry *entry)
{
    entry->is_hidden = false;
}

void
idempotency_end(struct idempotency *table, struct idempotency_entry *entry,
                const struct idempotency_answer *answer, int64_t now_ms)
{
    assert(!entry->has_ended);
    if (!answer || answer->body.length > table->limits.answer_bytes) {
        drop(table, entry);
        return;
    }
    entry->answer = (struct idempotency_answer){.call = text_copy(entry->arena, answer->call),
                                                .content_type = text_copy(entry->arena, answer->content_type),
                                                .body = text_copy(entry->arena, answer->body)};
    entry->has_ended = true;
    bool is_older = answer->left_ms > 0 && answer->left_ms < table->limits.keep_ms;
    entry->until_ms = now_ms + (is_older ? answer->left_ms : table->limits.keep_ms);
    keep(table, entry);
}

size_t
idempotency_count(const struct idempotency *table)
{
    return table->count;
}

/* What another gateway gave may be over before what ended here before it. */
static struct idempotency_entry *
find_known(struct idempotency *table, const struct idempotency_ask *ask)
{
    while (table->oldest && table->oldest->until_ms <= ask->now_ms)
        drop(table, table->oldest);
    struct idempotency_entry *known = *find_entry(table, ask->caller, ask->key);
    if (!known || !known->has_ended || known->until_ms > ask->now_ms)
        return known;
    drop(table, known);
    return NULL;
}

static enum idempotency_verdict
told_of(const struct idempotency_entry *known, const struct idempotency_ask *ask,
        struct idempotency_answer *out_answer)
{
    if (memcmp(known->digest, ask->digest, IDEMPOTENCY_DIGEST_BYTES) != 0)
        return IDEMPOTENCY_DIFFERENT;
    if (!known->has_ended)
        return IDEMPOTENCY_RUNNING;
    *out_answer = known->answer;
    out_answer->left_ms = known->until_ms - ask->now_ms;
    return IDEMPOTENCY_ANSWERED;
}

static struct share **
find_share(struct idempotency *table, struct text caller)
{
    struct share **at = &table->shares[map_hash(caller) % BUCKETS];
    while (*at && !text_equals((*at)->caller, caller))
        at = &(*at)->next;
    return at;
}

static struct idempotency_entry **
find_entry(struct idempotency *table, struct text caller, struct text key)
{
    struct idempotency_entry **at = &table->entries[(map_hash(caller) ^ map_hash(key)) % BUCKETS];
    while (*at && !(text_equals((*at)->key, key) && text_equals((*at)->share->caller, caller)))
        at = &(*at)->next;
    return at;
}

static struct share *
take_share(struct idempotency *table, struct text caller)
{
    struct share **at = find_share(table, caller);
    if (*at)
        return *at;
    struct arena *arena = arena_new(FIRST_BLOCK_BYTES);
    struct share *share = arena_alloc(arena, sizeof(*share));
    *share = (struct share){.arena = arena, .caller = text_copy(arena, caller)};
    *at = share;
    return share;
}

/* Room is made of what has ended. */
static struct idempotency_entry *
add(struct idempotency *table, const struct idempotency_ask *ask)
{
    const struct share *known = *find_share(table, ask->caller);
    if (known && known->count >= table->limits.caller_entries && !drop_oldest(table, known))
        return NULL;
    if (table->count >= table->limits.entries && !drop_oldest(table, NULL))
        return NULL;
    struct arena *arena = arena_new(FIRST_BLOCK_BYTES);
    struct idempotency_entry *entry = arena_alloc(arena, sizeof(*entry));
    entry->arena = arena;
    entry->share = take_share(table, ask->caller);
    entry->key = text_copy(arena, ask->key);
    memcpy(entry->digest, ask->digest, IDEMPOTENCY_DIGEST_BYTES);
    *find_entry(table, ask->caller, ask->key) = entry;
    entry->share->count++;
    table->count++;
    return entry;
}

static void
drop(struct idempotency *table, struct idempotency_entry *entry)
{
    struct share *share = entry->share;
    *find_entry(table, share->caller, entry->key) = entry->next;
    if (entry->has_ended) {
        *(entry->older ? &entry->older->newer : &table->oldest) = entry->newer;
        *(entry->newer ? &entry->newer->older : &table->newest) = entry->older;
        table->bytes -= entry->answer.body.length;
        share->bytes -= entry->answer.body.length;
    }
    table->count--;
    if (--share->count == 0) {
        *find_share(table, share->caller) = share->next;
        arena_free(share->arena);
    }
    arena_free(entry->arena);
}

/* Of a caller, or of all. The caller that has most comes first in the list soon. */
static bool
drop_oldest(struct idempotency *table, const struct share *share)
{
    struct idempotency_entry *entry = table->oldest;
    while (entry && share && entry->share != share)
        entry = entry->newer;
    if (entry)
        drop(table, entry);
    return entry != NULL;
}

static void
keep(struct idempotency *table, struct idempotency_entry *entry)
{
    struct share *share = entry->share;
    size_t bytes = entry->answer.body.length;
    while (share->bytes + bytes > table->limits.caller_bytes && drop_oldest(table, share))
        continue;
    while (table->bytes + bytes > table->limits.bytes && drop_oldest(table, NULL))
        continue;
    entry->older = table->newest;
    *(table->newest ? &table->newest->newer : &table->oldest) = entry;
    table->newest = entry;
    table->bytes += bytes;
    share->bytes += bytes;
}

static void
drop_all(void *owner)
{
    struct idempotency *table = owner;
    for (size_t i = 0; i < BUCKETS; i++)
        while (table->entries[i])
            drop(table, table->entries[i]);
}
