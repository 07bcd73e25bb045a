/* weir check: every problem of every file at once, offline. Changes nothing. */
#include "api/cli/check_file.h"
#include "api/cli/command.h"
#include "api/cli/manifest_files.h"
#include "api/cli/table.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/document/document_build.h"

struct check_run {
    struct arena *arena;
    struct map *seen;
    struct checked_file **files;
    size_t count, capacity, objects, problems, bad_files;
};

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
    struct text_list paths;
    if (!manifest_files_find(run.arena, &invocation->arguments, &paths, &err))
        return command_fail(EXIT_NOT_FOUND, &err, "See: weir check --help");
    for (size_t i = 0; i < paths.count; i++)
        add_file(&run, paths.items[i]);
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
