/* Of what is read back from Secrets, which others may have written. */
#include "operator/runtime/identity_check.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"

bool
identity_is_good(const struct tls_identity *identity, struct text authority, struct text common_name)
{
    struct arena *scratch = arena_new(0);
    struct tls_certificate_facts facts;
    bool is_right = identity->certificate.length > 0 && identity->key.length > 0 &&
                    tls_certificate_check(identity, authority, NULL) &&
                    tls_certificate_read(scratch, identity->certificate, &facts, NULL) &&
                    text_equals(facts.common_name, common_name) &&
                    !tls_certificate_is_due(&facts, clock_unix_ms());
    arena_free(scratch);
    return is_right;
}
