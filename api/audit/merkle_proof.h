/* Proofs that a row is in a tree, and that a tree grew out of a smaller one (RFC 9162 2.1.3 and 2.1.4).
 *
 * Making a proof is two steps, because who keeps the leaves differs: the plan says which runs of leaves the
 * proof's hashes are the roots of, which is arithmetic; merkle_prove reads those leaves, each once. */
#pragma once

#include <stddef.h>

#include "api/audit/merkle_tree.h"
#include "lib/base/compiler.h"

struct error;

#define MERKLE_MAX_PROOF (MERKLE_MAX_LEVELS + 1)

struct merkle_range {
    uint64_t from, to; /* leaves from <= index < to, counted from 0 */
};

struct merkle_plan {
    struct merkle_range ranges[MERKLE_MAX_PROOF];
    size_t count;
};

struct merkle_proof {
    struct merkle_hash hashes[MERKLE_MAX_PROOF];
    size_t count;
};

/* Reads the leaf's hash from wherever leaves are kept. */
typedef bool (*merkle_leaf_fn)(void *owner, uint64_t index, struct merkle_hash *out_leaf, struct error *err);

/* ERROR_INVALID when the tree has no such leaf, or the smaller tree is not smaller or equal. */
MUST_CHECK bool
merkle_plan_inclusion(uint64_t index, uint64_t size, struct merkle_plan *out_plan, struct error *err);
MUST_CHECK bool
merkle_plan_consistency(uint64_t size, uint64_t larger, struct merkle_plan *out_plan, struct error *err);
/* Fails only when reading a leaf does. */
MUST_CHECK bool merkle_prove(const struct merkle_plan *plan, merkle_leaf_fn read_leaf, void *owner,
                             struct merkle_proof *out_proof, struct error *err);

/* A tree as a checkpoint states it. */
struct merkle_head {
    uint64_t size;
    struct merkle_hash root;
};

bool merkle_proves_inclusion(const struct merkle_proof *proof, uint64_t index, const struct merkle_hash *leaf,
                             const struct merkle_head *head);
/* Whether the larger tree begins with exactly the leaves of the smaller one. Equal ones need an empty proof.
 */
bool merkle_proves_consistency(const struct merkle_proof *proof, const struct merkle_head *smaller,
                               const struct merkle_head *larger);
