/* End users in the audit log: named by an HMAC under a salt of their own, and forgotten by deleting it.
 *
 * Who keeps the log keeps a map of identity to salt beside it, outside the chain. A row's subjectId is made
 * with the salt; whoever has identity and salt can find that person's rows. Erasing a person is deleting
 * their entry: every row stays as it is and the chain whole, but no row can be tied to anybody any more, not
 * even by trying all identities there are, since 256 random bits are gone. A person who comes back is given a
 * new salt. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/text.h"

struct arena;

#define AUDIT_SALT_BYTES 32

struct audit_salt {
    uint8_t bytes[AUDIT_SALT_BYTES];
};

/* Unpredictable: from the kernel. */
struct audit_salt audit_subject_new_salt(void);
/* What stands in rows: HMAC-SHA-256(salt, identity) as 64 hex digits. */
struct text audit_subject_id(struct arena *arena, const struct audit_salt *salt, struct text identity);
/* Whether a row's subjectId is this person's. */
bool audit_subject_is(const struct audit_salt *salt, struct text identity, struct text subject_id);
/* Wiped, for the copy in memory; the entry in the map is its keeper's to delete. */
void audit_subject_forget(struct audit_salt *salt);
