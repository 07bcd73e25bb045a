/* weir keys new: makes a key for a caller. The key is printed once; only its hash is meant to be kept. */
#include <stdio.h>

#include "api/cli/command.h"
#include "api/cli/table.h"
#include "api/types/caller_key.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"
#include "lib/schema/schema.h"

static void
print_for_people(struct text caller, struct text key, struct text hash)
{
    printf("%.*s\n", TEXT_ARG(key));
    fflush(stdout);
    fprintf(stderr,
            "\nThe line above is the key of %.*s. It is shown this once: put it in the caller's secret store "
            "now.\n"
            "Commit its hash, which is safe in Git, in the Workspace:\n\n"
            "  callers:\n"
            "    - name: %.*s\n"
            "      keyHashes: [\"%.*s\"]\n",
            TEXT_ARG(caller), TEXT_ARG(caller), TEXT_ARG(hash));
}

static enum exit_code
run(struct invocation *invocation)
{
    struct text caller = invocation_value(invocation, "caller");
    if (!text_format_dns_label.accepts(caller)) {
        struct error err;
        error_set(&err, ERROR_INVALID, "--caller \"%.*s\" is not %s (example: %s)", TEXT_ARG(caller),
                  text_format_dns_label.name, text_format_dns_label.example);
        return command_fail(EXIT_USAGE, &err, "See: weir keys new --help");
    }
    struct text key = caller_key_new(invocation->arena, caller);
    struct text hash = caller_key_hash(invocation->arena, key);

    struct text format = invocation_value(invocation, "output");
    if (text_equals(format, TEXT("table"))) {
        print_for_people(caller, key, hash);
        return EXIT_OK;
    }
    struct document *document = document_new_map(invocation->arena);
    document_set_text(document, "caller", caller);
    document_set_text(document, "key", key);
    document_set_text(document, "keyHash", hash);
    output_document(invocation->arena, format, document);
    return EXIT_OK;
}

static const struct command_option options[] = {
    {"caller", 'c', "NAME", "caller", "who will use it: part of the key, so that it is recognised", NULL},
    {"output", 'o', "FORMAT", "table", "how to print", output_formats},
};

const struct command command_keys_new = {
    .name = "keys new",
    .summary = "Make a key for a caller; print it once, with the line to commit",
    .usage = "weir keys new [--caller NAME] [-o FORMAT]",
    .details = "The key is 256 random bits. Nothing is stored: the key goes to the caller, its SHA-256 into\n"
               "Workspace.spec.callers[].keyHashes. Several hashes may stand there while keys are rotated.",
    .example = "  weir keys new --caller ada",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run,
};
