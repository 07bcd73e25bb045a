/* Records by the hash of their title, keyed by the process's secret: there are a few for each object of ours,
 * and a title is longer than all that is to be remembered of it. */
#include "operator/runtime/applied_book.h"

#include "lib/base/arena.h"
#include "lib/base/block.h"
#include "lib/base/map.h"
#include "operator/kube/kube_cache_slots.h"

enum { FIRST_BACK_OFF_MS = 50, MOST_BACK_OFF_MS = 300000 };

struct applied_book {
    struct kube_slots records;
};

static bool is_it(const void *value, const void *wanted);
static void release(void *owner);

struct applied_book *
applied_book_new(struct arena *arena)
{
    struct applied_book *book = arena_alloc(arena, sizeof(*book));
    arena_defer(arena, release, book);
    return book;
}

struct applied_object *
applied_book_get(struct applied_book *book, struct text title)
{
    uint64_t hash = map_hash(title);
    struct applied_object *object = kube_slots_find(&book->records, hash, is_it, NULL);
    if (!object) {
        object = block_alloc(sizeof(*object));
        *object = (struct applied_object){0};
        kube_slots_add(&book->records, hash, object);
    }
    return object;
}

void
applied_book_forget(struct applied_book *book, struct text title)
{
    uint64_t hash = map_hash(title);
    struct applied_object *object = kube_slots_find(&book->records, hash, is_it, NULL);
    if (!object)
        return;
    kube_slots_remove(&book->records, hash, object);
    block_free(object);
}

size_t
applied_book_count(const struct applied_book *book)
{
    return book->records.count;
}

enum applied_verdict
applied_decide(struct applied_object *object, uint64_t desired, uint64_t seen, int64_t now_ms)
{
    if (object->desired == desired && object->seen == seen && seen != 0)
        return APPLY_NOT;
    if (object->refused != 0 && (object->refused != desired || object->tried != seen))
        object->retry_ms = 0; /* something else is asked for now, or of something else */
    if (object->retry_ms > now_ms)
        return APPLY_LATER;
    if (now_ms - object->window_ms >= APPLIED_WINDOW_MS) {
        object->window_ms = now_ms;
        object->writes = object->wishes = 0;
        object->is_hot = false;
    }
    bool is_again = object->desired == desired && !object->is_status;
    int32_t *count = is_again ? &object->writes : &object->wishes;
    if (*count < (is_again ? APPLIED_MOST_WRITES : APPLIED_MOST_WISHES)) {
        (*count)++;
        object->tried = seen;
        return APPLY_NOW;
    }
    object->retry_ms = object->window_ms + APPLIED_WINDOW_MS;
    bool is_told = object->is_hot;
    object->is_hot = true;
    return is_told ? APPLY_LATER : APPLY_HOT;
}

bool
applied_may_replace(struct applied_object *object, int64_t now_ms)
{
    if (object->replaced_ms != 0 && now_ms - object->replaced_ms < APPLIED_REFUSED_AGAIN_MS)
        return false;
    object->replaced_ms = now_ms;
    return true;
}

void
applied_note_done(struct applied_object *object, uint64_t desired, uint64_t seen)
{
    object->desired = desired;
    object->seen = seen;
    object->refused = 0;
    object->retry_ms = 0;
    object->failures = 0;
}

void
applied_note_failed(struct applied_object *object, uint64_t desired, bool is_final, int64_t now_ms)
{
    int64_t delay_ms = FIRST_BACK_OFF_MS;
    for (int i = 0; i < object->failures && delay_ms < MOST_BACK_OFF_MS; i++)
        delay_ms *= 2;
    object->failures++;
    object->desired = 0;
    object->refused = is_final ? desired : 0;
    object->retry_ms = now_ms + (is_final                      ? APPLIED_REFUSED_AGAIN_MS
                                 : delay_ms < MOST_BACK_OFF_MS ? delay_ms
                                                               : MOST_BACK_OFF_MS);
}

/* Two titles of one hash are not expected within the life of a process: 64 bits, and nobody can choose them.
 */
static bool
is_it(const void *value, const void *wanted)
{
    (void)wanted;
    return value != NULL;
}

static void
release(void *owner)
{
    struct applied_book *book = owner;
    for (size_t i = 0; i < book->records.capacity; i++)
        if (book->records.slots[i].value)
            block_free(book->records.slots[i].value);
    kube_slots_close(&book->records);
}
