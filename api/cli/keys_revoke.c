/* weir keys revoke: a key, declared or made, that its environment refuses from now on. */
#include <stdio.h>

#include "api/cli/instance.h"
#include "api/cli/keys_ledger.h"
#include "api/cli/table.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/document.h"

static void
print_for_people(const struct document *answer)
{
    struct text id = document_text(document_find(answer, TEXT("id")));
    struct text revoked = document_text(document_find(answer, TEXT("revoked")));
    bool is_declared = text_equals(document_text(document_find(answer, TEXT("origin"))), TEXT("Declared"));
    printf("%.*s is refused from %.*s on.\n", TEXT_ARG(id), TEXT_ARG(revoked));
    fflush(stdout);
    if (is_declared)
        fprintf(stderr, "Its hash is declared in the Workspace: take it out there too. A gateway that never "
                        "heard the ledger goes by that alone.\n");
}

static enum exit_code
run(struct invocation *invocation)
{
    struct keys_question question = {.method = "DELETE"};
    struct document *answer = NULL;
    struct text path, id, format = invocation_value(invocation, "output");
    struct error err;
    if (!keys_ledger_path(invocation, &path, &err) || !keys_ledger_id(invocation, &id, &err))
        return command_fail(EXIT_USAGE, &err, "See: weir keys revoke --help");
    struct text after = instance_escape(invocation->arena, keys_ledger_after(invocation, "0s"));
    question.path =
        text_format(invocation->arena, "%.*s/%.*s?after=%.*s", TEXT_ARG(path), TEXT_ARG(id), TEXT_ARG(after));
    if (!keys_ledger_ask(invocation, &question, &answer, &err))
        return keys_ledger_fail(invocation, &err);
    if (text_equals(format, TEXT("table")))
        print_for_people(answer);
    else
        output_document(invocation->arena, format, answer);
    return EXIT_OK;
}

const struct command command_keys_revoke = {
    .name = "keys revoke",
    .summary = "Refuse a key in one environment, within a second or --after a while; there is no way back",
    .usage =
        "weir keys revoke WORKSPACE/ENVIRONMENT/CALLER KEY [--after SPAN] [--ledger URL --token-file FILE]",
    .details =
        "KEY is its id, as `weir keys list` shows it. A declared key is revoked in this environment only:\n"
        "take its hash out of the Workspace too.",
    .example = "  weir keys revoke retail-ai/prod/checkout sha256:9f86d081884c",
    .options = &keys_options[KEYS_AFTER],
    .option_count = KEYS_EXPIRES,
    .min_arguments = 2,
    .max_arguments = 2,
    .run = run,
};
