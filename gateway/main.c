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
#include "gateway/credentials.h"
#include "gateway/decide/budget_tally.h"
#include "gateway/decide/idempotency.h"
#include "gateway/decide/limiter.h"
#include "gateway/gateway.h"
#include "gateway/gateway_options.h"
#include "gateway/heard_keys.h"
#include "gateway/ledger_link.h"
#include "gateway/lender.h"
#include "gateway/live_config.h"
#include "gateway/metrics/call_metrics.h"
#include "gateway/metrics/process_metrics.h"
#include "gateway/recaller.h"
#include "gateway/running_calls.h"
#include "gateway/usage_log.h"
#include "gateway/usage_shipper.h"
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
    struct control *control;    /* NULL with a fixed config */
    struct ledger_link *ledger; /* NULL: records stay in the journal */
    struct heard_keys *keys;
    struct usage_shipper *shipper; /* NULL as that */
    const char *journal_folder;
    struct loop_timer *linger;
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
    const char *credentials = program->options.credentials_folder;
    if (credentials && !credentials_open(credentials, err))
        return error_context(err, "keeping credentials in %s (--credentials)", credentials);
    program->journal_folder =
        text_c_string(program->arena, text_format(program->arena, "%s/journal", folder));
    if (!file_make_folders(program->journal_folder, 0700, err) ||
        !usage_log_open(program->arena, program->gateway.site.loop, program->journal_folder,
                        &program->gateway.usage_log, err))
        return error_context(err, "keeping state in %s (choose another folder with --state)", folder);
    call_metrics_count_lost(program->gateway.call_metrics, usage_log_lost_count(program->gateway.usage_log));
    struct error why;
    program->gateway.keys = program->keys = heard_keys_new(program->arena, folder);
    if (!heard_keys_load(program->keys, &why))
        log_error("last_keys_refused", LOG_STRING("reason", why.message));
    return true;
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
    gateway->idempotency = idempotency_new(program->arena, &idempotency_limits);
    gateway->limiter = limiter_new(program->arena);
    gateway->workspace = program->options.workspace;
    gateway->environment = program->options.environment;
    gateway->name = program->options.name;
    gateway->writes_access_log = program->options.writes_access_log;

    program->admin.gateway = gateway;
    program->admin.metrics = metrics_new(program->arena);
    program->admin.process_metrics =
        process_metrics_new(program->arena, program->admin.metrics, clock_unix_ms());
    gateway->tally = budget_tally_new(program->arena);
    gateway->lender = lender_new(program->arena, gateway->site.loop, program->admin.metrics);
    gateway->call_metrics = call_metrics_new(program->arena, program->admin.metrics, TEXT(WEIR_VERSION));
    program->site = (struct live_config_site){.arena = program->arena,
                                              .pool = gateway->site.pool,
                                              .health = book_new(program->arena),
                                              .tls_contexts = map_new(program->arena),
                                              .credentials = program->options.credentials_folder};
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
        return false;
    if (!admin_start(program->arena, &program->admin, &program->options.admin, &program->admin_server, err))
        return error_context(err, "--admin");
    return true;
}

static void
on_given_back(void *owner)
{
    struct program *program = owner;
    loop_stop(program->gateway.site.loop);
}

/* No call runs any more: what is on loan is of no use here, and of some to others. */
static void
on_drained(void *owner)
{
    struct program *program = owner;
    log_info("drained");
    lender_finish(program->gateway.lender, on_given_back, program);
}

/* Not ready any more, but for a while calls still come: who sends them hears of it later than we do. */
static void
drain(void *owner)
{
    struct program *program = owner;
    callers_server_drain(program->arena, &program->gateway, program->options.drain_ms, on_drained, program);
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
    log_info("draining", LOG_INT("signal", number), LOG_MS("linger", program->options.linger_ms),
             LOG_INT("connections", callers_server_connection_count(&program->gateway)));
    if (program->options.linger_ms > 0)
        loop_timer_start(program->linger, program->options.linger_ms);
    else
        drain(program);
}

static void
start_ledger(struct program *program)
{
    const struct gateway_options *options = &program->options;
    const struct ledger_link_options link = {
        .address = options->ledger,
        .files = {options->control_certificate, options->control_key, options->control_ca}};
    program->ledger = ledger_link_start(program->arena, &program->gateway, &link);
    const struct usage_shipper_options shipper = {.link = program->ledger,
                                                  .journal_folder = program->journal_folder,
                                                  .metrics = program->admin.metrics};
    program->shipper = usage_shipper_start(program->arena, &program->gateway, &shipper);
    lender_use_ledger(program->gateway.lender, program->ledger);
    running_calls_serve(program->arena, &program->gateway, program->ledger);
    program->gateway.recaller =
        recaller_start(program->arena, &program->gateway, program->ledger, program->admin.metrics);
    heard_keys_use_ledger(program->keys, program->ledger);
}

static void
run(struct program *program)
{
    struct loop *loop = program->gateway.site.loop;
    program->linger = loop_timer_new(loop, program->arena, drain, program);
    loop_on_signal(loop, SIGTERM, on_stop_signal, program);
    loop_on_signal(loop, SIGINT, on_stop_signal, program);
    const struct gateway_options *options = &program->options;
    if (options->control) {
        const struct control_options control = {
            .address = options->control,
            .files = {options->control_certificate, options->control_key, options->control_ca},
            .state_folder = options->state_folder,
            .credentials_folder = options->credentials_folder,
            .port = http_server_port(program->gateway.callers),
            .admin_port = http_server_port(program->admin_server),
            .site = &program->site};
        program->control = control_start(program->arena, &program->gateway, &control);
    }
    if (options->ledger)
        start_ledger(program);
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
    if (program->ledger) {
        ledger_link_close(program->ledger);
        usage_shipper_close(program->shipper);
    }
    if (program->gateway.usage_log)
        usage_log_close(program->gateway.usage_log);
    upstream_pool_close(program->gateway.site.pool);
    live_config_unref(program->gateway.config);
}

static int
serve(struct program *program)
{
    struct error why;
    harden();
    build_parts(program);
    bool can_serve = open_state(program, &why) && load_config(program, &why) && open_ports(program, &why);
    if (can_serve)
        run(program);
    else
        log_error("cannot_start", LOG_STRING("reason", why.message));
    close_parts(program);
    log_flush();
    return can_serve ? EXIT_SUCCESS : EXIT_FAILURE;
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
    (void)argument_count;
    scoped_arena struct arena *arena = arena_new(0);
    struct program *program = arena_alloc(arena, sizeof(*program));
    struct error why;
    log_configure(STDERR_FILENO, LOG_INFO, "weir-gateway");
    program->arena = arena;
    if (!gateway_options_parse(arena, arguments, &program->options, &why)) {
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
