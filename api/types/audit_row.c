/* The declaration of audit_row.h made real, and the bytes its hash is taken over. */
#include "api/types/audit_row.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"

enum { USUAL_BYTES = 1024 };

const char *const audit_action_names[] = {
    "PolicyChanged",    "WorkspaceChanged", "DeploymentChanged", "KeyCreated",  "KeyRotated",
    "KeyRevoked",       "PriceChanged",     "ApprovalGiven",     "CallRefused", "LeaseWrittenOff",
    "RetentionApplied", "SubjectErased",    "SigningKeyChanged", NULL,
};
const char *const audit_decision_names[] = {"Done", "Allowed", "Refused", NULL};

DEFINE_SCHEMA(audit_row, AUDIT_ROW_FIELDS, "One row of the audit log.");

struct text
audit_row_canonical(struct arena *arena, const struct document *row)
{
    struct buffer canonical;
    buffer_init(&canonical, arena, USUAL_BYTES);
    struct document *hashed = document_new_map(arena);
    for (size_t i = 0; i < document_count(row); i++) {
        struct text key = document_key_at(row, i);
        if (!text_equals(key, TEXT("hash")))
            document_set(hashed, key, document_value_at(row, i));
    }
    json_print_canonical(hashed, &canonical);
    return buffer_text(&canonical);
}

bool
audit_row_hash(struct arena *arena, const struct document *row, uint8_t out_hash[DIGEST_SHA256_BYTES])
{
    uint8_t previous[DIGEST_SHA256_BYTES];
    struct text written = document_text(document_find(row, TEXT("prevHash")));
    if (!digest_parse_hex(written, previous, sizeof(previous)))
        return false;
    const struct text parts[] = {
        TEXT("\0"), audit_row_canonical(arena, row), {(const char *)previous, sizeof(previous)}};
    digest_sha256_joined(parts, COUNT_OF(parts), out_hash);
    return true;
}

struct text
audit_row_print(struct arena *arena, const struct audit_row *row)
{
    struct buffer line;
    buffer_init(&line, arena, USUAL_BYTES);
    json_print_canonical(schema_encode(arena, &audit_row_schema, row, SCHEMA_ENCODE_PLAIN), &line);
    return buffer_text(&line);
}

bool
audit_row_parse(struct arena *arena, struct text line, struct audit_row *out_row, struct error *err)
{
    struct document *document = NULL;
    struct problem_list problems;
    if (!json_parse(arena, line, (struct text){0}, &document, err))
        return false;
    problems_init(&problems, arena);
    if (!schema_decode(arena, &audit_row_schema, document, (struct text){0}, out_row, &problems))
        return error_set(err, ERROR_INVALID, "%.*s", TEXT_ARG(problem_line(arena, &problems.items[0])));
    return true;
}
