/* weir get: objects and their status as the running operator sees them, in kubectl's shape. */
#include <stdio.h>

#include "api/cli/command.h"
#include "api/cli/instance.h"
#include "api/cli/json_path.h"
#include "api/cli/table.h"
#include "api/types/kinds.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/document/document_build.h"

static const char *const get_formats[] = {"table", "wide", "json", "yaml", "name", NULL};

static struct text
question_path(const struct invocation *invocation, const struct kind *kind)
{
    struct arena *arena = invocation->arena;
    struct text path = text_format(arena, "/v1/objects?kind=%s", kind->name);
    if (invocation->arguments.count > 1)
        path = text_format(arena, "%.*s&name=%.*s", TEXT_ARG(path),
                           TEXT_ARG(instance_escape(arena, invocation->arguments.items[1])));
    if (invocation_has(invocation, "namespace"))
        path = text_format(arena, "%.*s&namespace=%.*s", TEXT_ARG(path),
                           TEXT_ARG(instance_escape(arena, invocation_value(invocation, "namespace"))));
    return path;
}

/* "4d", "2m": how kubectl shows dates. */
static struct text
age_of(struct arena *arena, struct text time)
{
    int64_t then = 0;
    if (!parse_time_ms(time, &then))
        return time;
    int64_t seconds = (clock_unix_ms() - then) / 1000;
    if (seconds < 120)
        return text_format(arena, "%llds", (long long)(seconds < 0 ? 0 : seconds));
    if (seconds < 7200)
        return text_format(arena, "%lldm", (long long)(seconds / 60));
    if (seconds < 172800)
        return text_format(arena, "%lldh", (long long)(seconds / 3600));
    return text_format(arena, "%lldd", (long long)(seconds / 86400));
}

/* What a cluster's API server would have filled in: objects here are as they were written. */
static struct text
default_of(const struct schema *schema, struct text path)
{
    struct text rest = text_slice(path, 1, path.length);
    const struct field *field = NULL;
    while (rest.bytes && schema) {
        field = schema_find_field(schema, text_cut(&rest, '.'));
        schema = field && field->kind == FIELD_OBJECT ? field->schema : NULL;
    }
    if (!field || rest.bytes)
        return TEXT("<none>");
    if (field->default_text)
        return text_of(field->default_text);
    return field->kind == FIELD_ENUM ? text_of(field->names[0]) : TEXT("<none>");
}

static struct text
cell_of(struct arena *arena, const struct kind *kind, const struct printer_column *column,
        const struct document *object)
{
    const struct document *value = json_path_find(object, text_of(column->json_path));
    if (!value)
        return default_of(kind->schema, text_of(column->json_path));
    if (document_kind(value) == DOCUMENT_BOOL)
        return document_bool(value) ? TEXT("true") : TEXT("false");
    if (text_equals(text_of(column->type), TEXT("date")))
        return age_of(arena, document_text(value));
    return document_text(value);
}

static void
print_objects(struct arena *arena, const struct kind *kind, const struct document *objects, bool is_wide)
{
    struct table table;
    table_init(&table, arena);
    if (kind->is_namespaced)
        table_add_column(&table, "NAMESPACE", false);
    table_add_column(&table, "NAME", false);
    for (size_t i = 0; i < kind->column_count; i++) {
        if (kind->columns[i].priority == 0 || is_wide)
            table_add_column(&table, upper_case(arena, kind->columns[i].name), false);
    }
    for (size_t i = 0; i < document_count(objects); i++) {
        const struct document *object = document_at(objects, i);
        struct text *cells = table_add_row(&table);
        size_t at = 0;
        if (kind->is_namespaced)
            cells[at++] = document_text(document_get(object, "metadata.namespace"));
        cells[at++] = document_text(document_get(object, "metadata.name"));
        for (size_t j = 0; j < kind->column_count; j++) {
            if (kind->columns[j].priority == 0 || is_wide)
                cells[at++] = cell_of(arena, kind, &kind->columns[j], object);
        }
    }
    struct buffer out;
    buffer_init(&out, arena, 4096);
    table_print(&table, &out);
    output_text(&out);
}

static void
print_names(const struct kind *kind, const struct document *objects)
{
    for (size_t i = 0; i < document_count(objects); i++)
        printf("%s/%.*s\n", kind->plural,
               TEXT_ARG(document_text(document_get(document_at(objects, i), "metadata.name"))));
}

static const struct kind *
find_kind(struct text word, struct error *err)
{
    const struct kind *kind = kind_find_by_word(word);
    if (kind && !kind->is_foreign)
        return kind;
    error_set(err, ERROR_INVALID,
              "\"%.*s\" is not one of workspaces (aiws), modelpolicies (aimp), deployments (aidep)",
              TEXT_ARG(word));
    return NULL;
}

static enum exit_code
run(struct invocation *invocation)
{
    struct error err;
    const struct kind *kind = find_kind(invocation->arguments.items[0], &err);
    if (!kind)
        return command_fail(EXIT_USAGE, &err, "See: weir get --help");

    struct document *answer = NULL;
    if (!instance_ask(invocation, question_path(invocation, kind), &answer, &err))
        return command_fail(err.kind == ERROR_NOT_FOUND ? EXIT_NOT_FOUND : EXIT_FAILED, &err,
                            "See: weir get --help");
    const struct document *objects =
        document_kind(answer) == DOCUMENT_LIST ? answer : document_find(answer, TEXT("items"));
    if (invocation->arguments.count > 1 && document_count(objects) == 0) {
        error_set(&err, ERROR_NOT_FOUND, "%s %.*s is not there", kind->name,
                  TEXT_ARG(invocation->arguments.items[1]));
        return command_fail(EXIT_NOT_FOUND, &err, NULL);
    }
    struct text format = invocation_value(invocation, "output");
    if (text_equals(format, TEXT("name")))
        print_names(kind, objects);
    else if (text_equals(format, TEXT("table")) || text_equals(format, TEXT("wide")))
        print_objects(invocation->arena, kind, objects, text_equals(format, TEXT("wide")));
    else
        output_document(invocation->arena, format, objects);
    return EXIT_OK;
}

static const struct command_option options[] = {
    {"namespace", 'n', "NAMESPACE", NULL, "only objects there", NULL},
    {"dir", 'd', "DIR", NULL, "folder of the running `weir up` (default: the last one started; or WEIR_DIR)",
     NULL},
    {"state", 0, "DIR", NULL, "what `weir up` was given with --state, if it was", NULL},
    {"output", 'o', "FORMAT", "table", "how to print", get_formats},
};

const struct command command_get = {
    .name = "get",
    .summary = "List objects with their status",
    .usage = "weir get KIND [NAME] [-n NAMESPACE]",
    .details = "KIND is workspaces (aiws), modelpolicies (aimp) or deployments (aidep).",
    .example = "  weir get workspaces\n  weir get aimp org-baseline -n weir-system -o yaml",
    .options = options,
    .option_count = COUNT_OF(options),
    .min_arguments = 1,
    .max_arguments = 2,
    .run = run,
};
