/* Signed statements of how large the log is and what is in it: C2SP's tlog-checkpoint in a signed-note, with
 * Ed25519 (c2sp.org/tlog-checkpoint, c2sp.org/signed-note).
 *
 *     weir.example/audit                               origin: which log; also the name of its key
 *     14220                                            tree size: rows
 *     CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=     root of the Merkle tree over the rows' hashes
 *                                                      blank
 *     — weir.example/audit base64(key id || signature)
 *
 * Signatures of others (witnesses) may stand beside ours and are passed over, as are extension lines. */
#pragma once

#include "api/audit/merkle_proof.h"
#include "lib/net/signature.h"

#define AUDIT_CHECKPOINT_MAX_BYTES 131072 /* 16 signatures of the largest kind there is */
#define AUDIT_MAX_KEYS 16
#define AUDIT_SIGNATURE_START "\xe2\x80\x94 " /* an em dash and a blank */

/* The public keys that a log was signed with, newest and former. */
struct audit_keys {
    struct signature_public_key items[AUDIT_MAX_KEYS];
    size_t count;
};

/* Who signs: a log in its own name. */
struct audit_signer {
    struct text origin;
    const struct signature_key *key;
};

/* Parts of the note they were read from. */
struct audit_checkpoint {
    struct text origin;
    struct merkle_head head;
    struct text signed_bytes;
    struct text signature_lines;
};

/* Whether the name can be an origin: printable ASCII without blanks and '+', at most 253 bytes. */
bool audit_origin_is_sound(struct text origin);
/* ERROR_INVALID for anything that is not strictly the format; says nothing of whether it is signed. */
MUST_CHECK bool audit_checkpoint_parse(struct arena *arena, struct text note,
                                       struct audit_checkpoint *out_checkpoint, struct error *err);
/* The origin must be sound. */
MUST_CHECK bool
audit_checkpoint_sign(struct arena *arena, const struct audit_signer *signer, const struct merkle_head *head,
                      struct text *out_note, struct error *err);
/* Whether one of the keys signed it; *out_key is its index. ERROR_DENIED: none of them did, or a signature in
 * the name of one is wrong. */
MUST_CHECK bool audit_checkpoint_verify(struct arena *arena, const struct audit_checkpoint *checkpoint,
                                        const struct audit_keys *keys, size_t *out_key, struct error *err);
/* "name+hash+key": a public key as other tools for transparency logs take it (signed-note's verifier key). */
struct text
audit_verifier_key(struct arena *arena, struct text origin, const struct signature_public_key *key);
