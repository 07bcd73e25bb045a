/* The proof that a tree grew out of a smaller one, for who keeps the smaller one's edge and only the leaves
 * that came since: every run of old leaves in such a proof is one subtree of that edge. */
#pragma once

#include "api/audit/merkle_proof.h"

/* The leaves are those that follow `old`. */
MUST_CHECK bool merkle_prove_growth(const struct merkle_tree *old, const struct merkle_hash *leaves,
                                    size_t count, struct merkle_proof *out_proof, struct error *err);
