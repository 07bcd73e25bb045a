/* One row of the audit log: who did what to what, and what binds it to the row before.
 *
 *     hash = SHA-256(0x00 || canonical || prevHash's 32 bytes)
 *
 * canonical is the row without `hash` as RFC 8785 JSON: it has texts and one integer below 2^53, for which
 * json_print_canonical is exactly that. So a row's hash is also the RFC 6962 leaf hash of canonical ||
 * prevHash, and the Merkle tree's leaves are the rows' hashes.
 *
 * An end user is never named in a row. subjectId stands for one, and means nobody any more once that person's
 * salt is deleted (api/audit/audit_subject.h). */
#pragma once

#include "lib/net/digest.h"
#include "lib/schema/fields.h"

#define AUDIT_ROW_MAX_BYTES 65536            /* as a line of an export: every field at its longest fits */
#define AUDIT_ROW_MAX_SEQ 9007199254740991LL /* 2^53 - 1: RFC 8785 2, JSON's integers */

enum audit_action {
    AUDIT_POLICY_CHANGED,
    AUDIT_WORKSPACE_CHANGED,
    AUDIT_DEPLOYMENT_CHANGED,
    AUDIT_KEY_CREATED,
    AUDIT_KEY_ROTATED,
    AUDIT_KEY_REVOKED,
    AUDIT_PRICE_CHANGED,
    AUDIT_APPROVAL_GIVEN,
    AUDIT_CALL_REFUSED,
    AUDIT_LEASE_WRITTEN_OFF,
    AUDIT_RETENTION_APPLIED,
    AUDIT_SUBJECT_ERASED,
    AUDIT_SIGNING_KEY_CHANGED, /* of the log's own checkpoints */
};
extern const char *const audit_action_names[]; /* PolicyChanged ... */

enum audit_decision { AUDIT_DONE, AUDIT_ALLOWED, AUDIT_REFUSED };
extern const char *const audit_decision_names[]; /* Done Allowed Refused */

/* clang-format off */
#define AUDIT_ROW_FIELDS(F, T)                                                                                         \
    F(T, INT, seq, "seq", REQUIRED, RANGE(1, AUDIT_ROW_MAX_SEQ), DOC("1 for the first row; each next one is one more.")) \
    F(T, TIME, time_ms, "time", REQUIRED, DOC("When it happened, to the millisecond."))                                \
    F(T, TEXT, actor, "actor", REQUIRED, MIN_LENGTH(1), DOC("Who did it: a component, a caller, an account of the organisation. Never an end user.")) \
    F(T, ENUM(audit_action), action, "action", REQUIRED, DOC("What was done."))                                        \
    F(T, TEXT, subject, "subject", MAX_LENGTH(512), DOC("To what: Kind namespace/name, a caller's key, a price table."))   \
    F(T, TEXT, subject_id, "subjectId", FORMAT(sha256_hex), DOC("The end user whom it is about: HMAC-SHA-256 of the identity under that person's own salt. Empty if nobody.")) \
    F(T, ENUM(audit_decision), decision, "decision", REQUIRED, DOC("Done, or what was decided: Allowed, Refused."))    \
    F(T, TEXT, workspace, "workspace", DOC("Whose; empty for the organisation."))                                      \
    F(T, TEXT, environment, "environment", DOC("In which environment; empty for all."))                                \
    F(T, TEXT, policy_digest, "policyDigest", FORMAT(sha256_hex), DOC("SHA-256 of the effective policy that applied, as in usage records.")) \
    F(T, TEXT, request_digest, "requestDigest", FORMAT(sha256_hex), DOC("SHA-256 of the request that was decided on."))    \
    F(T, TEXT, reason, "reason", MAX_LENGTH(1024), DOC("Why, in words: names no end user."))                           \
    F(T, TEXT, detail_digest, "detailDigest", FORMAT(sha256_hex), DOC("SHA-256 of what is kept elsewhere and may be deleted there: the change itself, the content.")) \
    F(T, TEXT, prev_hash, "prevHash", REQUIRED, FORMAT(sha256_hex), DOC("The hash of the row before; 64 zeros in the first row.")) \
    F(T, TEXT, hash, "hash", REQUIRED, FORMAT(sha256_hex), DOC("SHA-256 over 0x00, the canonical JSON of all other fields, and prevHash's 32 bytes."))
DECLARE_SCHEMA(audit_row, AUDIT_ROW_FIELDS);
/* clang-format on */

struct error;

/* What the hash is taken over besides 0x00 and prevHash: every member of the row but `hash`. */
struct text audit_row_canonical(struct arena *arena, const struct document *row);
/* The hash that a row should have, whatever it says itself. False when it has no proper prevHash. */
bool audit_row_hash(struct arena *arena, const struct document *row, uint8_t out_hash[DIGEST_SHA256_BYTES]);
/* A line of an export, without its line end: canonical JSON of the whole row. */
struct text audit_row_print(struct arena *arena, const struct audit_row *row);
/* ERROR_INVALID says which member is wrong. The row's source is what it was written as. */
MUST_CHECK bool
audit_row_parse(struct arena *arena, struct text line, struct audit_row *out_row, struct error *err);
