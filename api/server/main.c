/* weir-api: wires the ledger, the stream that gateways bring their records on, and what people ask. */
#include <signal.h>
#include <sys/prctl.h>

#include "api/server/alert_sender.h"
#include "api/server/audit_keeper.h"
#include "api/server/audit_writer.h"
#include "api/server/call_survey.h"
#include "api/server/checkpoint_signer.h"
#include "api/server/ledger/ledger.h"
#include "api/server/ledger/ledger_connections.h"
#include "api/server/ledger_server.h"
#include "api/server/ledger_sweeper.h"
#include "api/server/options.h"
#include "api/server/rest_ports.h"
#include "api/server/served_identity.h"
#include "api/types/ledger_frames.h"
#include "api/types/price_card.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/net/admin_port.h"
#include "lib/net/loop.h"
#include "lib/net/tcp_socket.h"
#include "lib/schema/settings.h"
#include "lib/sql/sql.h"

enum {
    EXIT_WRONG_USE = 2,
    MOST_URL_BYTES = 4096,
    STOP_MS = 5000,
    MOST_QUEUED = 8 * LEDGER_MAX_QUESTIONS, /* works of all streams: beyond, a gateway asks again */
};

struct program {
    struct arena *arena;
    struct server_options options;
    struct loop *loop;
    struct metrics *metrics;
    struct ledger_connections connections;
    struct ledger *ledger;
    struct ledger_server *gateways; /* NULL before the ledger is open */
    struct call_surveys *surveys;
    const struct price_card *card;         /* NULL: pods have no price */
    struct audit_writer *audit;            /* NULL likewise */
    struct alert_sender *alerts;           /* NULL likewise */
    struct checkpoint_signer *checkpoints; /* NULL: none are made */
    struct loop_timer *stop;               /* when the audit log has no more time to be finished */
    int rest_port;                         /* 0: not over TCP */
    struct admin_answers admin;
    struct http_server *admin_server;
    bool has_failed;
};

static bool
read_database_url(struct program *program, struct error *err)
{
    struct text url;
    if (!program->options.database_file)
        return true;
    if (!file_read(program->arena, program->options.database_file, MOST_URL_BYTES, &url, err))
        return error_context(err, "--database-file");
    program->options.database = text_trim(url);
    return true;
}

static bool
is_ready(void *owner, struct arena *arena, struct text *out_words)
{
    struct program *program = owner;
    struct error why;
    *out_words = TEXT("ready\n");
    if (!program->gateways)
        *out_words = TEXT("opening the ledger\n");
    else if (!ledger_connections_are_ready(&program->connections, &why))
        *out_words = text_format(arena, "%s\n", why.message);
    else
        return true;
    return false;
}

static void
print_metrics(void *owner, struct arena *arena, struct buffer *text)
{
    (void)arena;
    struct program *program = owner;
    metrics_print(program->metrics, text);
}

static bool
open_admin(struct program *program, struct error *err)
{
    struct text host;
    int port;
    if (!program->options.admin)
        return true;
    if (!tcp_socket_cut_port(text_of(program->options.admin), &host, &port))
        return error_set(err, ERROR_INVALID, "--admin: %s is not ADDR:PORT", program->options.admin);
    const struct admin_place place = {program->loop, text_c_string(program->arena, host), port};
    program->admin =
        (struct admin_answers){.is_ready = is_ready, .print_metrics = print_metrics, .owner = program};
    return admin_port_open(program->arena, &place, &program->admin, &program->admin_server, err) ||
           error_context(err, "--admin");
}

static bool
on_identity(void *owner, const struct websocket_server_identity *identity, struct error *err)
{
    struct program *program = owner;
    return ledger_server_use_identity(program->gateways, identity, err);
}

static bool
read_identity(struct program *program, struct websocket_server_identity *out, struct error *err)
{
    const struct server_options *options = &program->options;
    if (!options->usage_listen)
        return true;
    const struct served_identity_options files = {.loop = program->loop,
                                                  .certificate = options->usage_certificate,
                                                  .key = options->usage_key,
                                                  .client_ca = options->usage_ca,
                                                  .on_change = on_identity,
                                                  .owner = program};
    struct served_identity *identity = NULL;
    if (!served_identity_open(program->arena, &files, &identity, err))
        return false;
    *out = served_identity_texts(identity);
    return true;
}

static bool
can_answer(void *owner)
{
    struct program *program = owner;
    return sql_is_ready(program->connections.questions, NULL);
}

static bool
start_rest(struct program *program, struct error *err)
{
    const struct rest_ports_options options = {
        {program->loop, program->ledger, program->surveys, can_answer, program}, &program->options};
    return rest_ports_open(program->arena, &options, &program->rest_port, err);
}

static void
on_chained(void *owner)
{
    struct program *program = owner;
    if (program->checkpoints)
        checkpoint_signer_wake(program->checkpoints);
}

static bool
start_audit(struct program *program, struct error *err)
{
    const struct audit_writer_options writer = {program->loop, program->ledger, program->metrics, on_chained,
                                                program};
    const struct checkpoint_signer_options signer = {program->loop,
                                                     program->ledger,
                                                     program->metrics,
                                                     program->options.audit_checkpoints,
                                                     program->options.audit_key,
                                                     program->options.audit_former_keys};
    if (signer.folder && !checkpoint_signer_start(program->arena, &signer, &program->checkpoints, err))
        return false;
    program->audit = audit_writer_start(program->arena, &writer);
    const struct audit_keeper_options keeper = {program->loop, program->ledger, program->audit,
                                                program->checkpoints, program->options.audit_keep_days};
    if (keeper.days > 0)
        audit_keeper_start(program->arena, &keeper);
    return true;
}

