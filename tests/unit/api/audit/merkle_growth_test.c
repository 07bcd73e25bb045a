/* Every growth of small trees, held against the check of RFC 9162. */
#include "api/audit/merkle_growth.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"

enum { MOST = 40 };

static struct merkle_hash leaves[MOST];

static struct merkle_tree
tree_of(size_t size)
{
    struct merkle_tree tree = {0};
    for (size_t i = 0; i < size; i++)
        merkle_tree_add(&tree, &leaves[i]);
    return tree;
}

static void
given_leaves(void)
{
    for (size_t i = 0; i < MOST; i++)
        leaves[i] = merkle_leaf((struct text){(const char *)&i, sizeof(i)});
}

TestSuite(merkle_growth, .init = given_leaves);

Test(merkle_growth, every_growth_is_proven_from_the_edge_and_the_new_leaves)
{
    for (size_t size = 0; size < MOST; size++) {
        for (size_t larger = size; larger <= MOST; larger++) {
            struct merkle_tree old = tree_of(size), new = tree_of(larger);
            const struct merkle_head before = {size, merkle_tree_root(&old)};
            const struct merkle_head after = {larger, merkle_tree_root(&new)};
            struct merkle_proof proof;
            struct error err = {0};
            cr_assert(merkle_prove_growth(&old, &leaves[size], larger - size, &proof, &err), "%s",
                      err.message);
            cr_assert(merkle_proves_consistency(&proof, &before, &after), "%zu to %zu", size, larger);
        }
    }
}

Test(merkle_growth, another_tree_of_the_same_size_is_not_what_it_grew_out_of)
{
    struct merkle_tree old = tree_of(7), new = tree_of(12);
    leaves[3] = leaves[4];
    struct merkle_tree other = tree_of(7);
    const struct merkle_head before = {7, merkle_tree_root(&old)}, after = {12, merkle_tree_root(&new)};
    struct merkle_proof proof;
    struct error err = {0};
    cr_assert(merkle_prove_growth(&other, &leaves[7], 5, &proof, &err));
    cr_assert_not(merkle_proves_consistency(&proof, &before, &after));
}
