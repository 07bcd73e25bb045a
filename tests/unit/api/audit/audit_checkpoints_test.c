/* The file of checkpoints: what it takes, what it refuses, and what a crash leaves. */
#include "api/audit/audit_checkpoints.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "tests/unit/api/audit/given.h"

TestSuite(audit_checkpoints, .init = given_fresh_arena, .fini = end_arena);

static struct audit_checkpoints *
open_in(struct arena *arena, const char *path, struct error *err)
{
    struct audit_checkpoints_options options = {.path = path, .origin = ORIGIN, .keys = given_keys()};
    struct audit_checkpoints *checkpoints = NULL;
    return audit_checkpoints_open(arena, &options, &checkpoints, err) ? checkpoints : NULL;
}

static struct merkle_proof
proof_of(struct given_log *log, uint64_t from, uint64_t to)
{
    struct merkle_plan plan;
    struct merkle_proof proof;
    cr_assert(merkle_plan_consistency(from, to, &plan, NULL));
    cr_assert(merkle_prove(&plan, given_leaf, log, &proof, NULL));
    return proof;
}

static bool
append(struct audit_checkpoints *checkpoints, struct given_log *log, size_t size, struct error *err)
{
    struct merkle_head head = given_head(log, size), last = audit_checkpoints_head(checkpoints);
    struct merkle_proof proof = proof_of(log, last.size < size ? last.size : size, size);
    return audit_checkpoints_append(checkpoints, given_checkpoint(&head), &proof, err);
}

static struct text
content(const char *path)
{
    struct text bytes;
    cr_assert(file_read(test_arena, path, 1 << 20, &bytes, NULL));
    return bytes;
}

Test(audit_checkpoints, are_appended_and_there_again_after_a_start)
{
    struct given_log *log = given_log(50);
    const char *path = given_path("checkpoints");
    struct error err = {0};
    static const size_t sizes[] = {0, 1, 2, 3, 7, 8, 32, 33, 50};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct arena *run = arena_new(0);
        struct audit_checkpoints *checkpoints = open_in(run, path, &err);
        cr_assert(checkpoints, "%s", err.message);
        cr_expect_eq(audit_checkpoints_count(checkpoints), i);
        cr_assert(append(checkpoints, log, sizes[i], &err), "%zu: %s", sizes[i], err.message);
        struct merkle_head head = audit_checkpoints_head(checkpoints), wanted = given_head(log, sizes[i]);
        cr_expect(head.size == wanted.size && merkle_hash_equals(&head.root, &wanted.root));
        arena_free(run);
    }
}

Test(audit_checkpoints, are_written_as_python_writes_them)
{
    const char *path = given_file("checkpoints", given_golden("checkpoints.txt"));
    struct error err = {0};
    struct audit_checkpoints *checkpoints = open_in(test_arena, path, &err);
    cr_assert(checkpoints, "%s", err.message);
    cr_expect_eq(audit_checkpoints_count(checkpoints), 6);
    cr_expect_eq(audit_checkpoints_head(checkpoints).size, 11);
}

Test(audit_checkpoints, refuse_one_that_does_not_grow_out_of_the_newest)
{
    struct given_log *log = given_log(20);
    const char *path = given_path("checkpoints");
    struct error err = {0};
    struct audit_checkpoints *checkpoints = open_in(test_arena, path, &err);
    cr_assert(append(checkpoints, log, 10, &err));
    struct text before = content(path);
    for (size_t changed = 1; changed <= 10; changed++) {
        cr_expect_not(append(checkpoints, given_rewritten_log(20, changed), 20, &err), "row %zu", changed);
        cr_expect(strstr(err.message, "do not begin with the 10 of the one before"), "%s", err.message);
    }
    cr_expect_not(append(checkpoints, log, 9, &err));
    cr_expect(strstr(err.message, "states 9 rows, the one before it 10"), "%s", err.message);
    cr_expect_not(append(checkpoints, given_rewritten_log(10, 4), 10, &err));
    cr_expect(strstr(err.message, "other rows"), "%s", err.message);

    cr_expect(text_equals(content(path), before));
    cr_expect(append(checkpoints, log, 20, &err), "what is right is taken still: %s", err.message);
}

