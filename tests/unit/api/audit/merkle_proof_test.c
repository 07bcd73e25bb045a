/* Proofs against RFC 9162's own definitions, written down once more here as the plain recursions they are. */
#include <criterion/criterion.h>

#include "api/audit/merkle_proof.h"
#include "lib/base/error.h"

enum { MOST = 64, LARGE = 700 };

static struct merkle_hash leaves[LARGE];

static void
given_leaves(void)
{
    for (uint32_t i = 0; i < LARGE; i++)
        leaves[i] = merkle_leaf((struct text){(const char *)&i, sizeof(i)});
}

TestSuite(merkle_proof, .init = given_leaves);

static bool
read_leaf(void *owner, uint64_t index, struct merkle_hash *out_leaf, struct error *err)
{
    size_t *reads = owner;
    if (index >= LARGE)
        return error_set(err, ERROR_NOT_FOUND, "no such leaf");
    *reads += 1;
    *out_leaf = leaves[index];
    return true;
}

/* RFC 9162 2.1.1: MTH. */
static struct merkle_hash
naive_root(const struct merkle_hash *from, uint64_t count)
{
    if (count == 0)
        return merkle_tree_root(&(const struct merkle_tree){0});
    if (count == 1)
        return from[0];
    uint64_t split = 1;
    while (split * 2 < count)
        split *= 2;
    struct merkle_hash left = naive_root(from, split), right = naive_root(from + split, count - split);
    return merkle_node(&left, &right);
}

/* RFC 9162 2.1.3.1: PATH. */
static void
naive_path(uint64_t index, const struct merkle_hash *from, uint64_t count, struct merkle_proof *proof)
{
    if (count == 1)
        return;
    uint64_t split = 1;
    while (split * 2 < count)
        split *= 2;
    if (index < split) {
        naive_path(index, from, split, proof);
        proof->hashes[proof->count++] = naive_root(from + split, count - split);
    } else {
        naive_path(index - split, from + split, count - split, proof);
        proof->hashes[proof->count++] = naive_root(from, split);
    }
}

/* RFC 9162 2.1.4.1: SUBPROOF. */
static void
naive_subproof(uint64_t size, const struct merkle_hash *from, uint64_t count, bool is_known,
               struct merkle_proof *proof)
{
    if (size == count) {
        if (!is_known)
            proof->hashes[proof->count++] = naive_root(from, count);
        return;
    }
    uint64_t split = 1;
    while (split * 2 < count)
        split *= 2;
    if (size <= split) {
        naive_subproof(size, from, split, is_known, proof);
        proof->hashes[proof->count++] = naive_root(from + split, count - split);
    } else {
        naive_subproof(size - split, from + split, count - split, false, proof);
        proof->hashes[proof->count++] = naive_root(from, split);
    }
}

static struct merkle_head
head_of(uint64_t size)
{
    return (struct merkle_head){size, naive_root(leaves, size)};
}

static struct merkle_proof
inclusion_of(uint64_t index, uint64_t size)
{
    struct merkle_plan plan;
    struct merkle_proof proof;
    size_t reads = 0;
    cr_assert(merkle_plan_inclusion(index, size, &plan, NULL));
    cr_assert(merkle_prove(&plan, read_leaf, &reads, &proof, NULL));
    cr_assert_eq(reads, size - 1, "each other leaf once");
    return proof;
}

static struct merkle_proof
consistency_of(uint64_t size, uint64_t larger)
{
    struct merkle_plan plan;
    struct merkle_proof proof;
    size_t reads = 0;
    cr_assert(merkle_plan_consistency(size, larger, &plan, NULL));
    cr_assert(merkle_prove(&plan, read_leaf, &reads, &proof, NULL));
    return proof;
}

static bool
are_equal(const struct merkle_proof *a, const struct merkle_proof *b)
{
    return a->count == b->count && memcmp(a->hashes, b->hashes, a->count * sizeof(a->hashes[0])) == 0;
}

static void
expect_inclusion(uint64_t index, uint64_t size)
{
    struct merkle_head head = head_of(size);
    struct merkle_proof proof = inclusion_of(index, size), naive = {0};
    naive_path(index, leaves, size, &naive);
    cr_assert(are_equal(&proof, &naive), "leaf %d of %d", (int)index, (int)size);
    cr_assert(merkle_proves_inclusion(&proof, index, &leaves[index], &head));
    cr_assert_not(merkle_proves_inclusion(&proof, index, &leaves[LARGE - 1 - index], &head));
    cr_assert_not(merkle_proves_inclusion(&proof, index == 0 ? size : index - 1, &leaves[index], &head));
    for (size_t i = 0; i < proof.count; i++) {
        struct merkle_proof broken = proof;
        broken.hashes[i].bytes[i % 32] ^= 1;
        cr_assert_not(merkle_proves_inclusion(&broken, index, &leaves[index], &head));
    }
    proof.count++;
    cr_assert_not(merkle_proves_inclusion(&proof, index, &leaves[index], &head), "one hash too many");
    proof.count -= 2;
    if (size > 1)
        cr_assert_not(merkle_proves_inclusion(&proof, index, &leaves[index], &head), "one hash too few");
}

