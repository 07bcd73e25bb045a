/* Slots and their file. The first slot's place is the file's head. */
#include "gateway/in_flight.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "gateway/decide/in_flight_slot.h"
#include "gateway/in_flight_file.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/log.h"

enum { SLOTS_AT_ONCE = 16 };
#define MAP_BYTES ((size_t)(IN_FLIGHT_MAX_CALLS + 1) * IN_FLIGHT_SLOT_BYTES)

struct in_flight_slot {
    struct in_flight_slot *next; /* of the free ones, or of those that wait for the journal */
    uint64_t number;             /* of the record it waits for */
};

struct in_flight {
    int fd;
    char *map;
    struct in_flight_slot *slots; /* IN_FLIGHT_MAX_CALLS; touched only as far as the file goes */
    size_t count;                 /* slots that the file has */
    size_t taken;
    struct in_flight_slot *free;
    struct in_flight_slot *first, **last; /* in order of their records' numbers */
    bool has_told_full;
};

static void find_slots(struct in_flight *table);
static void *bytes_of(const struct in_flight *table, const struct in_flight_slot *slot);
static bool grow(struct in_flight *table);
static void put_back(struct in_flight *table, struct in_flight_slot *slot);
static void release(void *owner);

bool
in_flight_open(struct arena *arena, const char *folder, struct in_flight **out_table, struct error *err)
{
    struct in_flight *table = arena_alloc(arena, sizeof(*table));
    *table = (struct in_flight){.fd = -1, .map = MAP_FAILED};
    arena_defer(arena, release, table);
    table->last = &table->first;
    size_t bytes;
    if (!in_flight_file_open(arena, folder, &table->fd, &bytes, err))
        return error_context(err, "the table of calls in flight");
    table->map = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, table->fd, 0);
    if (table->map == MAP_FAILED)
        return error_set_errno(err, errno, "mapping the table of calls in flight");
    table->slots = arena_alloc_raw(arena, IN_FLIGHT_MAX_CALLS * sizeof(*table->slots));
    table->count = bytes / IN_FLIGHT_SLOT_BYTES - 1;
    if (table->count > IN_FLIGHT_MAX_CALLS)
        table->count = IN_FLIGHT_MAX_CALLS;
    find_slots(table);
    *out_table = table;
    return true;
}

void
in_flight_close(struct in_flight *table)
{
    if (table->map != MAP_FAILED)
        munmap(table->map, MAP_BYTES);
    if (table->fd >= 0)
        close(table->fd);
    table->map = MAP_FAILED;
    table->fd = -1;
}

bool
in_flight_note(struct in_flight *table, const struct usage_record *record, struct in_flight_slot **slot)
{
    if (!table->free && !grow(table)) {
        if (!table->has_told_full)
            log_error("in_flight_full", LOG_INT("calls", (int64_t)table->taken));
        table->has_told_full = true;
        return false;
    }
    struct in_flight_slot *taken = table->free;
    table->free = taken->next;
    table->taken++;
    in_flight_slot_fill(bytes_of(table, taken), record);
    if (*slot)
        in_flight_drop(table, *slot);
    *slot = taken;
    return true;
}

void
in_flight_await(struct in_flight *table, struct in_flight_slot *slot, uint64_t number)
{
    *slot = (struct in_flight_slot){.number = number};
    *table->last = slot;
    table->last = &slot->next;
}

void
in_flight_written(struct in_flight *table, uint64_t before)
{
    while (table->first && table->first->number < before) {
        struct in_flight_slot *slot = table->first;
        table->first = slot->next;
        in_flight_drop(table, slot);
    }
    if (!table->first)
        table->last = &table->first;
}

size_t
in_flight_count(const struct in_flight *table)
{
    return table->taken;
}

struct in_flight_slot *
in_flight_next_left(struct in_flight *table, size_t *at, struct arena *arena, struct usage_record *out_record)
{
    while (*at < table->count) {
        struct in_flight_slot *slot = &table->slots[(*at)++];
        if (in_flight_slot_is_sealed(bytes_of(table, slot)) &&
            in_flight_slot_read(arena, bytes_of(table, slot), out_record) == IN_FLIGHT_LIVE)
            return slot;
    }
    return NULL;
}

void
in_flight_drop(struct in_flight *table, struct in_flight_slot *slot)
{
    in_flight_slot_free(bytes_of(table, slot));
    table->taken--;
    put_back(table, slot);
}

/* From the last to the first, so that low ones are taken first and high pages stay untouched. */
static void
find_slots(struct in_flight *table)
{
    struct arena *arena = arena_new(0);
    struct usage_record record;
    int64_t damaged = 0;
    for (size_t i = table->count; i-- > 0;) {
        struct in_flight_slot *slot = &table->slots[i];
        void *bytes = bytes_of(table, slot);
        bool is_sealed = in_flight_slot_is_sealed(bytes);
        if (is_sealed && in_flight_slot_read(arena, bytes, &record) == IN_FLIGHT_LIVE) {
            table->taken++;
        } else {
            damaged += is_sealed;
            in_flight_slot_free(bytes);
            put_back(table, slot);
        }
        arena_reset(arena);
    }
    arena_free(arena);
    if (table->taken == 0 && ftruncate(table->fd, IN_FLIGHT_SLOT_BYTES) == 0) { /* what a burst took */
        table->count = 0;
        table->free = NULL;
    }
    if (damaged > 0)
        log_error("in_flight_damaged", LOG_INT("calls", damaged));
}

static void *
bytes_of(const struct in_flight *table, const struct in_flight_slot *slot)
{
    return table->map + (size_t)(slot - table->slots + 1) * IN_FLIGHT_SLOT_BYTES;
}

static bool
grow(struct in_flight *table)
{
    size_t more = IN_FLIGHT_MAX_CALLS - table->count;
    if (more > SLOTS_AT_ONCE)
        more = SLOTS_AT_ONCE;
    if (more == 0 || !in_flight_file_grow(table->fd, (table->count + 1) * IN_FLIGHT_SLOT_BYTES,
                                          more * IN_FLIGHT_SLOT_BYTES))
        return false;
    for (size_t i = more; i-- > 0;)
        put_back(table, &table->slots[table->count + i]);
    table->count += more;
    return true;
}

static void
put_back(struct in_flight *table, struct in_flight_slot *slot)
{
    slot->next = table->free;
    table->free = slot;
}

static void
release(void *owner)
{
    in_flight_close(owner);
}
