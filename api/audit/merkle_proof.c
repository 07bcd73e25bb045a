/* The recursions of RFC 9162 2.1.3.1 and 2.1.4.1 walked from the root down, and the checks of 2.1.3.2 and
 * 2.1.4.2. */
#include "api/audit/merkle_proof.h"

#include "lib/base/error.h"

/* The largest power of two below the count, which is at least 2. */
static uint64_t
split_of(uint64_t count)
{
    return (uint64_t)1 << (63 - __builtin_clzll(count - 1));
}

static void
add_range(struct merkle_plan *plan, uint64_t from, uint64_t to)
{
    plan->ranges[plan->count++] = (struct merkle_range){from, to};
}

/* Proofs start at the leaves; the walk starts at the root. */
static void
reverse(struct merkle_plan *plan)
{
    for (size_t i = 0; i < plan->count / 2; i++) {
        struct merkle_range range = plan->ranges[i];
        plan->ranges[i] = plan->ranges[plan->count - 1 - i];
        plan->ranges[plan->count - 1 - i] = range;
    }
}

bool
merkle_plan_inclusion(uint64_t index, uint64_t size, struct merkle_plan *out_plan, struct error *err)
{
    uint64_t from = 0, to = size;
    out_plan->count = 0;
    if (index >= size)
        return error_set(err, ERROR_INVALID, "a tree of %llu leaves has no leaf %llu",
                         (unsigned long long)size, (unsigned long long)index);
    while (to - from > 1) {
        uint64_t middle = from + split_of(to - from);
        if (index < middle) {
            add_range(out_plan, middle, to);
            to = middle;
        } else {
            add_range(out_plan, from, middle);
            from = middle;
        }
    }
    reverse(out_plan);
    return true;
}

bool
merkle_plan_consistency(uint64_t size, uint64_t larger, struct merkle_plan *out_plan, struct error *err)
{
    uint64_t from = 0, to = larger;
    out_plan->count = 0;
    if (size > larger)
        return error_set(err, ERROR_INVALID, "a tree of %llu leaves cannot have grown out of %llu",
                         (unsigned long long)larger, (unsigned long long)size);
    while (size != 0 && size != to) {
        uint64_t middle = from + split_of(to - from);
        if (size <= middle) {
            add_range(out_plan, middle, to);
            to = middle;
        } else {
            add_range(out_plan, from, middle);
            from = middle;
        }
    }
    if (from > 0)
        add_range(out_plan, from, to);
    reverse(out_plan);
    return true;
}

bool
merkle_prove(const struct merkle_plan *plan, merkle_leaf_fn read_leaf, void *owner,
             struct merkle_proof *out_proof, struct error *err)
{
    out_proof->count = plan->count;
    for (size_t i = 0; i < plan->count; i++) {
        struct merkle_tree tree = {0};
        for (uint64_t at = plan->ranges[i].from; at < plan->ranges[i].to; at++) {
            struct merkle_hash leaf;
            if (!read_leaf(owner, at, &leaf, err))
                return false;
            merkle_tree_add(&tree, &leaf);
        }
        out_proof->hashes[i] = merkle_tree_root(&tree);
    }
    return true;
}

/* Where a walk up from a node stands: the node's index in its level, and the level's last index. */
struct climb {
    uint64_t index, last;
};

static bool
is_right_child(const struct climb *climb)
{
    return (climb->index & 1) || climb->index == climb->last;
}

static void
go_up(struct climb *climb)
{
    climb->index >>= 1;
    climb->last >>= 1;
}

/* A last node without a sibling is its own parent: such levels have no hash in the proof. */
static void
skip_levels_without_sibling(struct climb *climb)
{
    while (!(climb->index & 1) && climb->index != 0)
        go_up(climb);
}

bool
merkle_proves_inclusion(const struct merkle_proof *proof, uint64_t index, const struct merkle_hash *leaf,
                        const struct merkle_head *head)
{
    if (index >= head->size)
        return false;
    struct climb climb = {index, head->size - 1};
    struct merkle_hash hash = *leaf;
    for (size_t i = 0; i < proof->count; i++) {
        if (climb.last == 0)
            return false;
        if (is_right_child(&climb)) {
            hash = merkle_node(&proof->hashes[i], &hash);
            skip_levels_without_sibling(&climb);
        } else {
            hash = merkle_node(&hash, &proof->hashes[i]);
        }
        go_up(&climb);
    }
    return climb.last == 0 && merkle_hash_equals(&hash, &head->root);
}

static bool
is_power_of_two(uint64_t value)
{
    return (value & (value - 1)) == 0;
}

/* Both roots are computed from the same hashes: from those left of the smaller tree's end, and from all. */
static bool
climb_both(const struct merkle_proof *proof, const struct merkle_head *smaller,
           const struct merkle_head *larger)
{
    struct climb climb = {smaller->size - 1, larger->size - 1};
    bool starts_whole = is_power_of_two(smaller->size); /* then the start is the smaller root itself */
    struct merkle_hash old_root = starts_whole ? smaller->root : proof->hashes[0];
    struct merkle_hash new_root = old_root;
    while (climb.index & 1)
        go_up(&climb);
    for (size_t i = starts_whole ? 0 : 1; i < proof->count; i++) {
        if (climb.last == 0)
            return false;
        if (is_right_child(&climb)) {
            old_root = merkle_node(&proof->hashes[i], &old_root);
            new_root = merkle_node(&proof->hashes[i], &new_root);
            skip_levels_without_sibling(&climb);
        } else {
            new_root = merkle_node(&new_root, &proof->hashes[i]);
        }
        go_up(&climb);
    }
    return climb.last == 0 && merkle_hash_equals(&old_root, &smaller->root) &&
           merkle_hash_equals(&new_root, &larger->root);
}

bool
merkle_proves_consistency(const struct merkle_proof *proof, const struct merkle_head *smaller,
                          const struct merkle_head *larger)
{
    if (smaller->size > larger->size)
        return false;
    if (smaller->size == larger->size)
        return proof->count == 0 && merkle_hash_equals(&smaller->root, &larger->root);
    if (smaller->size == 0) {
        struct merkle_hash empty = merkle_tree_root(&(const struct merkle_tree){0});
        return proof->count == 0 && merkle_hash_equals(&smaller->root, &empty);
    }
    return proof->count > 0 && climb_both(proof, smaller, larger);
}
