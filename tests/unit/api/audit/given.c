/* Logs, keys and files for the tests of api/audit. */
#include "tests/unit/api/audit/given.h"

#include <criterion/criterion.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"

#define SEED_PEM                                                                                             \
    "-----BEGIN PRIVATE KEY-----\n"                                                                          \
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"                                     \
    "-----END PRIVATE KEY-----\n"

struct arena *test_arena;
static char folder[64];

void
given_fresh_arena(void)
{
    test_arena = arena_new(0);
    folder[0] = '\0';
}

void
end_arena(void)
{
    arena_free(test_arena);
}

struct audit_row
given_row(size_t number)
{
    return (struct audit_row){
        .time_ms = 1764417600000 + (int64_t)number * 1001,
        .actor = TEXT("weir-operator"),
        .action = number % 2 ? AUDIT_POLICY_CHANGED : AUDIT_KEY_REVOKED,
        .subject = text_format(test_arena, "ModelPolicy demo-prod/p%zu", number),
        .decision = number % 3 ? AUDIT_DONE : AUDIT_REFUSED,
        .workspace = TEXT("demo"),
        .reason = TEXT("caf\xc3\xa9 \"x\"\n"),
    };
}

struct given_log *
given_rewritten_log(size_t count, size_t changed)
{
    struct given_log *log = arena_alloc(test_arena, sizeof(*log));
    struct audit_chain chain = {0};
    for (size_t i = 0; i < count; i++) {
        struct audit_row row = given_row(i + 1);
        struct error err = {0};
        if (i + 1 == changed)
            row.reason = TEXT("another");
        cr_assert(audit_chain_append(test_arena, &chain, &row, &err), "%s", err.message);
        log->lines[i] = audit_row_print(test_arena, &row);
        log->hashes[i] = chain.hash;
    }
    log->count = count;
    return log;
}

struct given_log *
given_log(size_t count)
{
    return given_rewritten_log(count, 0);
}

struct merkle_head
given_head(const struct given_log *log, size_t size)
{
    struct merkle_tree tree = {0};
    for (size_t i = 0; i < size; i++)
        merkle_tree_add(&tree, &log->hashes[i]);
    return (struct merkle_head){size, merkle_tree_root(&tree)};
}

bool
given_leaf(void *owner, uint64_t index, struct merkle_hash *out_leaf, struct error *err)
{
    const struct given_log *log = owner;
    if (index >= log->count)
        return error_set(err, ERROR_NOT_FOUND, "no row %llu", (unsigned long long)index);
    *out_leaf = log->hashes[index];
    return true;
}

struct signature_key *
given_key(void)
{
    struct signature_key *key = NULL;
    cr_assert(signature_key_read(test_arena, TEXT(SEED_PEM), &key, NULL));
    return key;
}

struct audit_keys
given_keys(void)
{
    return (struct audit_keys){.items = {signature_key_public(given_key())}, .count = 1};
}

struct text
given_checkpoint(const struct merkle_head *head)
{
    struct text note = {0};
    cr_assert(audit_checkpoint_sign(test_arena, &(const struct audit_signer){ORIGIN, given_key()}, head,
                                    &note, NULL));
    return note;
}

struct text
given_golden(const char *name)
{
    struct text bytes = {0};
    struct error err = {0};
    const char *path = text_c_string(test_arena, text_format(test_arena, "tests/golden/audit/%s", name));
    cr_assert(file_read(test_arena, path, 1 << 20, &bytes, &err), "%s", err.message);
    return bytes;
}

const char *
given_path(const char *name)
{
    if (folder[0] == '\0') {
        (void)snprintf(folder, sizeof(folder), "/tmp/weir-audit-XXXXXX");
        cr_assert(mkdtemp(folder));
    }
    return text_c_string(test_arena, text_format(test_arena, "%s/%s", folder, name));
}

const char *
given_file(const char *name, struct text bytes)
{
    const char *path = given_path(name);
    cr_assert(file_write_atomic(path, bytes, 0644, NULL));
    return path;
}

struct text
given_export(const struct text *lines, size_t count)
{
    struct buffer bytes;
    buffer_init(&bytes, test_arena, 1024 * (count + 1));
    for (size_t i = 0; i < count; i++) {
        buffer_add_text(&bytes, lines[i]);
        buffer_add_byte(&bytes, '\n');
    }
    return buffer_text(&bytes);
}
