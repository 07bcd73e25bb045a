/* See kube_credential.h. */
#include "operator/kube/kube_credential.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"
#include "lib/net/digest.h"
#include "lib/net/http_headers.h"

static const struct document *
cluster_document(struct arena *arena, const struct kube_config *config, struct text ca_pem)
{
    struct document *cluster = document_new_map(arena);
    document_set_text(cluster, "server", config->server);
    if (config->server_name.length > 0)
        document_set_text(cluster, "tls-server-name", config->server_name);
    if (config->is_insecure)
        document_set_bool(cluster, "insecure-skip-tls-verify", true);
    if (ca_pem.length > 0)
        document_set_text(cluster, "certificate-authority-data",
                          digest_base64(arena, ca_pem.bytes, ca_pem.length));
    if (config->proxy_url.length > 0)
        document_set_text(cluster, "proxy-url", config->proxy_url);
    if (config->exec_config)
        document_set(cluster, TEXT("config"), config->exec_config);
    return cluster;
}

struct text
kube_credential_question(struct arena *arena, const struct kube_config *config, struct text ca_pem)
{
    struct document *spec = document_new_map(arena);
    document_set_bool(spec, "interactive", false);
    if (config->exec->wants_cluster)
        document_set(spec, TEXT("cluster"), cluster_document(arena, config, ca_pem));
    struct document *question = document_new_map(arena);
    document_set_text(question, "apiVersion", config->exec->api_version);
    document_set_text(question, "kind", TEXT("ExecCredential"));
    document_set(question, TEXT("spec"), spec);
    struct buffer out;
    buffer_init(&out, arena, 512);
    json_print(question, &out);
    return buffer_text(&out);
}

bool
kube_credential_parse(struct arena *arena, struct text json, struct text api_version,
                      struct kube_credential *out_credential, struct error *err)
{
    struct document *document;
    if (!json_parse(arena, json, TEXT(""), &document, NULL))
        return error_set(err, ERROR_INVALID, "what it printed is not JSON");
    if (!text_equals(document_text(document_get(document, "kind")), TEXT("ExecCredential")) ||
        !text_equals(document_text(document_get(document, "apiVersion")), api_version))
        return error_set(err, ERROR_INVALID, "what it printed is no ExecCredential of %.*s",
                         TEXT_ARG(api_version));
    const struct document *status = document_get(document, "status");
    struct kube_credential credential = {
        .token = document_text(document_get(status, "token")),
        .certificate_pem = document_text(document_get(status, "clientCertificateData")),
        .key_pem = document_text(document_get(status, "clientKeyData")),
    };
    struct text expires = document_text(document_get(status, "expirationTimestamp"));
    if ((credential.certificate_pem.length > 0) != (credential.key_pem.length > 0))
        return error_set(err, ERROR_INVALID, "it gave a client certificate without its key, or a key alone");
    if (credential.token.length == 0 && credential.key_pem.length == 0)
        return error_set(err, ERROR_INVALID, "it gave neither a token nor a client certificate");
    if (!http_header_value_is_safe(credential.token))
        return error_set(err, ERROR_INVALID, "its token has characters that cannot be sent");
    if (expires.length > 0 && !parse_time_ms(expires, &credential.expires_unix_ms))
        return error_set(err, ERROR_INVALID, "its expirationTimestamp is not an RFC 3339 time");
    *out_credential = credential;
    return true;
}
