/* Any bytes as a checkpoint: what is accepted is the sum of its parts, is signed by no key of ours, and
 * signed anew reads as the same head. Any bytes as a line of an export: never the next row of a chain it was
 * not made for. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "api/audit/audit_chain.h"
#include "api/audit/audit_checkpoint.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct signature_key *key; /* new each time: no input is signed with it */

int
LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    bool is_made = signature_key_new(arena_new(0), &key, NULL);
    assert(is_made);
    return 0;
}

static void
expect_same_when_signed_anew(struct arena *arena, const struct audit_checkpoint *checkpoint,
                             const struct audit_keys *keys)
{
    struct audit_checkpoint again;
    struct text note;
    size_t index = 1;
    bool is_sound = audit_checkpoint_sign(arena, &(const struct audit_signer){checkpoint->origin, key},
                                          &checkpoint->head, &note, NULL) &&
                    audit_checkpoint_parse(arena, note, &again, NULL) &&
                    audit_checkpoint_verify(arena, &again, keys, &index, NULL);
    assert(is_sound && index == 0);
    assert(text_equals(again.origin, checkpoint->origin) && again.head.size == checkpoint->head.size);
    assert(merkle_hash_equals(&again.head.root, &checkpoint->head.root));
    assert(text_starts_with(checkpoint->signed_bytes, again.signed_bytes));
}

static void
try_row(struct arena *arena, struct text line)
{
    struct audit_chain chain = {.seq = 41, .hash = {{9}}}, before = chain;
    struct audit_verdict verdict;
    struct error err = {0};
    bool is_next = audit_chain_verify(arena, &chain, line, &verdict, &err);
    assert(!is_next && verdict.flaw != AUDIT_SOUND && err.kind == ERROR_INVALID);
    assert(memcmp(&chain, &before, sizeof(chain)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena *arena = arena_new(0);
    struct text note = {(const char *)bytes, length};
    struct audit_keys keys = {.items = {signature_key_public(key)}, .count = 1};
    struct audit_checkpoint checkpoint;
    struct error err = {0};
    size_t index;
    if (audit_checkpoint_parse(arena, note, &checkpoint, &err)) {
        assert(checkpoint.signed_bytes.length + 1 + checkpoint.signature_lines.length == length);
        assert(!audit_checkpoint_verify(arena, &checkpoint, &keys, &index, &err) && err.kind == ERROR_DENIED);
        if (audit_origin_is_sound(checkpoint.origin))
            expect_same_when_signed_anew(arena, &checkpoint, &keys);
    } else {
        assert(err.kind == ERROR_INVALID);
    }
    try_row(arena, note);
    arena_free(arena);
    return 0;
}
