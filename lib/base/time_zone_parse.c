/* TZif files (RFC 9636, section 3): a header with six counts, the block they measure, and from version 2 on a
 * second header and block with 64-bit times and a footer. Only the last block counts. */
#include <assert.h>
#include <endian.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/time_zone_table.h"

#define HEADER_BYTES 44
#define COUNTS_AT 20
#define TYPE_BYTES 6
#define MAX_CHANGES 2000
#define MAX_TYPES 256
#define MAX_NAME_BYTES 4096
#define LOWEST_OFFSET_S (-89999) /* RFC 9636, 3.2: more than -25 hours, less than 26 hours */
#define HIGHEST_OFFSET_S 93599

struct header {
    char version;
    uint32_t ut_count, standard_count, leap_count, change_count, type_count, name_bytes;
};

/* One block, cut into its parts. */
struct block {
    struct header header;
    size_t time_bytes; /* 4 or 8 */
    struct text times, change_types, types;
};

static bool take_block(struct text *rest, size_t time_bytes, struct block *out_block, struct error *err);
static bool take_header(struct text *rest, struct header *out_header, struct error *err);
static bool check_types(const struct block *block, struct error *err);
static bool
take_changes(struct arena *arena, const struct block *block, struct time_zone *zone, struct error *err);
static bool take_footer(struct text *rest, struct time_zone *zone, struct error *err);
static bool take_bytes(struct text *rest, size_t count, struct text *out_bytes);
static int64_t time_at(const struct block *block, size_t index);
static int32_t offset_of(const struct block *block, size_t type);
static uint32_t number_at(struct text bytes, size_t at);

bool
time_zone_parse(struct arena *arena, struct text bytes, const struct time_zone **out_zone, struct error *err)
{
    if (bytes.length > TIME_ZONE_FILE_MAX_BYTES)
        return error_set(err, ERROR_INVALID, "a TZif file of %zu bytes, at most %d are read", bytes.length,
                         TIME_ZONE_FILE_MAX_BYTES);

    struct text rest = bytes;
    struct block block = {0};
    if (!take_block(&rest, 4, &block, err))
        return false;
    bool has_footer = block.header.version != '\0';
    if (has_footer && !take_block(&rest, 8, &block, err))
        return error_context(err, "the 64-bit block");

    struct time_zone *zone = arena_alloc(arena, sizeof(*zone));
    if (!check_types(&block, err) || !take_changes(arena, &block, zone, err))
        return false;
    if (has_footer && !take_footer(&rest, zone, err))
        return false;
    if (rest.length > 0)
        return error_set(err, ERROR_INVALID, "%zu bytes follow the end of the file", rest.length);
    *out_zone = zone;
    return true;
}

static bool
take_block(struct text *rest, size_t time_bytes, struct block *out_block, struct error *err)
{
    struct block block = {.time_bytes = time_bytes};
    struct text unused;
    if (!take_header(rest, &block.header, err))
        return false;
    const struct header *header = &block.header;
    bool is_whole = take_bytes(rest, header->change_count * time_bytes, &block.times) &&
                    take_bytes(rest, header->change_count, &block.change_types) &&
                    take_bytes(rest, header->type_count * (size_t)TYPE_BYTES, &block.types) &&
                    take_bytes(rest, header->name_bytes, &unused) &&
                    take_bytes(rest, header->leap_count * (time_bytes + 4), &unused) &&
                    take_bytes(rest, header->standard_count, &unused) &&
                    take_bytes(rest, header->ut_count, &unused);
    if (!is_whole)
        return error_set(err, ERROR_INVALID, "the file ends in the middle of a block");
    *out_block = block;
    return true;
}

static bool
take_header(struct text *rest, struct header *out_header, struct error *err)
{
    struct text bytes;
    if (!take_bytes(rest, HEADER_BYTES, &bytes) || !text_starts_with(bytes, TEXT("TZif")))
        return error_set(err, ERROR_INVALID, "a TZif header is missing");
    struct header header = {
        .version = bytes.bytes[4],
        .ut_count = number_at(bytes, COUNTS_AT),
        .standard_count = number_at(bytes, COUNTS_AT + 4),
        .leap_count = number_at(bytes, COUNTS_AT + 8),
        .change_count = number_at(bytes, COUNTS_AT + 12),
        .type_count = number_at(bytes, COUNTS_AT + 16),
        .name_bytes = number_at(bytes, COUNTS_AT + 20),
    };
    if (header.version != '\0' && (header.version < '2' || header.version > '4'))
        return error_set(err, ERROR_INVALID, "TZif version byte %d is not known", header.version);
    if (header.leap_count > 0)
        return error_set(err, ERROR_INVALID, "the file counts leap seconds, Unix time does not");
    if (header.change_count > MAX_CHANGES || header.type_count > MAX_TYPES ||
        header.name_bytes > MAX_NAME_BYTES || header.ut_count > MAX_TYPES ||
        header.standard_count > MAX_TYPES)
        return error_set(err, ERROR_INVALID, "the file has more of something than any zone needs");
    *out_header = header;
    return true;
}