static void
on_alerts(void *owner)
{
    struct program *program = owner;
    ledger_server_tell_alerts(program->gateways);
}

/* Before anything is served: a card that cannot be read is no card at all. */
static bool
read_price_card(struct program *program, struct error *err)
{
    struct price_card *card = arena_alloc(program->arena, sizeof(*card));
    if (!program->options.price_card)
        return true;
    if (!settings_read(program->arena, &price_card_schema, program->options.price_card, card, err))
        return error_context(err, "--price-card");
    program->card = card;
    return true;
}

static bool
start_serving(struct program *program, struct error *err)
{
    const struct alert_sender_options alerts = {.loop = program->loop,
                                                .ledger = program->ledger,
                                                .metrics = program->metrics,
                                                .on_made = on_alerts,
                                                .owner = program,
                                                .key_file = program->options.alert_key};
    if (!start_audit(program, err) || !alert_sender_start(program->arena, &alerts, &program->alerts, err))
        return false;
    struct ledger_server_options gateways = {.loop = program->loop,
                                             .ledger = program->ledger,
                                             .metrics = program->metrics,
                                             .audit = program->audit,
                                             .surveys = program->surveys,
                                             .card = program->card,
                                             .alerts = program->alerts,
                                             .unix_path = program->options.usage_socket,
                                             .listen = program->options.usage_listen};
    return read_identity(program, &gateways.identity, err) &&
           ledger_server_start(program->arena, &gateways, &program->gateways, err) &&
           start_rest(program, err);
}

static void
on_ledger_open(void *owner, const struct ledger_outcome *outcome)
{
    struct program *program = owner;
    struct error why = outcome->why;
    if (outcome->end == LEDGER_DONE && start_serving(program, &why)) {
        const struct ledger_sweeper_options sweeper = {program->loop, program->ledger, program->metrics,
                                                       program->alerts, program->options.alert_keep_days};
        ledger_sweeper_start(program->arena, &sweeper);
        log_info("serving", LOG_INT("usage_port", ledger_server_port(program->gateways)),
                 LOG_INT("rest_port", program->rest_port));
        return;
    }
    log_error("cannot_start", LOG_STRING("reason", why.message));
    program->has_failed = true;
    loop_stop(program->loop);
}

static void
stop(void *owner)
{
    struct program *program = owner;
    loop_stop(program->loop);
}

static void
sign_and_stop(void *owner)
{
    struct program *program = owner;
    if (program->checkpoints)
        checkpoint_signer_finish(program->checkpoints, stop, program);
    else
        stop(program);
}

/* What was said until now is chained and signed first, as far as that is quick; a second signal does not
 * wait.
 */
static void
on_stop_signal(void *owner, int number)
{
    struct program *program = owner;
    log_info("stopping", LOG_INT("signal", number));
    if (!program->audit || loop_timer_is_running(program->stop)) {
        stop(program);
        return;
    }
    loop_timer_start(program->stop, STOP_MS);
    audit_writer_finish(program->audit, sign_and_stop, program);
}

static bool
prepare(struct program *program, struct error *err)
{
    program->loop = loop_new(program->arena);
    program->metrics = metrics_new(program->arena);
    program->surveys = call_surveys_new(program->arena, program->loop);
    program->stop = loop_timer_new(program->loop, program->arena, stop, program);
    loop_on_signal(program->loop, SIGTERM, on_stop_signal, program);
    loop_on_signal(program->loop, SIGINT, on_stop_signal, program);
    if (!read_database_url(program, err) || !read_price_card(program, err))
        return false;
    const struct sql_options database = {
        .loop = program->loop, .url = program->options.database, .max_queued = MOST_QUEUED};
    return ledger_connections_open(program->arena, &database, &program->connections, err) &&
           open_admin(program, err);
}

static int
serve(struct program *program)
{
    struct error why;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* a core would show the database's password */
    if (program->options.ends_with_parent)
        prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    program->has_failed = !prepare(program, &why);
    if (program->has_failed) {
        log_error("cannot_start", LOG_STRING("reason", why.message));
    } else {
        program->ledger =
            ledger_open(program->arena, program->loop, &program->connections, on_ledger_open, program);
        loop_run(program->loop);
    }
    if (program->gateways)
        ledger_server_close(program->gateways);
    log_flush();
    return program->has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void
print_help(struct arena *arena)
{
    struct buffer help;
    buffer_init(&help, arena, 4096);
    server_options_print_help(&help);
    fwrite(help.bytes, 1, help.length, stdout);
}

int
main(int count, char **arguments)
{
    (void)count;
    scoped_arena struct arena *arena = arena_new(0);
    struct program *program = arena_alloc(arena, sizeof(*program));
    struct error why;
    log_configure(STDERR_FILENO, LOG_INFO, "weir-api");
    program->arena = arena;
    if (!server_options_parse(arena, arguments, &program->options, &why)) {
        fprintf(stderr, "weir-api: %s\n", why.message);
        return EXIT_WRONG_USE;
    }
    if (program->options.wants_help)
        print_help(arena);
    else if (program->options.wants_version)
        puts("weir-api " WEIR_VERSION);
    else
        return serve(program);
    return EXIT_SUCCESS;
}
