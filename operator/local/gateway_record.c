/* One small JSON file for each running gateway in .weir/processes. */
#include "operator/local/gateway_record.h"

#include <dirent.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/file.h"
#include "lib/document/json.h"
#include "operator/local/pid_stat.h"
#include "operator/local/state_folder.h"

enum { FILE_MODE = 0600, RECORD_BYTES = 8192 };

DEFINE_SCHEMA(gateway_record, GATEWAY_RECORD_FIELDS, "A gateway process on a laptop.");

static char *file_of(const struct state_folder *state, struct arena *arena, struct text namespace);
static bool load(struct arena *arena, const char *path, struct gateway_record *out_record);

bool
gateway_record_store(const struct state_folder *state, const struct gateway_record *record, struct error *err)
{
    struct arena *scratch = arena_new(0);
    struct buffer out;
    buffer_init(&out, scratch, 256);
    json_print(schema_encode(scratch, &gateway_record_schema, record, SCHEMA_ENCODE_PLAIN), &out);
    bool is_right =
        file_write_atomic(file_of(state, scratch, record->namespace), buffer_text(&out), FILE_MODE, err);
    arena_free(scratch);
    return is_right;
}

void
gateway_record_remove(const struct state_folder *state, struct text namespace)
{
    struct arena *scratch = arena_new(0);
    unlink(file_of(state, scratch, namespace));
    arena_free(scratch);
}

struct gateway_record_list
gateway_record_load_all(struct arena *arena, const struct state_folder *state)
{
    struct gateway_record_list records = {0};
    size_t capacity = 0;
    const char *path = state_folder_file(state, arena, "processes");
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (!text_ends_with(text_of(entry->d_name), TEXT(".json")))
            continue;
        char *file = text_c_string(arena, text_format(arena, "%s/%s", path, entry->d_name));
        struct gateway_record record;
        if (!load(arena, file, &record) || !gateway_record_is_running(record.pid, record.started)) {
            unlink(file);
            continue;
        }
        records.items = arena_grow(arena, records.items, records.count, &capacity, sizeof(record));
        records.items[records.count++] = record;
    }
    if (folder)
        closedir(folder);
    return records;
}

struct text
gateway_record_start_of(struct arena *arena, int64_t pid)
{
    struct pid_stat stat;
    return pid_stat_read(arena, pid, &stat) ? stat.start : (struct text){0};
}

bool
gateway_record_is_running(int64_t pid, struct text started)
{
    struct arena *scratch = arena_new(0);
    struct pid_stat stat;
    bool is_running = pid_stat_read(scratch, pid, &stat) && text_equals(stat.start, started) &&
                      !text_equals(stat.state, TEXT("Z"));
    arena_free(scratch);
    return is_running;
}

static char *
file_of(const struct state_folder *state, struct arena *arena, struct text namespace)
{
    struct text name = text_format(arena, "processes/%.*s.json", TEXT_ARG(namespace));
    return state_folder_file(state, arena, text_c_string(arena, name));
}

static bool
load(struct arena *arena, const char *path, struct gateway_record *out_record)
{
    struct text bytes;
    struct document *document;
    struct problem_list problems;
    problems_init(&problems, arena);
    return file_read(arena, path, RECORD_BYTES, &bytes, NULL) &&
           json_parse(arena, bytes, text_of(path), &document, NULL) &&
           schema_decode(arena, &gateway_record_schema, document, (struct text){0}, out_record, &problems);
}
