/* Reading certificates that are there: whose, from when to when, by whom, and whether it is time for a new
 * one. */
#include <openssl/x509v3.h>
#include <time.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/tls_certificate.h"
#include "lib/net/tls_pem.h"

static bool
unix_ms(const ASN1_TIME *written, int64_t *out_ms)
{
    struct tm parts = {0};
    if (ASN1_TIME_to_tm(written, &parts) != 1)
        return false;
    *out_ms = (int64_t)timegm(&parts) * 1000;
    return true;
}

static struct text
subject_name(struct arena *arena, const X509 *certificate)
{
    char name[TLS_MAX_COMMON_NAME + 1];
    int length =
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof(name));
    return length > 0 ? text_copy(arena, (struct text){name, (size_t)length}) : (struct text){0};
}

bool
tls_certificate_read(struct arena *arena, struct text pem, struct tls_certificate_facts *out_facts,
                     struct error *err)
{
    X509 *certificate;
    if (!tls_pem_certificate(pem, &certificate, err))
        return false;
    struct tls_certificate_facts facts = {.common_name = subject_name(arena, certificate)};
    bool has_times = unix_ms(X509_get0_notBefore(certificate), &facts.not_before_ms) &&
                     unix_ms(X509_get0_notAfter(certificate), &facts.not_after_ms);
    X509_free(certificate);
    if (!has_times)
        return tls_pem_error(err, "the certificate's times cannot be read");
    *out_facts = facts;
    return true;
}

bool
tls_certificate_check(const struct tls_identity *identity, struct text authority_pem, struct error *err)
{
    X509 *certificate = NULL, *authority = NULL;
    EVP_PKEY *key = NULL;
    bool is_right = tls_pem_certificate(identity->certificate, &certificate, err) &&
                    tls_pem_certificate(authority_pem, &authority, err) &&
                    tls_pem_key(identity->key, &key, err);
    if (is_right && X509_check_private_key(certificate, key) != 1)
        is_right = tls_pem_error(err, "the key is not the certificate's");
    if (is_right && (X509_check_issued(authority, certificate) != X509_V_OK ||
                     X509_verify(certificate, X509_get0_pubkey(authority)) != 1))
        is_right = tls_pem_error(err, "another authority signed the certificate");
    X509_free(certificate);
    X509_free(authority);
    EVP_PKEY_free(key);
    return is_right;
}

bool
tls_certificate_is_due(const struct tls_certificate_facts *facts, int64_t now_unix_ms)
{
    int64_t life_ms = facts->not_after_ms - facts->not_before_ms;
    return now_unix_ms < facts->not_before_ms || now_unix_ms >= facts->not_before_ms + life_ms / 3 * 2;
}
