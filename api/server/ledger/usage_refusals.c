/* Refused records are read once more, for what only the audit log wants of them. */
#include "api/server/ledger/usage_refusals.h"

#include <assert.h>

#include "api/audit/audit_draft.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/document/json_scan.h"

#define LATEST_MS INT64_C(253402300799999) /* the year 9999: a row can say no later one */

enum { CODE, POLICY, DIGEST, FIELD_COUNT };
enum { MOST_WORD_BYTES = 400, DIGEST_DIGITS = 64 };

static bool is_refused(const struct usage_row *row);
static struct usage_refusal refusal_of(struct arena *arena, const struct usage_batch *batch, size_t index);
static struct text word(struct arena *arena, const struct json_field *field);
static struct text reason_of(struct arena *arena, const struct json_field *fields);
static struct text digest_of(struct arena *arena, const struct json_field *field);

struct usage_refusal *
usage_refusals_of(struct arena *arena, const struct usage_batch *batch, size_t *out_count)
{
    size_t count = 0;
    for (size_t i = 0; i < batch->row_count; i++)
        count += is_refused(&batch->rows[i]);
    struct usage_refusal *refusals = arena_alloc_array(arena, count, sizeof(*refusals));
    *out_count = 0;
    for (size_t i = 0; i < batch->row_count; i++)
        if (is_refused(&batch->rows[i]))
            refusals[(*out_count)++] = refusal_of(arena, batch, i);
    return refusals;
}

static bool
is_refused(const struct usage_row *row)
{
    struct text outcome = row->by[USAGE_BY_OUTCOME];
    return text_equals(outcome, text_of(call_outcome_names[CALL_REFUSED])) ||
           text_equals(outcome, text_of(call_outcome_names[CALL_UNAUTHENTICATED]));
}

static struct usage_refusal
refusal_of(struct arena *arena, const struct usage_batch *batch, size_t index)
{
    const struct usage_row *row = &batch->rows[index];
    struct json_field fields[FIELD_COUNT] = {
        [CODE].path = "code", [POLICY].path = "policy", [DIGEST].path = "policyDigest"};
    struct error why;
    bool is_read = json_scan(row->record, fields, FIELD_COUNT, &why);
    struct text caller = row->by[USAGE_BY_CALLER];
    struct audit_row audit = {.time_ms = row->time_ms < LATEST_MS ? row->time_ms : LATEST_MS,
                              .actor = text_is_empty(caller) ? TEXT("unknown") : caller,
                              .action = AUDIT_CALL_REFUSED,
                              .subject = text_format(arena, "call %.*s", TEXT_ARG(row->id)),
                              .decision = AUDIT_REFUSED,
                              .workspace = batch->origin.workspace,
                              .environment = batch->origin.environment};
    if (is_read) {
        audit.reason = reason_of(arena, fields);
        audit.policy_digest = digest_of(arena, &fields[DIGEST]);
    }
    struct usage_refusal refusal = {.id = text_format(arena, "%015lld/%.*s/%lld", (long long)audit.time_ms,
                                                      TEXT_ARG(batch->origin.journal),
                                                      (long long)batch->numbers[index])};
    bool is_printed = audit_draft_print(arena, &audit, &refusal.line, &why); /* all of it is bounded */
    assert(is_printed);
    return refusal;
}

static struct text
reason_of(struct arena *arena, const struct json_field *fields)
{
    struct text code = word(arena, &fields[CODE]), policy = word(arena, &fields[POLICY]);
    if (text_is_empty(policy))
        return code;
    return text_format(arena, "%.*s by %.*s", TEXT_ARG(code), TEXT_ARG(policy));
}

static struct text
word(struct arena *arena, const struct json_field *field)
{
    struct text text = utf8_at_most(json_scan_string(arena, field->raw), MOST_WORD_BYTES);
    ptrdiff_t nul = text_find_byte(text, '\0');
    return nul < 0 ? text : text_slice(text, 0, (size_t)nul);
}

static struct text
digest_of(struct arena *arena, const struct json_field *field)
{
    struct text digest = json_scan_string(arena, field->raw);
    uint8_t bytes[DIGEST_SHA256_BYTES];
    if (digest.length != DIGEST_DIGITS || !digest_parse_hex(digest, bytes, sizeof(bytes)))
        return (struct text){0};
    return digest_hex(arena, bytes, sizeof(bytes));
}
