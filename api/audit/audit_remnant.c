/* Two fixed forms of text, each way. */
#include "api/audit/audit_remnant.h"

#include "lib/base/arena.h"
#include "lib/base/parse.h"

#define START TEXT("{\"hash\":\"")
#define MIDDLE TEXT("\",\"seq\":")
#define RETAINED TEXT("rows 1 to ")

enum { HASH_DIGITS = 2 * DIGEST_SHA256_BYTES, LONGEST = 128 };

static bool read_seq(struct text digits, int64_t *out_seq);

struct text
audit_remnant_print(struct arena *arena, const struct audit_remnant *remnant)
{
    return text_format(arena, "%.*s%.*s%.*s%lld}", TEXT_ARG(START),
                       TEXT_ARG(digest_hex(arena, remnant->hash.bytes, sizeof(remnant->hash.bytes))),
                       TEXT_ARG(MIDDLE), (long long)remnant->seq);
}

/* Printed again it must be the same: one text for one remnant. */
bool
audit_remnant_parse(struct text line, struct audit_remnant *out_remnant)
{
    struct audit_remnant remnant;
    size_t hash = START.length, seq = hash + HASH_DIGITS + MIDDLE.length;
    if (line.length > LONGEST || line.length <= seq || !text_starts_with(line, START) ||
        !digest_parse_hex(text_slice(line, hash, hash + HASH_DIGITS), remnant.hash.bytes,
                          sizeof(remnant.hash.bytes)) ||
        !read_seq(text_slice(line, seq, line.length - 1), &remnant.seq))
        return false;
    scoped_arena struct arena *scratch = arena_new(0);
    if (!text_equals(audit_remnant_print(scratch, &remnant), line))
        return false;
    *out_remnant = remnant;
    return true;
}

struct text
audit_retention_subject(struct arena *arena, int64_t last_seq)
{
    return text_format(arena, "%.*s%lld", TEXT_ARG(RETAINED), (long long)last_seq);
}

int64_t
audit_retention_last_seq(const struct audit_row *row)
{
    int64_t seq = 0;
    bool is_it = row->action == AUDIT_RETENTION_APPLIED && text_starts_with(row->subject, RETAINED) &&
                 read_seq(text_slice(row->subject, RETAINED.length, row->subject.length), &seq);
    return is_it ? seq : 0;
}

static bool
read_seq(struct text digits, int64_t *out_seq)
{
    return parse_int64(digits, out_seq) && *out_seq > 0 && *out_seq <= AUDIT_ROW_MAX_SEQ;
}
