/* A table of flags, read once. No environment variables: what a process does is in its command line, but for
 * a password, which is in a file. */
#include "api/server/options.h"

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/flags.h"
#include "lib/base/parse.h"

#define MEMBER(NAME) offsetof(struct server_options, NAME)
/* clang-format off */
static const struct flag known[] = {
    {"--database",      FLAG_TEXT,   MEMBER(database),          "URL",       "sqlite:/path/to/file or postgresql://user@host/name"},
    {"--database-file", FLAG_PATH,   MEMBER(database_file),     "FILE",      "holds that URL, for one with a password in it"},
    {"--usage-socket",  FLAG_PATH,   MEMBER(usage_socket),      "PATH",      "unix socket where gateways of this machine bring their records and are lent from budgets, and the operator says which there are"},
    {"--usage-listen",  FLAG_PATH,   MEMBER(usage_listen),      "ADDR:PORT", "where those of a cluster do, by mutual TLS with:"},
    {"--usage-cert",    FLAG_PATH,   MEMBER(usage_certificate), "FILE",      "our certificate towards them (PEM; these three are followed)"},
    {"--usage-key",     FLAG_PATH,   MEMBER(usage_key),         "FILE",      "its key (PEM)"},
    {"--usage-ca",      FLAG_PATH,   MEMBER(usage_ca),          "FILE",      "who signs their certificates (PEM)"},
    {"--rest-socket",   FLAG_PATH,   MEMBER(rest_socket),       "PATH",      "unix socket where people of this machine ask"},
    {"--rest-listen",   FLAG_PATH,   MEMBER(rest_listen),       "ADDR:PORT", "where others ask, who show a bearer token that one of the ways below knows"},
    {"--rest-cert",     FLAG_PATH,   MEMBER(rest_certificate),  "FILE",      "TLS there: our certificate (PEM; followed, as is the key)"},
    {"--rest-key",      FLAG_PATH,   MEMBER(rest_key),          "FILE",      "its key (PEM)"},
    {"--rest-token-file", FLAG_PATH, MEMBER(rest_token),        "FILE",      "a token whose holder sees all: 256 random bits as base64url, mode 0600"},
    {"--rest-kubernetes", FLAG_PATH, MEMBER(rest_kubernetes),   "URL",       "an API server: its users see what is of the Workspaces that they may get, or all if they may list them"},
    {"--rest-account",  FLAG_PATH,   MEMBER(rest_account),      "DIR",       "who we are there: token and ca.crt of a ServiceAccount that may create tokenreviews and subjectaccessreviews"},
    {"--rest-oidc",     FLAG_PATH,   MEMBER(rest_oidc),         "FILE",      "an identity provider: issuer, audience, keys, and which groups see which workspaces (YAML)"},
    {"--audit-checkpoints", FLAG_PATH, MEMBER(audit_checkpoints), "DIR",     "where the audit log's signed checkpoints are kept: not where who can write the database can"},
    {"--audit-key",     FLAG_PATH,   MEMBER(audit_key),         "FILE",      "what they are signed with (weir audit key --new); DIR/key.pem, made when it is not there"},
    {"--audit-former-keys", FLAG_PATH, MEMBER(audit_former_keys), "FILE",    "public keys that they were signed with before, 15 at most (PEM): what those signed is believed"},
    {"--audit-keep-days", FLAG_TEXT, MEMBER(audit_keep),        "DAYS",      "what rows of the audit log say is taken out after so long; their hashes stay"},
    {"--alert-key-file", FLAG_PATH,  MEMBER(alert_key),         "FILE",      "what webhooks' messages are signed with: whsec_ and base64, as Standard Webhooks has it; without it they are not signed"},
    {"--alert-keep-days", FLAG_TEXT, MEMBER(alert_keep),        "DAYS",      "how long alerts are kept: 400, and 62 at least, for while one is kept it is not told again"},
    {"--price-card",    FLAG_PATH,   MEMBER(price_card),        "FILE",      "what pods cost: usdPerCoreHour, usdPerGiBHour, devices: [{resource, usdPerHour}] (YAML); without it they have no price"},
    {"--admin",         FLAG_PATH,   MEMBER(admin),             "ADDR:PORT", "where /healthz, /readyz and /metrics are"},
    {"--with-parent",   FLAG_SWITCH, MEMBER(ends_with_parent),  "",          "end when the program that started this one does"},
    {"--version",       FLAG_SWITCH, MEMBER(wants_version),     "",          "print the version"},
    {"--help",          FLAG_SWITCH, MEMBER(wants_help),        "",          "print this"},
};
/* clang-format on */
static const struct flag_table flags = {.flags = known, .count = COUNT_OF(known)};

