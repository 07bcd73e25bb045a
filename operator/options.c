/* The flags of weir-operator. */
#include "operator/options.h"

#include <getopt.h>

#include "lib/base/error.h"
#include "lib/base/parse.h"

enum { FIRST_PORT = 8080, LAST_PORT = 65535 };
enum flag { FLAG_LOCAL = 256, FLAG_STATE, FLAG_GATEWAY, FLAG_JSON, FLAG_VERSION };

static const struct option flags[] = {
    {"local", required_argument, NULL, FLAG_LOCAL},
    {"port", required_argument, NULL, 'p'},
    {"state", required_argument, NULL, FLAG_STATE},
    {"gateway", required_argument, NULL, FLAG_GATEWAY},
    {"json", no_argument, NULL, FLAG_JSON},
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, FLAG_VERSION},
    {NULL, 0, NULL, 0},
};

static bool take(struct options *options, int flag, struct error *err);

bool
options_parse(int count, char **arguments, bool is_terminal, struct options *out_options, struct error *err)
{
    struct options options = {.local = {.port = FIRST_PORT, .as_json = !is_terminal}};
    optind = 1;
    opterr = 0;
    for (int flag; (flag = getopt_long(count, arguments, "p:o:h", flags, NULL)) != -1;) {
        if (flag == '?')
            return error_set(err, ERROR_INVALID,
                             "%s is not a flag of weir-operator, or lacks its value (see --help)",
                             arguments[optind - 1]);
        if (!take(&options, flag, err))
            return false;
    }
    if (optind < count)
        return error_set(err, ERROR_INVALID, "%s is not understood: name the folder with --local",
                         arguments[optind]);
    if (!options.local.folder && !options.wants_help && !options.wants_version)
        return error_set(err, ERROR_INVALID, "--local DIR is missing: the folder that holds your manifests");
    *out_options = options;
    return true;
}

const char *
options_help(void)
{
    return "weir-operator --local DIR [--port N] [--state DIR] [--gateway PATH] [--json | --output "
           "text|json]\n"
           "\n"
           "Runs the environments that a folder of manifests describes: one gateway process for each, its "
           "config pushed\n"
           "at every change. A broken edit is shown and changes nothing. `weir up DIR` starts it.\n"
           "\n"
           "  --local DIR      folder of *.yaml, *.yml and *.json manifests, sub-folders included\n"
           "  -p, --port N     port of the first environment (8080), the next ones follow; 0: any free "
           "ports\n"
           "  --state DIR      where it keeps sockets, logs and revisions (DIR/.weir)\n"
           "  --gateway PATH   the gateway program (weir-gateway beside this one)\n"
           "  --json           one JSON line for each event; so it is when the output is no terminal\n"
           "  -o, --output F   text or json\n"
           "  --version        print the version\n"
           "\n"
           "Example:\n"
           "  weir-operator --local examples/quickstart\n";
}

static bool
take(struct options *options, int flag, struct error *err)
{
    int64_t port = 0;
    switch (flag) {
    case FLAG_LOCAL:
        options->local.folder = optarg;
        return true;
    case 'p':
        if (!parse_int64(text_of(optarg), &port) || port < 0 || port > LAST_PORT)
            return error_set(err, ERROR_INVALID, "--port %s is not a port: 0 to %d", optarg, LAST_PORT);
        options->local.port = (int)port;
        return true;
    case FLAG_STATE:
        options->local.state = optarg;
        return true;
    case FLAG_GATEWAY:
        options->local.gateway = optarg;
        return true;
    case FLAG_JSON:
        options->local.as_json = true;
        return true;
    case 'o':
        options->local.as_json = strcmp(optarg, "json") == 0;
        return options->local.as_json || strcmp(optarg, "text") == 0 ||
               error_set(err, ERROR_INVALID, "--output %s is not one of text, json", optarg);
    case 'h':
        options->wants_help = true;
        return true;
    default:
        options->wants_version = true;
        return true;
    }
}
