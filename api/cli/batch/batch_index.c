/* The first pass. Doubles are found by sorting the hashes; the second pass over the file, only then needed,
 * says which lines they are. */
#include "api/cli/batch/batch_index.h"

#include "api/cli/batch/batch_line.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/line_reader.h"
#include "lib/base/map.h"

static bool
check_doubles(const char *path, struct text endpoint, const struct batch_index *index, struct error *err);
static bool name_double(const char *path, struct text endpoint, uint64_t hash, struct error *err);
static int compare_hashes(const void *a, const void *b);

bool
batch_index_read(struct arena *arena, const char *path, struct text endpoint, struct batch_index *out_index,
                 struct error *err)
{
    scoped_arena struct arena *reading = arena_new(0), *scratch = arena_new(65536);
    struct line_reader *reader = NULL;
    struct line line;
    size_t capacity = 0;
    *out_index = (struct batch_index){0};
    if (!line_reader_open(reading, path, BATCH_LINE_MAX_BYTES, &reader, err))
        return false;
    err->kind = ERROR_NONE;
    while (line_reader_next(reader, &line, err)) {
        if (out_index->line_count == BATCH_MAX_LINES)
            return error_set(err, ERROR_INVALID, "%s has more than %u lines; cut it into several", path,
                             BATCH_MAX_LINES);
        struct batch_line request;
        batch_line_read(scratch, line.text, line.number, endpoint, &request);
        out_index->hashes =
            arena_grow(arena, out_index->hashes, out_index->line_count, &capacity, sizeof(uint64_t));
        out_index->hashes[out_index->line_count++] = batch_index_hash(request.custom_id);
        out_index->request_count += text_trim(line.text).length > 0;
        arena_reset(scratch);
    }
    if (err->kind != ERROR_NONE)
        return false;
    if (out_index->request_count == 0)
        return error_set(err, ERROR_INVALID, "%s has no line to send", path);
    return check_doubles(path, endpoint, out_index, err);
}

uint64_t
batch_index_hash(struct text custom_id)
{
    if (text_is_empty(custom_id))
        return 0;
    uint64_t hash = map_hash(custom_id);
    return hash == 0 ? 1 : hash;
}

static bool
check_doubles(const char *path, struct text endpoint, const struct batch_index *index, struct error *err)
{
    scoped_arena struct arena *scratch = arena_new(0);
    uint64_t *sorted = arena_copy(scratch, index->hashes, index->line_count * sizeof(*sorted));
    qsort(sorted, index->line_count, sizeof(*sorted), compare_hashes);
    for (uint64_t i = 1; i < index->line_count; i++)
        if (sorted[i] != 0 && sorted[i] == sorted[i - 1])
            return name_double(path, endpoint, sorted[i], err);
    return true;
}

static bool
name_double(const char *path, struct text endpoint, uint64_t hash, struct error *err)
{
    scoped_arena struct arena *reading = arena_new(0), *scratch = arena_new(0);
    struct line_reader *reader = NULL;
    struct line line;
    uint64_t first = 0;
    if (!line_reader_open(reading, path, BATCH_LINE_MAX_BYTES, &reader, err))
        return false;
    while (line_reader_next(reader, &line, err)) {
        struct batch_line request;
        batch_line_read(scratch, line.text, line.number, endpoint, &request);
        bool is_it = batch_index_hash(request.custom_id) == hash;
        if (is_it && first > 0)
            return error_set(
                err, ERROR_INVALID,
                "%s: lines %llu and %llu have the same custom_id \"%.*s\"; give each line its own", path,
                (unsigned long long)first, (unsigned long long)line.number, TEXT_ARG(request.custom_id));
        first = is_it ? line.number : first;
        arena_reset(scratch);
    }
    return error_set(err, ERROR_INVALID, "%s: two lines have the same custom_id", path);
}

static int
compare_hashes(const void *a, const void *b)
{
    uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;
    return (first > second) - (first < second);
}

bool
bit_is_set(const uint64_t *bits, uint64_t at)
{
    return (bits[at / 64] >> (at % 64)) & 1;
}

void
bit_set(uint64_t *bits, uint64_t at)
{
    bits[at / 64] |= (uint64_t)1 << (at % 64);
}
