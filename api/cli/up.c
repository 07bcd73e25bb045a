/* weir up: becomes the operator on a folder. The operator is a program of its own beside this one. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "api/cli/command.h"
#include "api/cli/sibling.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"

#define MAX_ARGUMENTS 16

static enum exit_code
run(struct invocation *invocation)
{
    struct arena *arena = invocation->arena;
    struct error err;
    char *folder = text_c_string(arena, invocation->arguments.items[0]);
    struct stat status;
    if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode)) {
        error_set(&err, ERROR_NOT_FOUND, "%s is not a folder", folder);
        return command_fail(EXIT_NOT_FOUND, &err,
                            "Name a folder of Workspace and ModelPolicy files: weir up examples/quickstart");
    }
    char *program = (char[]){""};
    if (!sibling_find(arena, "weir-operator", &program, &err))
        return command_fail(EXIT_FAILED, &err,
                            "weir-operator is installed beside weir; build it with: make all");

    char *arguments[MAX_ARGUMENTS] = {program, (char[]){"--local"}, folder};
    size_t count = 3;
    static const char *const passed_on[] = {"port",       "rest-port", "alert-key-file",
                                            "price-card", "state",     "output"};
    for (size_t i = 0; i < COUNT_OF(passed_on); i++) {
        if (!invocation_has(invocation, passed_on[i]))
            continue;
        arguments[count++] = text_c_string(arena, text_format(arena, "--%s", passed_on[i]));
        arguments[count++] = text_c_string(arena, invocation_value(invocation, passed_on[i]));
    }
    execv(program, arguments);
    error_set_errno(&err, errno, "starting %s", program);
    return command_fail(EXIT_FAILED, &err, NULL);
}

static const char *const up_formats[] = {"text", "json", NULL};
static const struct command_option options[] = {
    {"port", 'p', "PORT", "8080", "of the first environment's gateway; 0 takes free ones", NULL},
    {"rest-port", 0, "PORT", NULL,
     "where the ledger answers over HTTP on this machine, to who shows the token in .weir/rest-token "
     "(default: on "
     "its socket only)",
     NULL},
    {"alert-key-file", 0, "FILE", NULL,
     "what webhooks are told of alerts is signed with: whsec_ and base64, as Standard Webhooks has it", NULL},
    {"price-card", 0, "FILE", NULL,
     "what our processes cost: usdPerCoreHour, usdPerGiBHour (YAML; default: they have no price)", NULL},
    {"state", 0, "DIR", NULL,
     "where sockets, journals and the last good configs are kept (default: .weir in the folder)", NULL},
    {"output", 'o', "FORMAT", NULL, "text, or one JSON line per event (default: text on a terminal)",
     up_formats},
};

const struct command command_up = {
    .name = "up",
    .summary = "Run a folder of YAML: a governed gateway for each environment",
    .usage = "weir up DIR [--port PORT]",
    .details = "Edits to the folder take effect as you save; a broken edit is shown and changes nothing.\n"
               "Ctrl-C lets the calls in flight finish and stops.",
    .example = "  weir up examples/quickstart",
    .options = options,
    .option_count = COUNT_OF(options),
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
