/* weir check: every problem of every file at once, offline. Changes nothing. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "api/cli/check_file.h"
#include "api/cli/command.h"
#include "api/cli/table.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/document/document_build.h"

#define MAX_FOLDER_DEPTH 16
#define MAX_FILES 10000

struct check_run {
    struct arena *arena;
    struct map *seen;
    struct checked_file **files;
    size_t count, capacity, objects, problems, bad_files;
};

static bool add_path(struct check_run *run, struct text path, int depth, struct error *err);

static void
add_file(struct check_run *run, struct text path)
{
    run->files = arena_grow(run->arena, run->files, run->count, &run->capacity, sizeof run->files[0]);
    struct checked_file *file = check_file(run->arena, path, run->seen);
    run->files[run->count++] = file;
    run->objects += file->object_count;
    run->problems += file->problems.error_count;
    run->bad_files += file->problems.error_count > 0;
}

static bool
is_manifest_name(struct text name)
{
    return text_ends_with(name, TEXT(".yaml")) || text_ends_with(name, TEXT(".yml")) ||
           text_ends_with(name, TEXT(".json"));
}

static int
skip_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool
add_folder(struct check_run *run, struct text folder, int depth, struct error *err)
{
    struct dirent **entries = NULL;
    int count = depth > MAX_FOLDER_DEPTH
                    ? -1
                    : scandir(text_c_string(run->arena, folder), &entries, skip_hidden, alphasort);
    if (count < 0)
        return error_set_errno(err, depth > MAX_FOLDER_DEPTH ? ELOOP : errno, "%.*s", TEXT_ARG(folder));
    bool good = true;
    for (int i = 0; i < count; i++) {
        struct text path = text_format(run->arena, "%.*s/%s", TEXT_ARG(folder), entries[i]->d_name);
        bool is_folder = entries[i]->d_type == DT_DIR;
        if (good && (is_folder || is_manifest_name(path)))
            good = add_path(run, path, depth + 1, err);
        free(entries[i]);
    }
    free(entries);
    return good;
}

static bool
add_path(struct check_run *run, struct text path, int depth, struct error *err)
{
    if (run->count >= MAX_FILES)
        return error_set(err, ERROR_INVALID, "more than %d files", MAX_FILES);
    struct stat status;
    if (!text_equals(path, TEXT("-"))) {
        if (stat(text_c_string(run->arena, path), &status) != 0)
            return error_set_errno(err, errno, "%.*s", TEXT_ARG(path));
        if (S_ISDIR(status.st_mode)) {
            if (path.length > 1 && text_ends_with(path, TEXT("/")))
                path = text_slice(path, 0, path.length - 1);
            return add_folder(run, path, depth, err);
        }
    }
    add_file(run, path);
    return true;
}

static const char *
plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void
print_for_people(const struct check_run *run)
{
    struct buffer out;
    buffer_init(&out, run->arena, 4096);
    for (size_t i = 0; i < run->count; i++) {
        const struct checked_file *file = run->files[i];
        for (size_t j = 0; j < file->problems.count; j++)
            problem_print(&file->problems.items[j], file->source, &out);
        if (file->problems.left_out > 0)
            buffer_print(&out, "%.*s: and %zu more\n", TEXT_ARG(file->name), file->problems.left_out);
    }
    if (run->problems > 0)
        buffer_print(&out, "%zu problem%s in %zu file%s. Nothing was changed.\n", run->problems,
                     plural(run->problems), run->bad_files, plural(run->bad_files));
    else
        buffer_print(&out, "%zu object%s in %zu file%s, no problems.\n", run->objects, plural(run->objects),
                     run->count, plural(run->count));
    output_text(&out);
}

static struct document *
run_document(const struct check_run *run)
{
    struct arena *arena = run->arena;
    struct document *list = document_new_list(arena);
    for (size_t i = 0; i < run->count; i++) {
        const struct problem_list *problems = &run->files[i]->problems;
        for (size_t j = 0; j < problems->count; j++) {
            const struct problem *problem = &problems->items[j];
            struct document *row = document_new_map(arena);
            document_set_text(row, "level", problem->level == PROBLEM_ERROR ? TEXT("error") : TEXT("notice"));
            document_set_text(row, "file", run->files[i]->name);
            document_set_int(row, "line", problem->place.line);
            document_set_int(row, "column", problem->place.column);
            document_set_text(row, "path", problem->path);
            document_set_text(row, "message", problem->message);
            document_set_text(row, "hint", problem->hint);
            document_append(list, row);
        }
    }
    return list;
}

static enum exit_code
run_check(struct invocation *invocation)
{
    struct check_run run = {.arena = invocation->arena, .seen = map_new(invocation->arena)};
    struct error err;
    for (size_t i = 0; i < invocation->arguments.count; i++) {
        if (!add_path(&run, invocation->arguments.items[i], 0, &err))
            return command_fail(EXIT_NOT_FOUND, &err, "See: weir check --help");
    }
    struct text format = invocation_value(invocation, "output");
    if (text_equals(format, TEXT("table")))
        print_for_people(&run);
    else
        output_document(invocation->arena, format, run_document(&run));
    return run.problems > 0 ? EXIT_INVALID : EXIT_OK;
}

static const struct command_option options[] = {
    {"output", 'o', "FORMAT", "table", "how to print", output_formats},
};

const struct command command_check = {
    .name = "check",
    .summary = "Find every problem of manifest files, offline",
    .usage = "weir check FILE|DIR|-...",
    .details = "Prints file:line:column, what is wrong, what is allowed and what may have been meant. Exit "
               "code 3 when\n"
               "anything is wrong. \"-\" reads standard input.",
    .example = "  weir check examples/broken.yaml",
    .options = options,
    .option_count = COUNT_OF(options),
    .min_arguments = 1,
    .max_arguments = 10000,
    .run = run_check,
};
