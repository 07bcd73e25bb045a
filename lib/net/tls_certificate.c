/* Making certificates: an authority and what it signs (RFC 5280). What others read of them is
 * tls_certificate_read.c. */
#include "lib/net/tls_certificate.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/net/digest.h"
#include "lib/net/tls_pem.h"

enum { MAX_COMMON_NAME = TLS_MAX_COMMON_NAME, MAX_DNS_NAMES = 16, MAX_DNS_NAME = 253, SERIAL_BITS = 127 };

static const int64_t lag_ms = INT64_C(300000); /* how much clocks may differ */
static const int64_t longest_ms = TLS_AUTHORITY_LIFETIME_MS;

/* What one certificate is made of; X509 and both keys are released together. */
struct making {
    X509 *certificate;
    EVP_PKEY *key;
    X509 *authority; /* NULL: signs itself */
    EVP_PKEY *authority_key;
};

static bool check_request(const struct tls_certificate_request *request, struct error *err);
static bool read_authority(const struct tls_identity *authority, struct making *making, struct error *err);
static bool
make(struct making *making, struct text common_name, int64_t from_ms, int64_t until_ms, struct error *err);
static bool add_extension(const struct making *making, int kind, const char *value);
static bool add_names(const struct making *making, const struct text_list *names);
static bool
sign(struct arena *arena, const struct making *making, struct tls_identity *out, struct error *err);
static void release(struct making *making);

bool
tls_certificate_authority(struct arena *arena, struct text common_name, struct tls_identity *out_authority,
                          struct error *err)
{
    struct tls_certificate_request request = {.common_name = common_name, .lifetime_ms = longest_ms};
    struct making making = {0};
    int64_t now_ms = clock_unix_ms();
    bool is_made =
        check_request(&request, err) && make(&making, common_name, now_ms - lag_ms, now_ms + longest_ms, err);
    if (is_made && !(add_extension(&making, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                     add_extension(&making, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                     add_extension(&making, NID_subject_key_identifier, "hash")))
        is_made = tls_pem_error(err, "making an authority");
    is_made = is_made && sign(arena, &making, out_authority, err);
    release(&making);
    return is_made;
}

static bool
add_use(const struct making *making, const struct tls_certificate_request *request)
{
    const char *use = request->use == TLS_CERTIFICATE_SERVER ? "serverAuth" : "clientAuth";
    return add_extension(making, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(making, NID_key_usage, "critical,digitalSignature") &&
           add_extension(making, NID_ext_key_usage, use) &&
           add_extension(making, NID_subject_key_identifier, "hash") &&
           add_extension(making, NID_authority_key_identifier, "keyid:always") &&
           add_names(making, &request->dns_names);
}

bool
tls_certificate_issue(struct arena *arena, const struct tls_identity *authority,
                      const struct tls_certificate_request *request, struct tls_identity *out_identity,
                      struct error *err)
{
    struct making making = {0};
    struct tls_certificate_facts facts;
    int64_t now_ms = clock_unix_ms();
    bool is_made = check_request(request, err) && read_authority(authority, &making, err) &&
                   tls_certificate_read(arena, authority->certificate, &facts, err);
    if (is_made) {
        int64_t from_ms = now_ms - lag_ms > facts.not_before_ms ? now_ms - lag_ms : facts.not_before_ms;
        int64_t until_ms = now_ms + request->lifetime_ms;
        is_made = make(&making, request->common_name, from_ms,
                       until_ms < facts.not_after_ms ? until_ms : facts.not_after_ms, err);
    }
    if (is_made && !add_use(&making, request))
        is_made = tls_pem_error(err, "making a certificate");
    is_made = is_made && sign(arena, &making, out_identity, err);
    release(&making);
    return is_made || error_context(err, "issuing a certificate for %.*s",
                                    TEXT_ARG(utf8_at_most(request->common_name, MAX_COMMON_NAME)));
}

static bool
is_dns_name(struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.bytes[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_letter && !(byte >= '0' && byte <= '9') && byte != '-' && byte != '.')
            return false;
    }
    return name.length > 0 && name.length <= MAX_DNS_NAME;
}

static bool
check_request(const struct tls_certificate_request *request, struct error *err)
{
    struct text name = request->common_name;
    bool is_printable = name.length > 0 && name.length <= MAX_COMMON_NAME;
    for (size_t i = 0; i < name.length && is_printable; i++)
        is_printable = name.bytes[i] >= ' ' && name.bytes[i] <= '~';
    if (!is_printable)
        return error_set(err, ERROR_INVALID, "a common name has 1 to %d bytes of printable ASCII",
                         MAX_COMMON_NAME);
    if (request->lifetime_ms <= 0 || request->lifetime_ms > longest_ms)
        return error_set(err, ERROR_INVALID, "a certificate lives more than 0 ms and at most 10 years");
    if (request->dns_names.count > MAX_DNS_NAMES)
        return error_set(err, ERROR_INVALID, "a certificate has at most %d DNS names", MAX_DNS_NAMES);
    for (size_t i = 0; i < request->dns_names.count; i++)
        if (!is_dns_name(request->dns_names.items[i]))
            return error_set(err, ERROR_INVALID, "DNS name %zu of the certificate is none", i + 1);
    return true;
}

static bool
read_authority(const struct tls_identity *authority, struct making *making, struct error *err)
{
    if (!tls_pem_certificate(authority->certificate, &making->authority, err) ||
        !tls_pem_key(authority->key, &making->authority_key, err))
        return error_context(err, "the authority");
    if (X509_check_private_key(making->authority, making->authority_key) != 1)
        return tls_pem_error(err, "the authority's key is not its certificate's");
    if (X509_check_ca(making->authority) != 1)
        return error_set(err, ERROR_INVALID, "the authority's certificate may not sign others");
    return true;
}

static bool
make(struct making *making, struct text common_name, int64_t from_ms, int64_t until_ms, struct error *err)
{
    making->certificate = X509_new();
    making->key = EVP_EC_gen("P-256");
    if (!making->certificate || !making->key)
        return tls_pem_error(err, "making a key");

    X509 *certificate = making->certificate;
    X509_NAME *subject = X509_get_subject_name(certificate);
    BIGNUM *serial = BN_new();
    bool is_made =
        BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
        BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) && X509_set_version(certificate, 2) &&
        ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)(from_ms / 1000)) &&
        ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)(until_ms / 1000)) &&
        X509_NAME_add_entry_by_NID(subject, NID_commonName, V_ASN1_UTF8STRING,
                                   (const unsigned char *)common_name.bytes, (int)common_name.length, -1,
                                   0) &&
        X509_set_issuer_name(certificate,
                             making->authority ? X509_get_subject_name(making->authority) : subject) &&
        X509_set_pubkey(certificate, making->key);
    BN_free(serial);
    return is_made || tls_pem_error(err, "making a certificate");
}

