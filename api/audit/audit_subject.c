/* Identities to pseudonyms that a salt can be taken from. */
#include "api/audit/audit_subject.h"

#include "lib/base/id.h"
#include "lib/net/digest.h"

struct audit_salt
audit_subject_new_salt(void)
{
    struct audit_salt salt;
    id_random_bytes(salt.bytes, sizeof(salt.bytes));
    return salt;
}

static void
make_id(const struct audit_salt *salt, struct text identity, uint8_t out_id[DIGEST_SHA256_BYTES])
{
    digest_hmac_sha256((struct text){(const char *)salt->bytes, sizeof(salt->bytes)}, identity, out_id);
}

struct text
audit_subject_id(struct arena *arena, const struct audit_salt *salt, struct text identity)
{
    uint8_t id[DIGEST_SHA256_BYTES];
    make_id(salt, identity, id);
    return digest_hex(arena, id, sizeof(id));
}

bool
audit_subject_is(const struct audit_salt *salt, struct text identity, struct text subject_id)
{
    uint8_t id[DIGEST_SHA256_BYTES], written[DIGEST_SHA256_BYTES];
    make_id(salt, identity, id);
    return digest_parse_hex(subject_id, written, sizeof(written)) && digest_equals(id, written, sizeof(id));
}

void
audit_subject_forget(struct audit_salt *salt)
{
    digest_forget(salt->bytes, sizeof(salt->bytes));
}
