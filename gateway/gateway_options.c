/* A table of flags, read once. No environment variables: what a process does is in its command line. */
#include "gateway/gateway_options.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"

enum option_kind { OPTION_TEXT, OPTION_PATH, OPTION_ADDRESS, OPTION_SECONDS, OPTION_ON_OFF, OPTION_FLAG };

struct option {
    const char *name;
    enum option_kind kind;
    size_t offset;
    const char *value; /* what it is called in the help */
    const char *doc;
};

enum { MOST_DRAIN_SECONDS = 86400, MOST_PORT = 65535 };

#define MEMBER(NAME) offsetof(struct gateway_options, NAME)
/* clang-format off */
static const struct option known[] = {
    {"--workspace",     OPTION_TEXT,    MEMBER(workspace),         "NAME",      "whose gateway this is"},
    {"--environment",   OPTION_TEXT,    MEMBER(environment),       "NAME",      "of which environment"},
    {"--name",          OPTION_TEXT,    MEMBER(name),              "NAME",      "this process, in usage records (default: gateway)"},
    {"--control",       OPTION_PATH,    MEMBER(control_path),      "SOCKET",    "the operator's control socket, where configs come from"},
    {"--config",        OPTION_PATH,    MEMBER(config_path),       "FILE",      "a fixed config instead of an operator (tests, benchmarks)"},
    {"--state",         OPTION_PATH,    MEMBER(state_folder),      "DIR",       "where the journal and the last good config are kept"},
    {"--listen",        OPTION_ADDRESS, MEMBER(listen),            "ADDR:PORT", "where callers come in"},
    {"--admin",         OPTION_ADDRESS, MEMBER(admin),             "ADDR:PORT", "where /healthz, /readyz and /metrics are"},
    {"--tls-cert",      OPTION_PATH,    MEMBER(tls_certificate),   "FILE",      "certificate chain for --listen (PEM)"},
    {"--tls-key",       OPTION_PATH,    MEMBER(tls_key),           "FILE",      "its key (PEM)"},
    {"--drain-seconds", OPTION_SECONDS, MEMBER(drain_ms),          "N",         "how long calls may finish after SIGTERM (default: 600)"},
    {"--access-log",    OPTION_ON_OFF,  MEMBER(writes_access_log), "on|off",    "one JSON line a call on stderr, without prompts (default: on)"},
    {"--version",       OPTION_FLAG,    MEMBER(wants_version),     "",          "print the version"},
    {"--help",          OPTION_FLAG,    MEMBER(wants_help),        "",          "print this"},
};
/* clang-format on */

static bool
parse_address(struct arena *arena, struct text value, struct gateway_address *out, struct error *err)
{
    size_t colon = value.length;
    while (colon > 0 && value.bytes[colon - 1] != ':')
        colon--;
    uint64_t port;
    if (colon == 0 || !parse_uint64(text_slice(value, colon, value.length), MOST_PORT, &port))
        return error_set(err, ERROR_INVALID, "%.*s is not ADDR:PORT, like 127.0.0.1:8080 or [::1]:8080",
                         TEXT_ARG(value));

    struct text host = text_slice(value, 0, colon - 1);
    if (host.length > 1 && host.bytes[0] == '[' && text_ends_with(host, TEXT("]")))
        host = text_slice(host, 1, host.length - 1);
    *out = (struct gateway_address){text_c_string(arena, text_is_empty(host) ? TEXT("0.0.0.0") : host),
                                    (int)port};
    return true;
}

static bool
set_seconds(struct text value, int64_t *out_ms, struct error *err)
{
    uint64_t seconds;
    if (!parse_uint64(value, MOST_DRAIN_SECONDS, &seconds))
        return error_set(err, ERROR_INVALID, "%.*s is not a number of seconds up to %d", TEXT_ARG(value),
                         MOST_DRAIN_SECONDS);
    *out_ms = (int64_t)seconds * 1000;
    return true;
}

static bool
set_on_off(struct text value, bool *out_flag, struct error *err)
{
    *out_flag = text_equals(value, TEXT("on"));
    return *out_flag || text_equals(value, TEXT("off")) ||
           error_set(err, ERROR_INVALID, "%.*s is neither on nor off", TEXT_ARG(value));
}

static bool
set_option(struct arena *arena, const struct option *option, struct text value,
           struct gateway_options *options, struct error *err)
{
    void *place = (char *)options + option->offset;
    switch (option->kind) {
    case OPTION_TEXT:
        *(struct text *)place = value;
        return true;
    case OPTION_PATH:
        *(const char **)place = text_c_string(arena, value);
        return true;
    case OPTION_ADDRESS:
        return parse_address(arena, value, place, err);
    case OPTION_SECONDS:
        return set_seconds(value, place, err);
    case OPTION_ON_OFF:
        return set_on_off(value, place, err);
    case OPTION_FLAG:
        *(bool *)place = true;
        return true;
    }
    return false;
}

static const struct option *
find_option(struct text name)
{
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (text_equals(name, text_of(known[i].name)))
            return &known[i];
    return NULL;
}

static bool
check(const struct gateway_options *options, struct error *err)
{
    if (options->wants_help || options->wants_version)
        return true;
    if (!options->config_path == !options->control_path)
        return error_set(err, ERROR_INVALID,
                         "give one of --control (an operator) and --config (a fixed file)");
    if (options->control_path && (text_is_empty(options->workspace) || text_is_empty(options->environment)))
        return error_set(err, ERROR_INVALID, "--control needs --workspace and --environment");
    if (!options->state_folder)
        return error_set(err, ERROR_INVALID, "--state is missing: where shall the journal be kept?");
    if (!options->listen.host || !options->admin.host)
        return error_set(err, ERROR_INVALID, "--listen and --admin are needed, as ADDR:PORT");
    if (!options->tls_certificate != !options->tls_key)
        return error_set(err, ERROR_INVALID, "--tls-cert and --tls-key go together");
    return true;
}

bool
gateway_options_parse(struct arena *arena, int count, char **arguments, struct gateway_options *out_options,
                      struct error *err)
{
    struct gateway_options options = {.name = TEXT("gateway"), .drain_ms = 600000, .writes_access_log = true};
    for (int i = 1; i < count; i++) {
        struct text rest = text_of(arguments[i]);
        struct text name = text_cut(&rest, '=');
        const struct option *option = find_option(name);
        if (!option)
            return error_set(err, ERROR_INVALID, "%.*s is not an option (see --help)", TEXT_ARG(name));
        bool takes_next = option->kind != OPTION_FLAG && !rest.bytes;
        if (takes_next && i + 1 == count)
            return error_set(err, ERROR_INVALID, "%s needs a value: %s", option->name, option->value);
        if (takes_next)
            rest = text_of(arguments[++i]);
        if (!set_option(arena, option, rest, &options, err))
            return error_context(err, "%s", option->name);
    }
    if (!check(&options, err))
        return false;
    *out_options = options;
    return true;
}

void
gateway_options_print_help(struct buffer *out)
{
    buffer_add_string(
        out, "weir-gateway: serves the AI calls of one environment by the config its operator pushes.\n\n");
    for (size_t i = 0; i < COUNT_OF(known); i++)
        buffer_print(out, "  %-16s%-10s %s\n", known[i].name, known[i].value, known[i].doc);
    buffer_add_string(out, "\nExample:\n"
                           "  weir-gateway --workspace demo --environment dev --name demo-dev-0 \\\n"
                           "      --control .weir/control.sock --state .weir/gateway/demo-dev \\\n"
                           "      --listen 127.0.0.1:8080 --admin 127.0.0.1:9080\n");
}
