/* Reads a file of manifests and decodes each object. Merging policies is the operator's business, not ours.
 */
#include "api/cli/check_file.h"

#include <errno.h>
#include <fcntl.h>

#include "api/cli/check_zones.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/document/yaml.h"

static bool
read_all(struct arena *arena, struct text path, struct text *out_source, struct error *err)
{
    bool is_stdin = text_equals(path, TEXT("-"));
    int fd = is_stdin ? STDIN_FILENO : open(text_c_string(arena, path), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "opening it");
    struct buffer buffer;
    buffer_init(&buffer, arena, 16384);
    ssize_t got = 1;
    while (got > 0 && buffer.length <= CHECK_MAX_FILE_BYTES) {
        got = read(fd, buffer_reserve(&buffer, 16384), 16384);
        if (got > 0)
            buffer_grew(&buffer, (size_t)got);
    }
    int failure = errno;
    if (!is_stdin)
        close(fd);
    if (got < 0)
        return error_set_errno(err, failure, "reading it");
    if (buffer.length > CHECK_MAX_FILE_BYTES)
        return error_set(err, ERROR_INVALID, "longer than %d bytes; split it", CHECK_MAX_FILE_BYTES);
    *out_source = buffer_text(&buffer);
    return true;
}

/* "file:3:7: what" -> a problem at that place, so that syntax errors get their carets too. */
static void
add_syntax_problem(struct checked_file *file, const struct error *err)
{
    struct arena *arena = file->problems.arena;
    struct text message = text_copy(arena, text_of(err->message));
    struct problem problem = {
        .level = PROBLEM_ERROR, .place = {.file = file->name, .line = 1, .column = 1}, .width = 1};
    long line = 0, column = 0;
    int used = 0;
    struct text rest = text_starts_with(message, file->name)
                           ? text_slice(message, file->name.length, message.length)
                           : message;
    if (sscanf(text_c_string(arena, rest), ":%ld:%ld: %n", &line, &column, &used) == 2 && used > 0) {
        problem.place.line = (int)line;
        problem.place.column = (int)column;
        rest = text_slice(rest, (size_t)used, rest.length);
    }
    problem.message = rest;
    problems_add_problem(&file->problems, &problem);
}

static void
note_double(struct checked_file *file, const struct object *object, struct map *seen)
{
    struct arena *arena = file->problems.arena;
    struct text title = object_title(arena, object);
    struct document_place *place = map_find(seen, title);
    if (place) {
        problems_add(&file->problems, object->document, TEXT("metadata.name"),
                     "%.*s is already defined at %.*s:%d", TEXT_ARG(title), TEXT_ARG(place->file),
                     place->line);
        return;
    }
    struct document_place here = document_place(object->document);
    map_set(seen, title, arena_copy(arena, &here, sizeof here));
}

struct checked_file *
check_file(struct arena *arena, struct text path, struct map *seen)
{
    struct checked_file *file = arena_alloc(arena, sizeof *file);
    file->name = path;
    problems_init(&file->problems, arena);

    struct error err;
    struct document_list documents;
    if (!read_all(arena, path, &file->source, &err) ||
        !yaml_parse(arena, file->source, path, &documents, &err)) {
        add_syntax_problem(file, &err);
        return file;
    }
    file->good.items = arena_alloc_array(arena, documents.count, sizeof(*file->good.items));
    for (size_t i = 0; i < documents.count; i++) {
        struct object object = {0};
        bool good = object_decode(arena, documents.items[i], &object, &file->problems);
        if (good) {
            note_double(file, &object, seen);
            check_zones(&object, &file->problems);
            file->good.items[file->good.count++] = object;
        }
        file->object_count++;
    }
    return file;
}
