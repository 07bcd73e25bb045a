/* What the tests of api/audit start from: logs of rows, their hashes, a key, and files that hold them. */
#pragma once

#include "api/audit/audit_chain.h"
#include "api/audit/audit_checkpoint.h"
#include "lib/base/arena.h"

#define ORIGIN TEXT("weir.example/audit")

extern struct arena *test_arena;

void given_fresh_arena(void);
void end_arena(void);

struct given_log {
    struct text lines[512]; /* as an export has them, without line ends */
    struct merkle_hash hashes[512];
    size_t count;
};

struct audit_row given_row(size_t number);
/* Rows 1 to count, and nothing wrong with them. */
struct given_log *given_log(size_t count);
/* The same rows with the reason of one of them changed and everything after it made to fit. */
struct given_log *given_rewritten_log(size_t count, size_t changed);
struct merkle_head given_head(const struct given_log *log, size_t size);
/* A merkle_leaf_fn whose owner is a given_log. */
bool given_leaf(void *owner, uint64_t index, struct merkle_hash *out_leaf, struct error *err);

/* The key of tests/golden/audit: RFC 8032 7.1's first. */
struct signature_key *given_key(void);
struct audit_keys given_keys(void);
struct text given_checkpoint(const struct merkle_head *head);

struct text given_golden(const char *name);
/* A path in a folder of the test's own; a file there when bytes are given. */
const char *given_path(const char *name);
const char *given_file(const char *name, struct text bytes);
/* The lines with a line end behind each. */
struct text given_export(const struct text *lines, size_t count);
