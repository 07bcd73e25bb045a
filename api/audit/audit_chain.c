/* Adding to the chain, and following it. */
#include "api/audit/audit_chain.h"

#include "lib/base/error.h"

static bool find_flaw(struct arena *arena, const struct audit_chain *chain, const struct audit_row *row,
                      struct audit_verdict *verdict, struct error *err);

static struct text
hash_text(struct arena *arena, const struct merkle_hash *hash)
{
    return digest_hex(arena, hash->bytes, sizeof(hash->bytes));
}

bool
audit_chain_append(struct arena *arena, struct audit_chain *chain, struct audit_row *row, struct error *err)
{
    struct audit_row next = *row, read;
    struct audit_chain after = {.seq = chain->seq + 1, .time_ms = row->time_ms};
    next.seq = after.seq;
    next.prev_hash = hash_text(arena, &chain->hash);
    next.hash = next.prev_hash; /* stands in for it, so that the rest can be read */
    if (!audit_row_parse(arena, audit_row_print(arena, &next), &read, err))
        return error_context(err, "audit row %lld", (long long)next.seq);
    if (!audit_row_hash(arena, read.source, after.hash.bytes))
        return error_set(err, ERROR_INTERNAL, "audit row %lld has no hash", (long long)next.seq);
    next.hash = hash_text(arena, &after.hash);
    *row = next;
    *chain = after;
    return true;
}

bool
audit_chain_verify(struct arena *arena, struct audit_chain *chain, struct text line,
                   struct audit_verdict *out_verdict, struct error *err)
{
    struct audit_row row;
    *out_verdict = (struct audit_verdict){.flaw = AUDIT_ROW_UNREADABLE};
    if (!audit_row_parse(arena, line, &row, err))
        return error_context(err, "it is no audit row");
    *out_verdict = (struct audit_verdict){.seq = row.seq};
    if (!find_flaw(arena, chain, &row, out_verdict, err))
        return false;
    if (chain->seq > 0 && chain->time_ms - row.time_ms > AUDIT_MAX_SKEW_MS)
        out_verdict->back_ms = chain->time_ms - row.time_ms;
    *chain = (struct audit_chain){.seq = row.seq, .time_ms = row.time_ms};
    return digest_parse_hex(row.hash, chain->hash.bytes, sizeof(chain->hash.bytes));
}

/* False with the first thing that is wrong. */
static bool
find_flaw(struct arena *arena, const struct audit_chain *chain, const struct audit_row *row,
          struct audit_verdict *verdict, struct error *err)
{
    struct merkle_hash hash;
    long long seq = row->seq, expected = chain->seq + 1;
    verdict->flaw = AUDIT_ROW_CHANGED;
    if (!audit_row_hash(arena, row->source, hash.bytes) || !text_equals(row->hash, hash_text(arena, &hash)))
        return error_set(err, ERROR_INVALID, "its hash is not that of what it says: it was changed");
    verdict->flaw = AUDIT_ROW_OUT_OF_ORDER;
    if (seq > expected + 1)
        return error_set(err, ERROR_INVALID, "rows %lld to %lld are missing before it", expected, seq - 1);
    if (seq > expected)
        return error_set(err, ERROR_INVALID, "row %lld is missing before it", expected);
    if (seq < expected)
        return error_set(err, ERROR_INVALID, "row %lld is expected here: it was put in, moved or doubled",
                         expected);
    verdict->flaw = AUDIT_ROW_UNLINKED;
    if (!text_equals(row->prev_hash, hash_text(arena, &chain->hash)))
        return error_set(err, ERROR_INVALID,
                         chain->seq == 0
                             ? "it is the first row, but its prevHash is not 64 zeros"
                             : "its prevHash is not the hash of the row before it: one of the two was "
                               "replaced");
    verdict->flaw = AUDIT_SOUND;
    return true;
}
