/* Certificates of our own: an authority, what it signs, and what a certificate says of itself. P-256, as PEM
 * texts.
 *
 * For the streams inside a cluster. No revocation: lives are short, and an authority that is replaced takes
 * what it signed with it. No error ever holds a key. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

/* A certificate and its private key, both PEM. Secret: forget the key with digest_forget when it is no longer
 * needed. */
struct tls_identity {
    struct text certificate;
    struct text key;
};

enum tls_certificate_use { TLS_CERTIFICATE_SERVER, TLS_CERTIFICATE_CLIENT };

#define TLS_MAX_COMMON_NAME 320

struct tls_certificate_request {
    struct text common_name;    /* printable ASCII; beyond RFC 5280's 64 bytes only we read it */
    struct text_list dns_names; /* subject alternative names; at most 16 */
    enum tls_certificate_use use;
    int64_t lifetime_ms; /* from now on; it starts some minutes ago for clocks that lag, never before its
                            authority */
};

struct tls_certificate_facts {
    struct text common_name;
    int64_t not_before_ms, not_after_ms; /* Unix */
};

#define TLS_AUTHORITY_LIFETIME_MS (INT64_C(3652) * 86400000) /* 10 years */

/* A new authority, which may sign end certificates only. */
MUST_CHECK bool tls_certificate_authority(struct arena *arena, struct text common_name,
                                          struct tls_identity *out_authority, struct error *err);
/* A new key and its certificate, signed by the authority; ERROR_INVALID when the authority or the request is
 * not usable. */
MUST_CHECK bool tls_certificate_issue(struct arena *arena, const struct tls_identity *authority,
                                      const struct tls_certificate_request *request,
                                      struct tls_identity *out_identity, struct error *err);
/* What the first certificate of a PEM text says. Verifies nothing. */
MUST_CHECK bool tls_certificate_read(struct arena *arena, struct text pem,
                                     struct tls_certificate_facts *out_facts, struct error *err);
/* Whether the identity's key belongs to its certificate and this authority signed it; says why not. Looks at
 * no time. */
MUST_CHECK bool
tls_certificate_check(const struct tls_identity *identity, struct text authority_pem, struct error *err);
/* Whether it is time to renew: two thirds of its life are over, or it is not yet valid. */
bool tls_certificate_is_due(const struct tls_certificate_facts *facts, int64_t now_unix_ms);
