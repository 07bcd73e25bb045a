/* weir audit key: makes the key that checkpoints are signed with, or shows the public half of one. */
#include <stdio.h>

#include "api/audit/audit_checkpoint.h"
#include "api/cli/command.h"
#include "api/cli/table.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"
#include "lib/net/signature_file.h"

static bool
take_key(struct invocation *invocation, const char *path, struct signature_public_key *out_public,
         struct error *err)
{
    struct signature_key *key = NULL;
    bool is_new = invocation_has(invocation, "new");
    size_t count = 0;
    if (!is_new && signature_file_load_public(path, out_public, 1, &count, NULL))
        return true;
    if (is_new ? !signature_key_new(invocation->arena, &key, err) || !signature_file_save(path, key, err)
               : !signature_file_load(invocation->arena, path, &key, err))
        return false;
    *out_public = signature_key_public(key);
    return true;
}

/* The public key alone is on standard output, so that it can be sent into a file. */
static void
print_for_people(struct arena *arena, const char *path, const struct signature_public_key *public,
                 struct text origin)
{
    printf("%.*s", TEXT_ARG(signature_public_print(arena, public)));
    fflush(stdout);
    fprintf(
        stderr,
        "\nThe lines above are the public half of %s, key %.*s. Give them to whoever verifies (weir audit "
        "verify --key).\n",
        path, TEXT_ARG(signature_public_fingerprint(arena, public)));
    if (!text_is_empty(origin))
        fprintf(stderr, "For other tools that verify checkpoints: %.*s\n",
                TEXT_ARG(audit_verifier_key(arena, origin, public)));
}

static struct document *
key_document(struct arena *arena, const char *path, const struct signature_public_key *public,
             struct text origin)
{
    struct document *map = document_new_map(arena);
    document_set_text(map, "file", text_of(path));
    document_set_text(map, "fingerprint", signature_public_fingerprint(arena, public));
    document_set_text(map, "publicKey", signature_public_print(arena, public));
    if (!text_is_empty(origin))
        document_set_text(map, "verifierKey", audit_verifier_key(arena, origin, public));
    return map;
}

static enum exit_code
run(struct invocation *invocation)
{
    struct arena *arena = invocation->arena;
    const char *path = text_c_string(arena, invocation->arguments.items[0]);
    struct text origin = invocation_value(invocation, "origin");
    struct signature_public_key public;
    struct error err = {0};
    if (!text_is_empty(origin) && !audit_origin_is_sound(origin)) {
        error_set(
            &err, ERROR_INVALID,
            "--origin \"%.*s\" is not printable ASCII without blanks and '+' (example: weir.example/audit)",
            TEXT_ARG(origin));
        return command_fail(EXIT_USAGE, &err, "See: weir audit key --help");
    }
    if (!take_key(invocation, path, &public, &err)) {
        if (err.kind == ERROR_NOT_FOUND)
            return command_fail(EXIT_NOT_FOUND, &err, "To make a key there: weir audit key FILE --new");
        return command_fail(err.kind == ERROR_INVALID ? EXIT_INVALID : EXIT_FAILED, &err,
                            "See: weir audit key --help");
    }
    struct text format = invocation_value(invocation, "output");
    if (text_equals(format, TEXT("table")))
        print_for_people(arena, path, &public, origin);
    else
        output_document(arena, format, key_document(arena, path, &public, origin));
    return EXIT_OK;
}

static const struct command_option options[] = {
    {"new", 'n', NULL, NULL, "make a key, in a file that is not there yet", NULL},
    {"origin", 0, "NAME", NULL, "the log's name: prints the key as other tools take it, too", NULL},
    {"output", 'o', "FORMAT", "table", "how to print", output_formats},
};

const struct command command_audit_key = {
    .name = "audit key",
    .summary = "Make the key that audit checkpoints are signed with, or show its public half",
    .usage = "weir audit key FILE [--new] [--origin NAME]",
    .details =
        "The private key (Ed25519, PEM) stays in FILE, which only its owner can read, and is never printed "
        "or\n"
        "replaced. The public key is printed. One file may hold several public keys: former ones verify\n"
        "what they signed.",
    .example = "  weir audit key audit.pem --new > audit-public.pem",
    .options = options,
    .option_count = COUNT_OF(options),
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
