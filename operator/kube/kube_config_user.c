/* A kubeconfig's user: a token, a certificate, a password, or a program that knows; and as whom to act. */
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/document/document.h"
#include "lib/net/digest.h"
#include "lib/net/http_headers.h"
#include "operator/kube/kube_config_parts.h"
#include "operator/kube/kube_resource.h"

enum { MOST_ITEMS = 128, EXEC_TIME_LIMIT_MS = 60000 };

static bool read_token(struct arena *arena, const struct kube_config_entry *entry, struct kube_config *config,
                       struct error *err);
static bool read_impersonation(struct arena *arena, const struct kube_config_entry *entry,
                               struct kube_config *config, struct error *err);

static bool
wrong(const struct kube_config_entry *entry, struct error *err, const char *what)
{
    struct text name = utf8_at_most(entry->name, 100);
    return error_set(err, ERROR_INVALID, "%s (user %.*s): %s", entry->file, TEXT_ARG(name), what);
}

bool
kube_config_user(struct arena *arena, const struct kube_config_entry *entry, struct kube_config *config,
                 struct error *err)
{
    const struct document *exec = document_find(entry->content, TEXT("exec"));
    if (document_kind(document_find(entry->content, TEXT("auth-provider"))) != DOCUMENT_NULL)
        return wrong(entry, err, "auth-provider is gone from Kubernetes: use its successor, an exec plugin");
    if (!kube_config_secret(arena, entry, "client-certificate", &config->certificate, err) ||
        !kube_config_secret(arena, entry, "client-key", &config->key, err) ||
        !read_token(arena, entry, config, err) || !read_impersonation(arena, entry, config, err))
        return false;
    bool has_certificate = config->certificate.file || config->certificate.value.length > 0;
    bool has_key = config->key.file || config->key.value.length > 0;
    if (has_certificate != has_key)
        return wrong(entry, err, "client-certificate and client-key belong together");
    return document_kind(exec) != DOCUMENT_MAP || kube_config_exec(arena, entry, exec, &config->exec, err);
}

static bool
read_token(struct arena *arena, const struct kube_config_entry *entry, struct kube_config *config,
           struct error *err)
{
    struct text token_file, username, password;
    if (!kube_config_header_text(entry, "token", &config->token.value, err) ||
        !kube_config_header_text(entry, "tokenFile", &token_file, err) ||
        !kube_config_header_text(entry, "username", &username, err) ||
        !kube_config_header_text(entry, "password", &password, err))
        return false;
    if (token_file.length > 0)
        config->token.file = kube_config_path(arena, entry, token_file);
    if (username.length == 0)
        return true;
    if (config->token.file || config->token.value.length > 0)
        return wrong(entry, err, "a token and a username exclude each other");
    struct text both = text_format(arena, "%.*s:%.*s", TEXT_ARG(username), TEXT_ARG(password));
    config->basic = digest_base64(arena, both.bytes, both.length);
    return true;
}

/* ---- acting as somebody else ---- */

static bool
add_lines(struct buffer *lines, const struct kube_config_entry *entry, struct text header,
          const struct document *values, struct error *err)
{
    if (document_count(values) > MOST_ITEMS)
        return wrong(entry, err, "too many values in as-groups or as-user-extra");
    for (size_t i = 0; i < document_count(values); i++) {
        struct text value = document_text(document_at(values, i));
        if (!http_header_value_is_safe(value))
            return wrong(entry, err, "as-groups or as-user-extra has characters that cannot be sent");
        buffer_print(lines, "%.*s: %.*s\n", TEXT_ARG(header), TEXT_ARG(value));
    }
    return true;
}

