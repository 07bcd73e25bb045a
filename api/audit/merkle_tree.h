/* The Merkle tree of RFC 6962 2.1 (RFC 9162 2.1.1) over SHA-256, grown leaf by leaf.
 *
 * Only the right edge is kept: the roots of the perfect subtrees that the leaves so far fall into, largest
 * first, one for each bit set in the size. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/text.h"
#include "lib/net/digest.h"

#define MERKLE_MAX_LEVELS 64

struct merkle_hash {
    uint8_t bytes[DIGEST_SHA256_BYTES];
};

/* {0} is the empty tree. A copy of the struct is a copy of the tree. */
struct merkle_tree {
    uint64_t size; /* leaves, at most 2^63 */
    struct merkle_hash edge[MERKLE_MAX_LEVELS];
};

struct merkle_hash merkle_leaf(struct text entry); /* SHA-256(0x00 || entry) */
struct merkle_hash merkle_node(const struct merkle_hash *left, const struct merkle_hash *right);
bool merkle_hash_equals(const struct merkle_hash *a, const struct merkle_hash *b);

void merkle_tree_add(struct merkle_tree *tree, const struct merkle_hash *leaf);
/* The root of the leaves so far; SHA-256 of nothing for none. */
struct merkle_hash merkle_tree_root(const struct merkle_tree *tree);
