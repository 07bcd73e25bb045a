/* See certificate_rig.h. */
#include "tests/unit/lib/net/certificate_rig.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { DAY_SECONDS = 86400 };

static EVP_PKEY *
new_key(void)
{
    return EVP_EC_gen("P-256");
}

static void
add_extension(X509 *certificate, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
    cr_assert_not_null(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

static X509 *
new_certificate(EVP_PKEY *key, const char *name, int valid_days)
{
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 4711);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -10L * DAY_SECONDS);
    X509_gmtime_adj(X509_getm_notAfter(certificate), (long)valid_days * DAY_SECONDS);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    return certificate;
}

static X509 *
new_authority(EVP_PKEY *key, const char *name)
{
    X509 *authority = new_certificate(key, name, 30);
    X509_set_issuer_name(authority, X509_get_subject_name(authority));
    add_extension(authority, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(authority, NID_key_usage, "critical,keyCertSign");
    cr_assert_gt(X509_sign(authority, key, EVP_sha256()), 0);
    return authority;
}

static void
write_certificate(const char *path, X509 *certificate)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    PEM_write_X509(file, certificate);
    fclose(file);
    X509_free(certificate);
}

void
certificates_make(struct certificate_files *files, int valid_days)
{
    snprintf(files->folder, sizeof(files->folder), "/tmp/weir-tls-XXXXXX");
    cr_assert_not_null(mkdtemp(files->folder));
    snprintf(files->authority, sizeof(files->authority), "%s/ca.pem", files->folder);
    snprintf(files->other_authority, sizeof(files->other_authority), "%s/other.pem", files->folder);
    snprintf(files->chain, sizeof(files->chain), "%s/chain.pem", files->folder);
    snprintf(files->key, sizeof(files->key), "%s/key.pem", files->folder);

    EVP_PKEY *authority_key = new_key(), *other_key = new_key(), *key = new_key();
    X509 *authority = new_authority(authority_key, "Weir test authority");
    X509 *certificate = new_certificate(key, "localhost", valid_days);
    X509_set_issuer_name(certificate, X509_get_subject_name(authority));
    add_extension(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    cr_assert_gt(X509_sign(certificate, authority_key, EVP_sha256()), 0);
    write_certificate(files->chain, certificate);
    write_certificate(files->authority, authority);
    write_certificate(files->other_authority, new_authority(other_key, "another authority"));

    FILE *file = fopen(files->key, "w");
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    EVP_PKEY_free(authority_key);
    EVP_PKEY_free(other_key);
    EVP_PKEY_free(key);
}

void
certificates_remove(const struct certificate_files *files)
{
    unlink(files->authority);
    unlink(files->other_authority);
    unlink(files->chain);
    unlink(files->key);
    rmdir(files->folder);
}
