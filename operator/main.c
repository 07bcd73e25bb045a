/* weir-operator: computes what every environment's gateways shall run, and sees to it that they do. */
#include <signal.h>

#include "lib/base/error.h"
#include "lib/base/log.h"
#include "operator/options.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

int
main(int count, char **arguments)
{
    log_configure(STDERR_FILENO, LOG_WARN, "weir-operator");
    signal(SIGPIPE, SIG_IGN);
    struct options options = {0};
    struct error err = {0};
    if (!options_parse(count, arguments, isatty(STDOUT_FILENO) == 1, &options, &err)) {
        fprintf(stderr, "weir-operator: %s\n", err.message);
        return EXIT_USAGE;
    }
    if (options.wants_help) {
        fputs(options_help(), stdout);
        return 0;
    }
    if (options.wants_version) {
        puts("weir-operator " WEIR_VERSION);
        return 0;
    }
    if (!local_operator_run(&options.local, &err)) {
        fprintf(stderr, "weir-operator: %s\n", err.message);
        return EXIT_FAILED;
    }
    return 0;
}
