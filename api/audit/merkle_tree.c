/* Hashes of leaves and nodes, and the right edge that grows by them. */
#include "api/audit/merkle_tree.h"

#include <assert.h>

#define LEAF_PREFIX 0x00
#define NODE_PREFIX 0x01

struct merkle_hash
merkle_leaf(struct text entry)
{
    static const char prefix[] = {LEAF_PREFIX};
    const struct text parts[] = {{prefix, sizeof(prefix)}, entry};
    struct merkle_hash hash;
    digest_sha256_joined(parts, COUNT_OF(parts), hash.bytes);
    return hash;
}

struct merkle_hash
merkle_node(const struct merkle_hash *left, const struct merkle_hash *right)
{
    static const char prefix[] = {NODE_PREFIX};
    const struct text parts[] = {{prefix, sizeof(prefix)},
                                 {(const char *)left->bytes, sizeof(left->bytes)},
                                 {(const char *)right->bytes, sizeof(right->bytes)}};
    struct merkle_hash hash;
    digest_sha256_joined(parts, COUNT_OF(parts), hash.bytes);
    return hash;
}

bool
merkle_hash_equals(const struct merkle_hash *a, const struct merkle_hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static size_t
edge_count(const struct merkle_tree *tree)
{
    return (size_t)__builtin_popcountll(tree->size);
}

/* As in binary counting: each bit that carries joins the two smallest subtrees, which are of one size. */
void
merkle_tree_add(struct merkle_tree *tree, const struct merkle_hash *leaf)
{
    assert(tree->size < (uint64_t)1 << 63);
    size_t last = edge_count(tree);
    tree->edge[last] = *leaf;
    for (uint64_t carries = tree->size; carries & 1; carries >>= 1) {
        tree->edge[last - 1] = merkle_node(&tree->edge[last - 1], &tree->edge[last]);
        last--;
    }
    tree->size++;
}

struct merkle_hash
merkle_tree_root(const struct merkle_tree *tree)
{
    size_t count = edge_count(tree);
    struct merkle_hash root;
    if (count == 0) {
        digest_sha256((struct text){0}, root.bytes);
        return root;
    }
    root = tree->edge[count - 1];
    for (size_t i = count - 1; i > 0; i--)
        root = merkle_node(&tree->edge[i - 1], &root);
    return root;
}
