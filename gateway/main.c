/* weir-gateway: wires the parts, runs the loop, drains on SIGTERM. Everything else is in the parts. */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "gateway/admin.h"
#include "gateway/book.h"
#include "gateway/callers_server.h"
#include "gateway/config_store.h"
#include "gateway/control.h"
#include "gateway/decide/limiter.h"
#include "gateway/gateway.h"
#include "gateway/gateway_options.h"
#include "gateway/live_config.h"
#include "gateway/metrics/call_metrics.h"
#include "gateway/metrics/process_metrics.h"
#include "gateway/usage_log.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/metrics.h"
#include "lib/net/http_server.h"
#include "lib/net/loop.h"
#include "lib/net/upstream.h"

enum {
    EXIT_WRONG_USE = 2,
    UPSTREAM_CONNECTIONS = 16384,
    UPSTREAM_IDLE_CONNECTIONS = 512,
    UPSTREAM_IDLE_MS = 60000,
    UPSTREAM_HEAD_BYTES = 32768,
};

struct program {
    struct arena *arena;
    struct gateway_options options;
    struct gateway gateway;
    struct live_config_site site;
    struct admin admin;
    struct http_server *admin_server;
    struct control *control; /* NULL with a fixed config */
};

/* A core dump or a debugger would show provider keys. */
static void
harden(void)
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &files) != 0)
            log_warn("few_descriptors", LOG_INT("most", files.rlim_cur));
    }
}

static bool
open_state(struct program *program, struct error *err)
{
    const char *folder = program->options.state_folder;
    const char *journal = text_c_string(program->arena, text_format(program->arena, "%s/journal", folder));
    if (file_make_folders(journal, 0700, err) &&
        usage_log_open(program->arena, program->gateway.site.loop, journal, &program->gateway.usage_log, err))
        return true;
    return error_context(err, "keeping state in %s (choose another folder with --state)", folder);
}

static void
build_parts(struct program *program)
{
    struct gateway *gateway = &program->gateway;
    const struct upstream_pool_options pool = {.max_connections_per_origin = UPSTREAM_CONNECTIONS,
                                               .max_idle_per_origin = UPSTREAM_IDLE_CONNECTIONS,
                                               .idle_timeout_ms = UPSTREAM_IDLE_MS,
                                               .max_head_bytes = UPSTREAM_HEAD_BYTES};
    gateway->site.loop = loop_new(program->arena);
    gateway->site.pool = upstream_pool_new(program->arena, gateway->site.loop, &pool);
    gateway->limiter = limiter_new(program->arena);
    gateway->workspace = program->options.workspace;
    gateway->environment = program->options.environment;
    gateway->name = program->options.name;
    gateway->writes_access_log = program->options.writes_access_log;

    program->admin.gateway = gateway;
    program->admin.metrics = metrics_new(program->arena);
    program->admin.process_metrics =
        process_metrics_new(program->arena, program->admin.metrics, clock_unix_ms());
    gateway->call_metrics = call_metrics_new(program->arena, program->admin.metrics, TEXT(WEIR_VERSION));
    program->site = (struct live_config_site){.arena = program->arena,
                                              .pool = gateway->site.pool,
                                              .health = book_new(program->arena),
                                              .tls_contexts = map_new(program->arena)};
}

static bool
load_config(struct program *program, struct error *err)
{
    struct gateway *gateway = &program->gateway;
    struct live_config *config;
    if (program->options.config_path) {
        if (!config_store_load_fixed(&program->site, program->options.config_path, &config, err))
            return false;
        if (text_is_empty(gateway->workspace))
            gateway->workspace = text_copy(program->arena, config->config.workspace);
        if (text_is_empty(gateway->environment))
            gateway->environment = text_copy(program->arena, config->config.environment);
        gateway_use_config(gateway, config);
        return true;
    }
    struct error why;
    if (config_store_load_last(&program->site, program->options.state_folder, &config, &why))
        gateway_use_config(gateway, config);
    else if (why.kind != ERROR_NOT_FOUND)
        log_error("last_config_refused", LOG_STRING("reason", why.message));
    return true;
}

static bool
open_ports(struct program *program, struct error *err)
{
    if (!callers_server_start(program->arena, &program->gateway, &program->options, err))
        return error_context(err, "--listen");
    if (!admin_start(program->arena, &program->admin, &program->options.admin, &program->admin_server, err))
        return error_context(err, "--admin");
    return true;
}

static void
on_drained(void *owner)
{
    struct program *program = owner;
    log_info("drained");
    loop_stop(program->gateway.site.loop);
}

static void
on_stop_signal(void *owner, int number)
{
    struct program *program = owner;
    if (program->gateway.is_draining) {
        loop_stop(program->gateway.site.loop); /* asked twice: now */
        return;
    }
    program->gateway.is_draining = true;
    log_info("draining", LOG_INT("signal", number),
             LOG_INT("connections", http_server_connection_count(program->gateway.callers)));
    http_server_drain(program->gateway.callers, program->options.drain_ms, on_drained, program);
}

static void
run(struct program *program)
{
    struct loop *loop = program->gateway.site.loop;
    loop_on_signal(loop, SIGTERM, on_stop_signal, program);
    loop_on_signal(loop, SIGINT, on_stop_signal, program);
    if (program->options.control_path) {
        const struct control_options control = {.socket_path = program->options.control_path,
                                                .state_folder = program->options.state_folder,
                                                .port = http_server_port(program->gateway.callers),
                                                .admin_port = http_server_port(program->admin_server),
                                                .site = &program->site};
        program->control = control_start(program->arena, &program->gateway, &control);
    }
    log_info("serving", LOG_TEXT("workspace", program->gateway.workspace),
             LOG_TEXT("environment", program->gateway.environment),
             LOG_INT("port", http_server_port(program->gateway.callers)),
             LOG_INT("admin_port", http_server_port(program->admin_server)),
             LOG_TEXT("revision", program->gateway.config ? program->gateway.config->revision : TEXT("")));
    loop_run(loop);
}

static void
close_parts(struct program *program)
{
    if (program->control)
        control_close(program->control);
    usage_log_close(program->gateway.usage_log);
    upstream_pool_close(program->gateway.site.pool);
    live_config_unref(program->gateway.config);
}

static int
fail(const struct error *why)
{
    log_error("cannot_start", LOG_STRING("reason", why->message));
    log_flush();
    return EXIT_FAILURE;
}

static int
serve(struct program *program)
{
    struct error why;
    harden();
    build_parts(program);
    if (!open_state(program, &why) || !load_config(program, &why) || !open_ports(program, &why))
        return fail(&why);
    run(program);
    close_parts(program);
    log_flush();
    return EXIT_SUCCESS;
}

static void
print_help(struct arena *arena)
{
    struct buffer help;
    buffer_init(&help, arena, 4096);
    gateway_options_print_help(&help);
    fwrite(help.bytes, 1, help.length, stdout);
}

int
main(int argument_count, char **arguments)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct program *program = arena_alloc(arena, sizeof(*program));
    struct error why;
    log_configure(STDERR_FILENO, LOG_INFO, "weir-gateway");
    program->arena = arena;
    if (!gateway_options_parse(arena, argument_count, arguments, &program->options, &why)) {
        fprintf(stderr, "weir-gateway: %s\n", why.message);
        return EXIT_WRONG_USE;
    }
    if (program->options.wants_help)
        print_help(arena);
    else if (program->options.wants_version)
        printf("weir-gateway %s\n", WEIR_VERSION);
    else
        return serve(program);
    return EXIT_SUCCESS;
}
