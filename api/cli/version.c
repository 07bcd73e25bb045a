/* weir version */
#include <stdio.h>

#include "api/cli/command.h"
#include "api/cli/table.h"
#include "lib/document/document_build.h"

static enum exit_code
run(struct invocation *invocation)
{
    struct text format = invocation_value(invocation, "output");
    if (text_equals(format, TEXT("table"))) {
        printf("weir %s\n", WEIR_VERSION);
        return EXIT_OK;
    }
    struct document *document = document_new_map(invocation->arena);
    document_set_text(document, "version", text_of(WEIR_VERSION));
    output_document(invocation->arena, format, document);
    return EXIT_OK;
}

static const struct command_option options[] = {
    {"output", 'o', "FORMAT", "table", "how to print", output_formats},
};

const struct command command_version = {
    .name = "version",
    .summary = "Say which build this is",
    .usage = "weir version [-o FORMAT]",
    .example = "  weir version -o json",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run,
};
