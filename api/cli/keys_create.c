/* weir keys create and weir keys rotate: another key for a caller that is declared, printed once; and the old
 * one revoked for it, in the same step. */
#include <stdio.h>

#include "api/cli/keys_ledger.h"
#include "api/cli/table.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"

static void
print_for_people(const struct invocation *invocation, const struct document *answer)
{
    struct text key = document_text(document_find(answer, TEXT("key")));
    struct text id = document_text(document_get(answer, "made.id"));
    struct text old = document_text(document_get(answer, "replaced.id"));
    struct text revoked = document_text(document_get(answer, "replaced.revoked"));
    struct text expires = document_text(document_get(answer, "made.expires"));
    printf("%.*s\n", TEXT_ARG(key));
    fflush(stdout);
    fprintf(stderr,
            "\nThe line above is a key of %.*s. It is shown this once: put it in the caller's secret store "
            "now.\nGateways take it within a second; its id is %.*s.\n",
            TEXT_ARG(invocation->arguments.items[0]), TEXT_ARG(id));
    if (!text_is_empty(expires))
        fprintf(stderr, "It is refused from %.*s on.\n", TEXT_ARG(expires));
    if (!text_is_empty(old))
        fprintf(stderr, "%.*s, which it replaces, is refused from %.*s on.\n", TEXT_ARG(old),
                TEXT_ARG(revoked));
}

static enum exit_code
make_key(struct invocation *invocation, struct document *wanted)
{
    struct keys_question question = {.method = "POST", .body = wanted};
    struct document *answer = NULL;
    struct text expires, format = invocation_value(invocation, "output");
    struct error err;
    if (!keys_ledger_path(invocation, &question.path, &err) ||
        !keys_ledger_expires(invocation, &expires, &err))
        return command_fail(EXIT_USAGE, &err, "See: weir keys create --help, weir keys rotate --help");
    if (!text_is_empty(expires))
        document_set_text(wanted, "expires", expires);
    if (!keys_ledger_ask(invocation, &question, &answer, &err))
        return keys_ledger_fail(invocation, &err);
    if (text_equals(format, TEXT("table")))
        print_for_people(invocation, answer);
    else
        output_document(invocation->arena, format, answer);
    return EXIT_OK;
}

static enum exit_code
create(struct invocation *invocation)
{
    return make_key(invocation, document_new_map(invocation->arena));
}

static enum exit_code
rotate(struct invocation *invocation)
{
    struct document *wanted = document_new_map(invocation->arena);
    struct text id;
    struct error err;
    if (!keys_ledger_id(invocation, &id, &err))
        return command_fail(EXIT_USAGE, &err, "See: weir keys rotate --help");
    document_set_text(wanted, "replaces", id);
    document_set_text(wanted, "after", keys_ledger_after(invocation, "1h"));
    return make_key(invocation, wanted);
}

const struct command command_keys_create = {
    .name = "keys create",
    .summary =
        "Another key for a declared caller, in one environment: printed once, in force within a second",
    .usage =
        "weir keys create WORKSPACE/ENVIRONMENT/CALLER [--expires WHEN] [--ledger URL --token-file FILE]",
    .details =
        "Who may call, and with which limits, stands in the Workspace: there is no key for anybody else, and "
        "a\n"
        "caller that is taken out of it loses those that were made. Only the key's hash is kept. A caller\n"
        "has at most 16 such keys at once in an environment.",
    .example = "  weir keys create retail-ai/prod/checkout --expires 90d\n"
               "  weir keys create retail-ai/prod/checkout --ledger https://localhost:8080 --server-name "
               "weir-api --ca-file ca.crt --token-file token",
    .options = &keys_options[KEYS_SHARED],
    .option_count = KEYS_OPTION_COUNT - KEYS_SHARED,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = create,
};

const struct command command_keys_rotate = {
    .name = "keys rotate",
    .summary = "Another key in the place of one, which works on for a while (1h, or --after)",
    .usage =
        "weir keys rotate WORKSPACE/ENVIRONMENT/CALLER KEY [--after SPAN] [--expires WHEN] [--ledger URL "
        "--token-file FILE]",
    .details =
        "KEY is the old key's id, as `weir keys list` shows it: declared or made, it is refused when the\n"
        "span is over. Take the hash of a declared one out of the Workspace then.",
    .example = "  weir keys rotate retail-ai/prod/checkout sha256:9f86d081884c --after 24h",
    .options = &keys_options[KEYS_AFTER],
    .option_count = KEYS_OPTION_COUNT,
    .min_arguments = 2,
    .max_arguments = 2,
    .run = rotate,
};