static bool
read_impersonation(struct arena *arena, const struct kube_config_entry *entry, struct kube_config *config,
                   struct error *err)
{
    struct text user, uid;
    if (!kube_config_header_text(entry, "as", &user, err) ||
        !kube_config_header_text(entry, "as-uid", &uid, err))
        return false;
    const struct document *groups = document_find(entry->content, TEXT("as-groups"));
    const struct document *extra = document_find(entry->content, TEXT("as-user-extra"));
    if (user.length == 0 && (uid.length > 0 || document_count(groups) > 0 || document_count(extra) > 0))
        return wrong(entry, err, "as-uid, as-groups and as-user-extra need \"as\"");
    if (document_count(extra) > MOST_ITEMS)
        return wrong(entry, err, "too many keys in as-user-extra");
    struct buffer lines;
    buffer_init(&lines, arena, 0);
    if (user.length > 0)
        buffer_print(&lines, "Impersonate-User: %.*s\n", TEXT_ARG(user));
    if (uid.length > 0)
        buffer_print(&lines, "Impersonate-Uid: %.*s\n", TEXT_ARG(uid));
    if (!add_lines(&lines, entry, TEXT("Impersonate-Group"), groups, err))
        return false;
    for (size_t i = 0; i < document_count(extra); i++) {
        struct text key = kube_escape(arena, document_key_at(extra, i));
        struct text header = text_format(arena, "Impersonate-Extra-%.*s", TEXT_ARG(key));
        if (!add_lines(&lines, entry, header, document_value_at(extra, i), err))
            return false;
    }
    config->impersonation = buffer_text(&lines);
    return true;
}

/* ---- a program that knows ---- */

static const char *
program_of(struct arena *arena, const struct kube_config_entry *entry, struct text command)
{
    if (text_find_byte(command, '/') < 0)
        return text_c_string(arena, command); /* found on $PATH */
    return kube_config_path(arena, entry, command);
}

static const char *const *
arguments_of(struct arena *arena, const char *program, const struct document *given)
{
    const char **arguments = arena_alloc_array(arena, document_count(given) + 2, sizeof(*arguments));
    arguments[0] = program;
    for (size_t i = 0; i < document_count(given); i++)
        arguments[i + 1] = text_c_string(arena, document_text(document_at(given, i)));
    return arguments;
}

static const char *const *
environment_of(struct arena *arena, const struct document *given)
{
    const char **environment = arena_alloc_array(arena, document_count(given) + 1, sizeof(*environment));
    for (size_t i = 0; i < document_count(given); i++) {
        const struct document *variable = document_at(given, i);
        struct text name = document_text(document_find(variable, TEXT("name")));
        struct text value = document_text(document_find(variable, TEXT("value")));
        environment[i] =
            text_c_string(arena, text_format(arena, "%.*s=%.*s", TEXT_ARG(name), TEXT_ARG(value)));
    }
    return environment;
}

bool
kube_config_exec(struct arena *arena, const struct kube_config_entry *entry, const struct document *exec,
                 const struct kube_exec_plan **out_plan, struct error *err)
{
    struct text api_version = document_text(document_find(exec, TEXT("apiVersion")));
    struct text command = document_text(document_find(exec, TEXT("command")));
    const struct document *arguments = document_find(exec, TEXT("args"));
    const struct document *environment = document_find(exec, TEXT("env"));
    struct text mode = document_text(document_find(exec, TEXT("interactiveMode")));
    if (!text_equals(api_version, TEXT("client.authentication.k8s.io/v1")) &&
        !text_equals(api_version, TEXT("client.authentication.k8s.io/v1beta1")))
        return wrong(entry, err, "exec.apiVersion must be client.authentication.k8s.io/v1 or v1beta1");
    if (command.length == 0)
        return wrong(entry, err, "exec.command names no program");
    if (text_equals(mode, TEXT("Always")))
        return wrong(entry, err, "exec.interactiveMode is Always, but nobody is there to be asked");
    if (document_count(arguments) > MOST_ITEMS || document_count(environment) > MOST_ITEMS)
        return wrong(entry, err, "exec has too many arguments or variables");

    struct kube_exec_plan *plan = arena_alloc(arena, sizeof(*plan));
    plan->api_version = api_version;
    plan->program = program_of(arena, entry, command);
    plan->arguments = arguments_of(arena, plan->program, arguments);
    plan->environment = environment_of(arena, environment);
    plan->install_hint = document_text(document_find(exec, TEXT("installHint")));
    plan->wants_cluster = document_bool(document_find(exec, TEXT("provideClusterInfo")));
    plan->time_limit_ms = EXEC_TIME_LIMIT_MS;
    *out_plan = plan;
    return true;
}
