/* weir-operator: computes what every environment's gateways shall run, and sees to it that they do. */
#include <signal.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "operator/options.h"
#include "operator/runtime/self_test.h"

/* The last two of a plan only; the same numbers as weir's. */
enum { EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INVALID = 3, EXIT_NOT_FOUND = 4 };

static int
print_plan(const struct local_plan_options *options)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct text json;
    struct error err = {0};
    if (local_plan_print(arena, options, &json, &err))
        return fwrite(json.bytes, 1, json.length, stdout) == json.length && fflush(stdout) == 0 ? 0
                                                                                                : EXIT_FAILED;
    fprintf(stderr, "weir-operator: %s\n", err.message);
    if (err.kind == ERROR_NOT_FOUND)
        return EXIT_NOT_FOUND;
    return err.kind == ERROR_INVALID ? EXIT_INVALID : EXIT_FAILED;
}

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
    if (options.is_plan)
        return print_plan(&options.plan);
    if (options.is_cluster)
        log_configure(STDERR_FILENO, LOG_INFO, "weir-operator");
    bool has_run = options.is_self_test ? self_test_run(&options.cluster, &err)
                   : options.is_cluster ? cluster_operator_run(&options.cluster, &err)
                                        : local_operator_run(&options.local, &err);
    if (!has_run) {
        fprintf(stderr, "weir-operator: %s\n", err.message);
        return EXIT_FAILED;
    }
    return 0;
}