enum { MOST_DAYS = 36500 };
/* Alerts of windows that records may still come in for are kept: of a month, and of the one before it. */
enum { USUAL_ALERT_DAYS = 400, LEAST_ALERT_DAYS = 62 };

static bool check(const struct server_options *options, struct error *err);
static bool check_rest(const struct server_options *options, struct error *err);
static bool read_all_days(struct server_options *options, struct error *err);
static bool read_days(struct text given, int64_t least, int64_t *out_days, struct error *err);

bool
server_options_parse(struct arena *arena, char **arguments, struct server_options *out_options,
                     struct error *err)
{
    struct server_options options = {0};
    if (!flags_parse(arena, &flags, arguments, &options, err) || !check(&options, err) ||
        !read_all_days(&options, err))
        return false;
    *out_options = options;
    return true;
}

void
server_options_print_help(struct buffer *out)
{
    buffer_add_string(
        out,
        "weir-api: the ledger. Keeps what gateways used, each call once, and answers who spent what.\n\n");
    flags_print_help(&flags, out);
    buffer_add_string(out, "\nExample:\n"
                           "  weir-api --database sqlite:ledger.db --usage-socket ledger.sock \\\n"
                           "      --rest-socket rest.sock --admin 127.0.0.1:9090\n");
}

static bool
check(const struct server_options *options, struct error *err)
{
    if (options->wants_help || options->wants_version)
        return true;
    if (text_is_empty(options->database) == !options->database_file)
        return error_set(err, ERROR_INVALID, "give one of --database and --database-file");
    if (!options->usage_socket && !options->usage_listen)
        return error_set(err, ERROR_INVALID,
                         "give --usage-socket or --usage-listen: where do gateways dial?");
    if (!check_rest(options, err))
        return false;
    if ((options->audit_key || options->audit_former_keys) && !options->audit_checkpoints)
        return error_set(err, ERROR_INVALID, "%s is for checkpoints: give --audit-checkpoints too",
                         options->audit_key ? "--audit-key" : "--audit-former-keys");
    if (options->usage_listen && !(options->usage_certificate && options->usage_key && options->usage_ca))
        return error_set(err, ERROR_INVALID, "--usage-listen needs --usage-cert, --usage-key and --usage-ca");
    return true;
}

static bool
check_rest(const struct server_options *options, struct error *err)
{
    if (options->rest_listen && !options->rest_token && !options->rest_kubernetes && !options->rest_oidc)
        return error_set(err, ERROR_INVALID,
                         "--rest-listen needs --rest-token-file, --rest-kubernetes or --rest-oidc: anybody "
                         "could read who spent what");
    if (!options->rest_certificate != !options->rest_key)
        return error_set(err, ERROR_INVALID, "--rest-cert and --rest-key belong together: give both");
    if (!options->rest_kubernetes != !options->rest_account)
        return error_set(err, ERROR_INVALID,
                         "--rest-kubernetes and --rest-account belong together: give both");
    if (options->rest_kubernetes && !text_starts_with(text_of(options->rest_kubernetes), TEXT("https://")))
        return error_set(err, ERROR_INVALID,
                         "--rest-kubernetes: %s does not begin with https://: tokens are sent there",
                         options->rest_kubernetes);
    return true;
}

/* What is not signed is not taken out. */
static bool
read_all_days(struct server_options *options, struct error *err)
{
    options->alert_keep_days = USUAL_ALERT_DAYS;
    if (!text_is_empty(options->audit_keep) && !options->audit_checkpoints)
        return error_set(err, ERROR_INVALID, "--audit-keep-days needs --audit-checkpoints");
    if (!read_days(options->audit_keep, 1, &options->audit_keep_days, err))
        return error_context(err, "--audit-keep-days");
    return read_days(options->alert_keep, LEAST_ALERT_DAYS, &options->alert_keep_days, err) ||
           error_context(err, "--alert-keep-days");
}

/* As it was when none are given. */
static bool
read_days(struct text given, int64_t least, int64_t *out_days, struct error *err)
{
    int64_t days;
    if (text_is_empty(given))
        return true;
    if (!parse_int64(given, &days) || days < least || days > MOST_DAYS)
        return error_set(err, ERROR_INVALID, "%.*s is not a number of days from %lld to %d", TEXT_ARG(given),
                         (long long)least, MOST_DAYS);
    *out_days = days;
    return true;
}
