/* A table of flags, read once. No environment variables: what a process does is in its command line. */
#include "gateway/gateway_options.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/flags.h"
#include "lib/net/tcp_socket.h"

enum { LINGER_UNSAID = -1, POD_LINGER_MS = 10000 };

static bool parse_address(struct arena *arena, struct text value, void *out_member, struct error *err);

#define MEMBER(NAME) offsetof(struct gateway_options, NAME)
/* clang-format off */
static const struct flag known[] = {
    {"--workspace",     FLAG_TEXT,    MEMBER(workspace),         "NAME",      "whose gateway this is"},
    {"--environment",   FLAG_TEXT,    MEMBER(environment),       "NAME",      "of which environment"},
    {"--name",          FLAG_TEXT,    MEMBER(name),              "NAME",      "this process, in usage records (default: gateway)"},
    {"--control",       FLAG_PATH,    MEMBER(control),           "ADDRESS",   "where configs come from: the operator's socket, or wss://HOST:PORT with:"},
    {"--control-cert",  FLAG_PATH,    MEMBER(control_certificate), "FILE",    "our certificate towards the operator (PEM; read at each dial)"},
    {"--control-key",   FLAG_PATH,    MEMBER(control_key),       "FILE",      "its key (PEM)"},
    {"--control-ca",    FLAG_PATH,    MEMBER(control_ca),        "FILE",      "who signs the operator's certificate (PEM)"},
    {"--ledger",        FLAG_PATH,    MEMBER(ledger),            "ADDRESS",   "where usage records go: the ledger's socket, or wss://HOST:PORT with the same certificate"},
    {"--credentials",   FLAG_PATH,    MEMBER(credentials_folder), "DIR",      "where provider keys that the operator sends are written: in memory, ours alone"},
    {"--config",        FLAG_PATH,    MEMBER(config_path),       "FILE",      "a fixed config instead of an operator (tests, benchmarks)"},
    {"--state",         FLAG_PATH,    MEMBER(state_folder),      "DIR",       "where the journal and the last good config are kept"},
    {"--listen",        FLAG_PARSED, MEMBER(listen),            "ADDR:PORT", "where callers come in"},
    {"--admin",         FLAG_PARSED, MEMBER(admin),             "ADDR:PORT", "where /healthz, /readyz and /metrics are"},
    {"--tls-listen",    FLAG_PARSED, MEMBER(tls_listen),        "ADDR:PORT", "where callers come in by TLS, so that --listen stays plain"},
    {"--tls-cert",      FLAG_PATH,    MEMBER(tls_certificate),   "FILE",      "certificate chain for --tls-listen, without it for --listen (PEM)"},
    {"--tls-key",       FLAG_PATH,    MEMBER(tls_key),           "FILE",      "its key (PEM)"},
    {"--drain-seconds", FLAG_SECONDS, MEMBER(drain_ms),          "N",         "how long calls may finish after SIGTERM (default: 600)"},
    {"--linger-seconds", FLAG_SECONDS, MEMBER(linger_ms),        "N",         "how long new calls are still taken after SIGTERM, when nobody should send any (default: 10 with wss://, else 0)"},
    {"--access-log",    FLAG_ON_OFF,  MEMBER(writes_access_log), "on|off",    "one JSON line a call on stderr, without prompts (default: on)"},
    {"--version",       FLAG_SWITCH,  MEMBER(wants_version),     "",          "print the version"},
    {"--help",          FLAG_SWITCH,  MEMBER(wants_help),        "",          "print this"},
};
/* clang-format on */
static const struct flag_table flags = {known, COUNT_OF(known), parse_address};

static bool
parse_address(struct arena *arena, struct text value, void *out_member, struct error *err)
{
    struct gateway_address *out = out_member;
    struct text host;
    int port;
    if (!tcp_socket_cut_port(value, &host, &port))
        return error_set(err, ERROR_INVALID, "%.*s is not ADDR:PORT, like 127.0.0.1:8080 or [::1]:8080",
                         TEXT_ARG(value));
    *out = (struct gateway_address){text_c_string(arena, text_is_empty(host) ? TEXT("0.0.0.0") : host), port};
    return true;
}

static bool
is_remote(const struct gateway_options *options)
{
    return options->control && text_starts_with(text_of(options->control), TEXT("wss://"));
}

static bool
check(const struct gateway_options *options, struct error *err)
{
    if (options->wants_help || options->wants_version)
        return true;
    if (!options->config_path == !options->control)
        return error_set(err, ERROR_INVALID,
                         "give one of --control (an operator) and --config (a fixed file)");
    if (options->control && (text_is_empty(options->workspace) || text_is_empty(options->environment)))
        return error_set(err, ERROR_INVALID, "--control needs --workspace and --environment");
    if (is_remote(options) && !(options->control_certificate && options->control_key && options->control_ca))
        return error_set(err, ERROR_INVALID,
                         "--control wss:// needs --control-cert, --control-key and --control-ca");
    if (!options->state_folder)
        return error_set(err, ERROR_INVALID, "--state is missing: where shall the journal be kept?");
    if (!options->listen.host || !options->admin.host)
        return error_set(err, ERROR_INVALID, "--listen and --admin are needed, as ADDR:PORT");
    if (!options->tls_certificate != !options->tls_key)
        return error_set(err, ERROR_INVALID, "--tls-cert and --tls-key go together");
    if (options->tls_listen.host && !options->tls_certificate)
        return error_set(err, ERROR_INVALID, "--tls-listen needs --tls-cert and --tls-key");
    return true;
}

bool
gateway_options_parse(struct arena *arena, char **arguments, struct gateway_options *out_options,
                      struct error *err)
{
    struct gateway_options options = {
        .name = TEXT("gateway"), .drain_ms = 600000, .linger_ms = LINGER_UNSAID, .writes_access_log = true};
    if (!flags_parse(arena, &flags, arguments, &options, err))
        return false;
    if (!check(&options, err))
        return false;
    if (options.linger_ms == LINGER_UNSAID)
        options.linger_ms = is_remote(&options) ? POD_LINGER_MS : 0;
    *out_options = options;
    return true;
}

void
gateway_options_print_help(struct buffer *out)
{
    buffer_add_string(
        out, "weir-gateway: serves the AI calls of one environment by the config its operator pushes.\n\n");
    flags_print_help(&flags, out);
    buffer_add_string(out, "\nExample:\n"
                           "  weir-gateway --workspace demo --environment dev --name demo-dev-0 \\\n"
                           "      --control .weir/control.sock --state .weir/gateway/demo-dev \\\n"
                           "      --listen 127.0.0.1:8080 --admin 127.0.0.1:9080\n");
}