/* Values are our own words: OpenSSL's little language would let a foreign one say anything. */
static bool
add_extension(const struct making *making, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, making->authority ? making->authority : making->certificate, making->certificate,
                   NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    bool is_added = extension && X509_add_ext(making->certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_added;
}

static bool
add_names(const struct making *making, const struct text_list *names)
{
    if (names->count == 0)
        return true;
    GENERAL_NAMES *all = GENERAL_NAMES_new();
    bool is_added = all != NULL;
    for (size_t i = 0; i < names->count && is_added; i++) {
        GENERAL_NAME *name = GENERAL_NAME_new();
        ASN1_IA5STRING *written = ASN1_IA5STRING_new();
        is_added = ASN1_STRING_set(written, names->items[i].bytes, (int)names->items[i].length) == 1;
        GENERAL_NAME_set0_value(name, GEN_DNS, written);
        is_added = sk_GENERAL_NAME_push(all, name) > 0 && is_added;
    }
    is_added = is_added && X509_add1_ext_i2d(making->certificate, NID_subject_alt_name, all, 0, 0) == 1;
    GENERAL_NAMES_free(all);
    return is_added;
}

static struct text
take_text(struct arena *arena, BIO *from)
{
    char *bytes = NULL;
    long length = BIO_get_mem_data(from, &bytes);
    struct text text = text_copy(arena, (struct text){bytes, (size_t)length});
    digest_forget(bytes, (size_t)length);
    BIO_free(from);
    return text;
}

static bool
sign(struct arena *arena, const struct making *making, struct tls_identity *out, struct error *err)
{
    EVP_PKEY *signer = making->authority_key ? making->authority_key : making->key;
    if (X509_sign(making->certificate, signer, EVP_sha256()) == 0)
        return tls_pem_error(err, "signing a certificate");
    BIO *certificate = BIO_new(BIO_s_mem()), *key = BIO_new(BIO_s_mem());
    bool is_written = PEM_write_bio_X509(certificate, making->certificate) == 1 &&
                      PEM_write_bio_PKCS8PrivateKey(key, making->key, NULL, NULL, 0, NULL, NULL) == 1;
    struct tls_identity identity = {take_text(arena, certificate), take_text(arena, key)};
    if (!is_written)
        return tls_pem_error(err, "writing a certificate");
    *out = identity;
    return true;
}

static void
release(struct making *making)
{
    X509_free(making->certificate);
    EVP_PKEY_free(making->key);
    X509_free(making->authority);
    EVP_PKEY_free(making->authority_key);
}
