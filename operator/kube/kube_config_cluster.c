/* A kubeconfig's cluster: the server and how it is verified; and the same from a pod's surroundings. Also
 * what clusters and users have in common: paths, data, texts for headers. */
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/parse.h"
#include "lib/base/utf8.h"
#include "lib/document/document.h"
#include "lib/net/digest.h"
#include "lib/net/http_headers.h"
#include "operator/kube/kube_config_parts.h"

enum { NAMESPACE_MOST_BYTES = 256, MOST_PORT = 65535, SHOWN_NAME_BYTES = 100 };

static bool
wrong(const struct kube_config_entry *entry, struct error *err, const char *what)
{
    struct text name = utf8_at_most(entry->name, SHOWN_NAME_BYTES);
    return error_set(err, ERROR_INVALID, "%s (%.*s): %s", entry->file, TEXT_ARG(name), what);
}

/* The one extension that client.authentication.k8s.io/v1 names. */
static const struct document *
exec_config_of(const struct document *cluster)
{
    const struct document *extensions = document_find(cluster, TEXT("extensions"));
    for (size_t i = 0; i < document_count(extensions); i++) {
        const struct document *extension = document_at(extensions, i);
        if (text_equals(document_text(document_find(extension, TEXT("name"))),
                        TEXT("client.authentication.k8s.io/exec")))
            return document_find(extension, TEXT("extension"));
    }
    return NULL;
}

bool
kube_config_cluster(struct arena *arena, const struct kube_config_entry *entry, struct kube_config *config,
                    struct error *err)
{
    struct text server = {0};
    if (!kube_config_header_text(entry, "server", &server, err) ||
        !kube_config_header_text(entry, "tls-server-name", &config->server_name, err) ||
        !kube_config_header_text(entry, "proxy-url", &config->proxy_url, err) ||
        !kube_config_secret(arena, entry, "certificate-authority", &config->ca, err))
        return false;
    while (text_ends_with(server, TEXT("/")))
        server.length--;
    if (!text_starts_with(server, TEXT("https://")) && !text_starts_with(server, TEXT("http://")))
        return wrong(entry, err, "the cluster's server must be an https:// address");
    config->server = server;
    config->exec_config = exec_config_of(entry->content);
    config->is_insecure = document_bool(document_find(entry->content, TEXT("insecure-skip-tls-verify")));
    if (config->is_insecure && (config->ca.file || config->ca.value.length > 0))
        return wrong(entry, err, "insecure-skip-tls-verify and a certificate authority exclude each other");
    return true;
}

bool
kube_config_secret(struct arena *arena, const struct kube_config_entry *entry, const char *member,
                   struct kube_secret *out_secret, struct error *err)
{
    struct text with_data = text_format(arena, "%s-data", member);
    struct text written = document_text(document_find(entry->content, with_data));
    struct text path = document_text(document_find(entry->content, text_of(member)));
    struct kube_secret secret = {0};
    if (written.length > 0) {
        struct buffer base64; /* folded over lines by some tools */
        buffer_init(&base64, arena, written.length);
        for (size_t i = 0; i < written.length; i++)
            if (written.bytes[i] > ' ')
                buffer_add_byte(&base64, written.bytes[i]);
        if (!digest_base64_decode(arena, buffer_text(&base64), &secret.value))
            return wrong(entry, err,
                         text_c_string(arena, text_format(arena, "%s-data is not base64", member)));
    } else if (path.length > 0) {
        secret.file = kube_config_path(arena, entry, path);
    }
    *out_secret = secret;
    return true;
}

bool
kube_config_header_text(const struct kube_config_entry *entry, const char *member, struct text *out_text,
                        struct error *err)
{
    struct text value = document_text(document_find(entry->content, text_of(member)));
    if (!http_header_value_is_safe(value)) {
        char words[100];
        snprintf(words, sizeof(words), "%s has characters that cannot be sent", member);
        return wrong(entry, err, words);
    }
    *out_text = value;
    return true;
}

const char *
kube_config_path(struct arena *arena, const struct kube_config_entry *entry, struct text path)
{
    const char *slash = strrchr(entry->file, '/');
    if (text_starts_with(path, TEXT("/")) || !slash)
        return text_c_string(arena, path);
    int folder_bytes = (int)(slash - entry->file);
    return text_c_string(arena, text_format(arena, "%.*s/%.*s", folder_bytes, entry->file, TEXT_ARG(path)));
}

bool
kube_config_of_pod(struct arena *arena, const char *folder, struct kube_config *out_config, struct error *err)
{
    struct text host = text_of(getenv("KUBERNETES_SERVICE_HOST"));
    struct text port = text_of(getenv("KUBERNETES_SERVICE_PORT"));
    uint64_t number;
    if (host.length == 0 || !parse_uint64(port, MOST_PORT, &number) || !http_header_value_is_safe(host))
        return error_set(err, ERROR_NOT_FOUND,
                         "this is no pod of a cluster (KUBERNETES_SERVICE_HOST and _PORT are not set)");
    bool is_ipv6 = text_find_byte(host, ':') >= 0 && host.bytes[0] != '[';
    struct kube_config config = {
        .server = text_format(arena, is_ipv6 ? "https://[%.*s]:%.*s" : "https://%.*s:%.*s", TEXT_ARG(host),
                              TEXT_ARG(port)),
        .ca.file = text_c_string(arena, text_format(arena, "%s/ca.crt", folder)),
        .token.file = text_c_string(arena, text_format(arena, "%s/token", folder)),
    };
    char *path = text_c_string(arena, text_format(arena, "%s/namespace", folder));
    struct text namespace;
    if (file_read(arena, path, NAMESPACE_MOST_BYTES, &namespace, NULL))
        config.namespace = text_trim(namespace);
    *out_config = config;
    return true;
}
