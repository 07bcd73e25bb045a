/* What the gateway shows: to the operator its identity, to callers its certificate. */
#include "lib/net/digest.h"
#include "operator/objects/environment.h"
#include "operator/objects/names.h"

static void put_value(struct document *secret, const char *key, struct text value);
static void put_name(const struct environment_site *site, struct document *certificate, const char *suffix);

struct document *
gateway_identity_secret(const struct environment_site *site, struct text certificate, struct text key,
                        struct text authority)
{
    struct document *secret = environment_object(site, "v1", "Secret", GATEWAY_IDENTITY_SECRET);
    document_set_text(secret, "type", TEXT("kubernetes.io/tls"));
    put_value(secret, "tls.crt", certificate);
    put_value(secret, "tls.key", key);
    put_value(secret, "ca.crt", authority);
    return secret;
}

static void
put_value(struct document *secret, const char *key, struct text value)
{
    document_set_text(object_at(secret, "data"), key,
                      digest_base64(document_arena(secret), value.bytes, value.length));
}

struct document *
gateway_certificate(const struct environment_site *site)
{
    const struct issuer_ref *issuer = site->settings.issuer;
    const struct gateway_exposure *exposure = site->settings.exposure;
    struct document *certificate =
        environment_object(site, "cert-manager.io/v1", "Certificate", GATEWAY_NAME);
    object_put_text(certificate, "spec.secretName", TEXT(GATEWAY_TLS_SECRET));
    object_put_text(certificate, "spec.issuerRef.group", TEXT("cert-manager.io"));
    object_put_text(certificate, "spec.issuerRef.kind",
                    schema_enum_name(issuer_kind_names, (int)issuer->kind));
    object_put_text(certificate, "spec.issuerRef.name", issuer->name);
    if (exposure && !text_is_empty(exposure->hostname))
        object_put_one_text(certificate, "spec.dnsNames", exposure->hostname);
    put_name(site, certificate, ".svc");
    put_name(site, certificate, ".svc.cluster.local");
    put_name(site, certificate, "");
    object_put_text(certificate, "spec.privateKey.algorithm", TEXT("ECDSA"));
    object_put_int(certificate, "spec.privateKey.size", 256);
    object_put_text(certificate, "spec.privateKey.rotationPolicy", TEXT("Always"));
    object_put_one_text(certificate, "spec.usages", TEXT("digital signature"));
    object_put_one_text(certificate, "spec.usages", TEXT("server auth"));
    return certificate;
}

static void
put_name(const struct environment_site *site, struct document *certificate, const char *suffix)
{
    object_put_one_text(certificate, "spec.dnsNames",
                        text_format(site->arena, GATEWAY_NAME ".%.*s%s", TEXT_ARG(site->namespace), suffix));
}
