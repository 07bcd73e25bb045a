/* See the header. Journals are read as they are written; a dead operator is no hindrance. */
#include "api/cli/usage_journals.h"

#include <errno.h>
#include <glob.h>

#include "api/cli/instance.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/json.h"
#include "lib/journal/journal.h"

/* One journal and its next record. */
struct source {
    const char *folder;
    struct journal_reader *reader;
    struct arena *arena; /* of the record */
    struct usage_record record;
    bool has_record;
};

static bool open_source(struct arena *arena, const char *folder, struct source *source, struct error *err);
static bool
walk(struct source *sources, size_t count, usage_record_fn on_record, void *owner, struct error *err);
static bool advance(struct source *source, struct error *err);
static bool decode(struct arena *arena, struct text line, struct usage_record *out_record, struct error *err);
static void close_sources(struct source *sources, size_t count);

bool
usage_journals_walk(const struct invocation *invocation, usage_record_fn on_record, void *owner,
                    struct error *err)
{
    struct arena *arena = invocation->arena;
    struct text state;
    if (!instance_find_state(invocation, &state, err))
        return false;
    struct text pattern = text_format(arena, "%.*s/gateway/*/journal", TEXT_ARG(state));
    glob_t found;
    int outcome = glob(text_c_string(arena, pattern), GLOB_NOSORT, NULL, &found);
    if (outcome == GLOB_NOMATCH)
        return true;
    if (outcome != 0)
        return error_set_errno(err, errno, "looking for journals in %.*s", TEXT_ARG(state));
    struct source *sources = arena_alloc_array(arena, found.gl_pathc, sizeof(*sources));
    size_t count = 0;
    bool good = true;
    for (size_t i = 0; good && i < found.gl_pathc; i++, count++)
        good = open_source(arena, found.gl_pathv[i], &sources[i], err);
    good = good && walk(sources, count, on_record, owner, err);
    close_sources(sources, count);
    globfree(&found);
    return good;
}

/* A folder that is gone has no records. */
static bool
open_source(struct arena *arena, const char *folder, struct source *source, struct error *err)
{
    source->folder = folder;
    if (!journal_reader_open(arena, folder, 0, &source->reader, err))
        return err->kind == ERROR_NOT_FOUND;
    source->arena = arena_new(16384);
    return advance(source, err);
}

static bool
walk(struct source *sources, size_t count, usage_record_fn on_record, void *owner, struct error *err)
{
    for (;;) {
        struct source *first = NULL;
        for (size_t i = 0; i < count; i++)
            if (sources[i].has_record && (!first || sources[i].record.time_ms < first->record.time_ms))
                first = &sources[i];
        if (!first)
            return true;
        on_record(owner, &first->record);
        if (!advance(first, err))
            return false;
    }
}

static bool
advance(struct source *source, struct error *err)
{
    uint64_t number = 0;
    struct text line;
    err->kind = ERROR_NONE;
    arena_reset(source->arena);
    source->has_record = journal_reader_next(source->reader, &number, &line, err);
    bool good =
        source->has_record ? decode(source->arena, line, &source->record, err) : err->kind == ERROR_NONE;
    return good || error_context(err, "record %llu of %s", (unsigned long long)number, source->folder);
}

static bool
decode(struct arena *arena, struct text line, struct usage_record *out_record, struct error *err)
{
    struct document *document = NULL;
    if (!json_parse(arena, line, (struct text){0}, &document, err))
        return false;
    struct problem_list problems;
    problems_init(&problems, arena);
    return schema_decode(arena, &usage_record_schema, document, (struct text){0}, out_record, &problems) ||
           error_set(err, ERROR_INVALID, "%.*s", TEXT_ARG(problem_line(arena, &problems.items[0])));
}

static void
close_sources(struct source *sources, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sources[i].reader)
            journal_reader_close(sources[i].reader);
        arena_free(sources[i].arena);
    }
}
