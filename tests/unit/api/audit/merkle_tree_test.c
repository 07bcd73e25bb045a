/* Roots against the eight leaves that Certificate Transparency's own tests use (RFC 6962); the roots were
 * made again with Python's hashlib. */
#include <criterion/criterion.h>

#include "api/audit/merkle_tree.h"
#include "tests/support/arena_fixture.h"

TestSuite(merkle_tree, .init = given_arena, .fini = end_arena);

static const struct text entries[] = {
    TEXT(""),   TEXT("\0"),   TEXT("\x10"),     TEXT(" !"),
    TEXT("01"), TEXT("@ABC"), TEXT("PQRSTUVW"), TEXT("`abcdefghijklmno"),
};

static const struct text roots[] = {
    TEXT("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    TEXT("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    TEXT("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    TEXT("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    TEXT("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    TEXT("4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    TEXT("76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    TEXT("ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    TEXT("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
};

Test(merkle_tree, has_the_known_root_after_each_leaf)
{
    struct merkle_tree tree = {0};
    for (size_t size = 0; size < COUNT_OF(roots); size++) {
        struct merkle_hash root = merkle_tree_root(&tree);
        cr_expect_eq(tree.size, size);
        cr_expect(text_equals(digest_hex(arena, root.bytes, 32), roots[size]), "size %zu", size);
        if (size == COUNT_OF(entries))
            break;
        struct merkle_hash leaf = merkle_leaf(entries[size]);
        merkle_tree_add(&tree, &leaf);
    }
}

Test(merkle_tree, goes_on_from_a_copy_of_itself)
{
    struct merkle_tree tree = {0};
    struct merkle_hash leaf = merkle_leaf(TEXT("a"));
    for (int i = 0; i < 5; i++)
        merkle_tree_add(&tree, &leaf);
    struct merkle_tree copy = tree;

    merkle_tree_add(&tree, &leaf);
    merkle_tree_add(&copy, &leaf);

    struct merkle_hash root = merkle_tree_root(&tree), other = merkle_tree_root(&copy);
    cr_expect(merkle_hash_equals(&root, &other));
}