static void
expect_consistency(uint64_t size, uint64_t larger)
{
    struct merkle_head from = head_of(size), to = head_of(larger), wrong;
    struct merkle_proof proof = consistency_of(size, larger), naive = {0};
    if (size > 0)
        naive_subproof(size, leaves, larger, true, &naive);
    cr_assert(are_equal(&proof, &naive), "%d in %d", (int)size, (int)larger);
    cr_assert(merkle_proves_consistency(&proof, &from, &to), "%d in %d", (int)size, (int)larger);
    wrong = from;
    wrong.root.bytes[31] ^= 1;
    cr_assert_not(merkle_proves_consistency(&proof, &wrong, &to));
    wrong = to;
    wrong.root.bytes[0] ^= 0x80;
    if (size > 0) /* everything grows out of nothing */
        cr_assert_not(merkle_proves_consistency(&proof, &from, &wrong));
    for (size_t i = 0; i < proof.count; i++) {
        struct merkle_proof broken = proof;
        broken.hashes[i].bytes[i % 32] ^= 1;
        cr_assert_not(merkle_proves_consistency(&broken, &from, &to), "hash %zu", i);
    }
    memset(&proof.hashes[proof.count++], 7, sizeof(proof.hashes[0]));
    cr_assert_not(merkle_proves_consistency(&proof, &from, &to), "one hash too many");
}

Test(merkle_proof, shows_every_leaf_of_every_small_tree_in_it)
{
    for (uint64_t size = 1; size <= MOST; size++)
        for (uint64_t index = 0; index < size; index++)
            expect_inclusion(index, size);
}

Test(merkle_proof, shows_every_small_tree_in_every_larger_one)
{
    for (uint64_t larger = 0; larger <= MOST; larger++)
        for (uint64_t size = 0; size <= larger; size++)
            expect_consistency(size, larger);
}

Test(merkle_proof, holds_for_larger_trees_anywhere)
{
    uint64_t state = 12345;
    for (int i = 0; i < 60; i++) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        uint64_t larger = 65 + (state >> 33) % (LARGE - 65), size = (state >> 13) % larger;
        expect_inclusion(size, larger);
        expect_consistency(size, larger);
    }
}

/* A tree that was written anew from one leaf on is in no relation to the old one. */
Test(merkle_proof, does_not_hold_for_a_rewritten_tree)
{
    for (uint64_t changed = 0; changed < 13; changed++) {
        struct merkle_head old_head = head_of(13);
        struct merkle_hash kept = leaves[changed];
        leaves[changed] = leaves[100];
        struct merkle_head new_head = head_of(29);
        struct merkle_proof proof = consistency_of(13, 29);
        leaves[changed] = kept;

        cr_expect_not(merkle_proves_consistency(&proof, &old_head, &new_head), "leaf %d", (int)changed);
    }
}

Test(merkle_proof, is_planned_for_trees_of_any_size_in_few_hashes)
{
    struct merkle_plan plan;
    uint64_t huge = ((uint64_t)1 << 63) - 1;

    cr_assert(merkle_plan_inclusion(huge - 1, huge, &plan, NULL));
    cr_expect_leq(plan.count, MERKLE_MAX_PROOF);
    cr_assert(merkle_plan_consistency(huge - 2, huge, &plan, NULL));
    cr_expect_leq(plan.count, MERKLE_MAX_PROOF);
    cr_assert(merkle_plan_consistency(12345, huge, &plan, NULL));
    cr_expect_leq(plan.count, MERKLE_MAX_PROOF);
    cr_expect_not(merkle_plan_inclusion(5, 5, &plan, NULL));
    cr_expect_not(merkle_plan_consistency(6, 5, &plan, NULL));
}

Test(merkle_proof, fails_when_a_leaf_cannot_be_read)
{
    struct merkle_plan plan;
    struct merkle_proof proof;
    struct error err = {0};
    size_t reads = 0;
    cr_assert(merkle_plan_inclusion(0, LARGE + 1, &plan, NULL));

    cr_expect_not(merkle_prove(&plan, read_leaf, &reads, &proof, &err));

    cr_expect_eq(err.kind, ERROR_NOT_FOUND);
}
