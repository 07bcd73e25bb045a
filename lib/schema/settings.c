/* See the header. */
#include "lib/schema/settings.h"

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/document/yaml.h"
#include "lib/schema/problems.h"

bool
settings_read(struct arena *arena, const struct schema *schema, const char *path, void *out_value,
              struct error *err)
{
    struct settings_text written = {.name = text_of(path)};
    return file_read(arena, path, SETTINGS_MAX_BYTES, &written.yaml, err) &&
           settings_parse(arena, schema, &written, out_value, err);
}

bool
settings_parse(struct arena *arena, const struct schema *schema, const struct settings_text *written,
               void *out_value, struct error *err)
{
    struct document_list documents;
    struct problem_list problems;
    problems_init(&problems, arena);
    if (!yaml_parse(arena, written->yaml, written->name, &documents, err))
        return false;
    if (documents.count != 1)
        return error_set(err, ERROR_INVALID, "%.*s: holds %zu documents, not one", TEXT_ARG(written->name),
                         documents.count);
    bool is_read = schema_decode(arena, schema, documents.items[0], (struct text){0}, out_value, &problems);
    return (is_read && problems.error_count == 0) ||
           error_set(err, ERROR_INVALID, "%.*s", TEXT_ARG(problem_line(arena, &problems.items[0])));
}
