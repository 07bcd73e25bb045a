/* The plan of merkle_plan_consistency, each range answered from the edge or from the new leaves. */
#include "api/audit/merkle_growth.h"

#include "lib/base/error.h"

/* The subtree of the edge that begins at this leaf and has so many; NULL: there is none. */
static const struct merkle_hash *
find_subtree(const struct merkle_tree *tree, const struct merkle_range *range)
{
    uint64_t at = 0;
    size_t index = 0;
    for (int level = MERKLE_MAX_LEVELS - 1; level >= 0; level--) {
        uint64_t leaves = (uint64_t)1 << level;
        if (!(tree->size & leaves))
            continue;
        if (at == range->from && range->to - range->from == leaves)
            return &tree->edge[index];
        at += leaves;
        index++;
    }
    return NULL;
}

bool
merkle_prove_growth(const struct merkle_tree *old, const struct merkle_hash *leaves, size_t count,
                    struct merkle_proof *out_proof, struct error *err)
{
    struct merkle_plan plan;
    if (!merkle_plan_consistency(old->size, old->size + count, &plan, err))
        return false;
    out_proof->count = plan.count;
    for (size_t i = 0; i < plan.count; i++) {
        const struct merkle_range *range = &plan.ranges[i];
        const struct merkle_hash *subtree = find_subtree(old, range);
        struct merkle_tree tree = {0};
        if (!subtree && range->from < old->size)
            return error_set(err, ERROR_INTERNAL, "leaves %llu to %llu are no subtree of the edge",
                             (unsigned long long)range->from, (unsigned long long)range->to);
        for (uint64_t at = range->from; !subtree && at < range->to; at++)
            merkle_tree_add(&tree, &leaves[at - old->size]);
        out_proof->hashes[i] = subtree ? *subtree : merkle_tree_root(&tree);
    }
    return true;
}