Test(audit_checkpoints, write_the_newest_once)
{
    struct given_log *log = given_log(5);
    const char *path = given_path("checkpoints");
    struct error err = {0};
    struct audit_checkpoints *checkpoints = open_in(test_arena, path, &err);
    cr_assert(append(checkpoints, log, 5, &err) && append(checkpoints, log, 5, &err));
    cr_expect_eq(audit_checkpoints_count(checkpoints), 1);
    cr_expect_eq(text_find(text_slice(content(path), 1, 9999), ORIGIN) > 0, true);
}

Test(audit_checkpoints, refuse_one_of_another_log_or_key)
{
    struct given_log *log = given_log(5);
    struct merkle_head head = given_head(log, 5);
    struct merkle_proof proof = proof_of(log, 0, 5);
    struct signature_key *other = NULL;
    struct text note;
    struct error err = {0};
    struct audit_checkpoints *checkpoints = open_in(test_arena, given_path("checkpoints"), &err);

    cr_assert(audit_checkpoint_sign(test_arena, &(const struct audit_signer){TEXT("elsewhere"), given_key()},
                                    &head, &note, NULL));
    cr_expect_not(audit_checkpoints_append(checkpoints, note, &proof, &err));
    cr_expect(strstr(err.message, "another log, \"elsewhere\""), "%s", err.message);
    cr_assert(signature_key_new(test_arena, &other, NULL));
    cr_assert(
        audit_checkpoint_sign(test_arena, &(const struct audit_signer){ORIGIN, other}, &head, &note, NULL));
    cr_expect_not(audit_checkpoints_append(checkpoints, note, &proof, &err));
    cr_expect(strstr(err.message, "none of the given keys"), "%s", err.message);
}

/* Whatever a crash leaves of the last write, the file is whole again when it is opened, and goes on. */
Test(audit_checkpoints, go_on_after_a_write_that_was_cut_anywhere)
{
    struct given_log *log = given_log(11);
    const char *path = given_path("checkpoints");
    struct error err = {0};
    struct arena *run = arena_new(0);
    struct audit_checkpoints *checkpoints = open_in(run, path, &err);
    cr_assert(append(checkpoints, log, 7, &err));
    size_t first_bytes = content(path).length;
    cr_assert(append(checkpoints, log, 11, &err));
    arena_free(run);
    struct text whole = content(path);
    for (size_t length = first_bytes; length <= whole.length; length++) {
        run = arena_new(0);
        cr_assert(file_write_atomic(path, text_slice(whole, 0, length), 0644, NULL));
        checkpoints = open_in(run, path, &err);
        cr_assert(checkpoints, "%zu: %s", length, err.message);
        cr_assert(append(checkpoints, log, 11, &err), "%zu: %s", length, err.message);
        cr_assert_eq(audit_checkpoints_count(checkpoints), 2);
        arena_free(run);
        if (length < whole.length - 1) /* without its last line end the newest one stands as it is */
            cr_assert(text_equals(content(path), whole), "cut at %zu", length);
    }
}

Test(audit_checkpoints, go_on_behind_one_without_its_blank_line)
{
    struct given_log *log = given_log(11);
    struct merkle_head head = given_head(log, 7);
    const char *path = given_file("checkpoints", given_checkpoint(&head));
    struct error err = {0};
    struct arena *run = arena_new(0);
    cr_assert(append(open_in(run, path, &err), log, 11, &err), "%s", err.message);
    arena_free(run);

    struct audit_checkpoints *checkpoints = open_in(test_arena, path, &err);
    cr_assert(checkpoints, "%s", err.message);
    cr_expect_eq(audit_checkpoints_count(checkpoints), 2);
}

Test(audit_checkpoints, do_not_open_with_any_of_them_changed_and_say_which)
{
    struct text good = given_golden("checkpoints.txt");
    for (size_t at = 0; at < good.length;
         at += at + 200 < good.length ? 7 : 1) { /* the last one: every byte */
        char *changed = arena_copy(test_arena, good.bytes, good.length);
        struct error err = {0};
        changed[at] = (char)(changed[at] ^ 1);
        const char *path = given_file("checkpoints", (struct text){changed, good.length});
        struct arena *run = arena_new(0);
        cr_expect_not(open_in(run, path, &err), "byte %zu", at);
        cr_expect(strstr(err.message, "checkpoint "), "%s", err.message);
        arena_free(run);
    }
}

Test(audit_checkpoints, have_one_writer)
{
    struct error err = {0};
    const char *path = given_path("checkpoints");
    cr_assert(open_in(test_arena, path, &err));

    cr_expect_not(open_in(test_arena, path, &err));

    cr_expect_eq(err.kind, ERROR_CONFLICT);
}