static bool
check_types(const struct block *block, struct error *err)
{
    const struct header *header = &block->header;
    bool are_marks_right = (header->ut_count == 0 || header->ut_count == header->type_count) &&
                           (header->standard_count == 0 || header->standard_count == header->type_count);
    if (header->type_count == 0 || header->name_bytes == 0 || !are_marks_right)
        return error_set(err, ERROR_INVALID, "the file's counts do not fit each other");
    for (size_t type = 0; type < header->type_count; type++) {
        int32_t offset_s = offset_of(block, type);
        uint8_t name_at = (uint8_t)block->types.bytes[type * TYPE_BYTES + 5];
        if (offset_s < LOWEST_OFFSET_S || offset_s > HIGHEST_OFFSET_S)
            return error_set(err, ERROR_INVALID, "an offset of %d seconds", offset_s);
        if (name_at >= header->name_bytes)
            return error_set(err, ERROR_INVALID, "a name begins behind the names");
    }
    return true;
}

static bool
take_changes(struct arena *arena, const struct block *block, struct time_zone *zone, struct error *err)
{
    size_t count = block->header.change_count;
    struct time_zone_change *changes = arena_alloc_array(arena, count, sizeof(*changes));
    zone->changes = changes;
    zone->first_offset_s = offset_of(block, 0);
    int32_t offset_s = zone->first_offset_s;
    for (size_t i = 0; i < count; i++) {
        uint8_t type = (uint8_t)block->change_types.bytes[i];
        if (type >= block->header.type_count)
            return error_set(err, ERROR_INVALID, "a change to type %d of %u", type, block->header.type_count);
        if (i > 0 && time_at(block, i) <= time_at(block, i - 1))
            return error_set(err, ERROR_INVALID, "the changes are not in the order of time");
        /* Of a change of the zone's name alone no clock knows. */
        if (offset_of(block, type) == offset_s)
            continue;
        offset_s = offset_of(block, type);
        changes[zone->change_count++] = (struct time_zone_change){time_at(block, i), offset_s};
    }
    zone->rule_from_s = count > 0 ? time_at(block, count - 1) : INT64_MIN;
    return true;
}

/* A TZ string between two line feeds; an empty one leaves the last change in force. */
static bool
take_footer(struct text *rest, struct time_zone *zone, struct error *err)
{
    struct text start;
    ptrdiff_t end = -1;
    if (take_bytes(rest, 1, &start) && start.bytes[0] == '\n')
        end = text_find_byte(*rest, '\n');
    if (end < 0)
        return error_set(err, ERROR_INVALID, "the footer is missing");

    struct text rule = text_slice(*rest, 0, (size_t)end);
    *rest = text_slice(*rest, (size_t)end + 1, rest->length);
    if (text_is_empty(rule))
        return true;
    zone->has_rule = true;
    return time_zone_rule_parse(rule, &zone->rule, err);
}

static bool
take_bytes(struct text *rest, size_t count, struct text *out_bytes)
{
    if (count > rest->length)
        return false;
    *out_bytes = text_slice(*rest, 0, count);
    *rest = text_slice(*rest, count, rest->length);
    return true;
}

static int64_t
time_at(const struct block *block, size_t index)
{
    if (block->time_bytes == 4)
        return (int32_t)number_at(block->times, index * 4);
    uint64_t high = number_at(block->times, index * 8);
    return (int64_t)(high << 32 | number_at(block->times, index * 8 + 4));
}

static int32_t
offset_of(const struct block *block, size_t type)
{
    return (int32_t)number_at(block->types, type * TYPE_BYTES);
}

static uint32_t
number_at(struct text bytes, size_t at)
{
    assert(bytes.bytes && at + 4 <= bytes.length); /* the header counted it */
    uint32_t big_endian = 0;
    memcpy(&big_endian, bytes.bytes + at, sizeof(big_endian));
    return be32toh(big_endian);
}
