/* Members of ledger_frames.h's frames by which gateways of one environment hear of each other's calls under
 * an Idempotency-Key. A gateway asks the ledger and the ledger asks the others, in the same words; each
 * numbers its own questions. */
#pragma once

#include "lib/schema/fields.h"

#define RECALL_CALLER_MAX_BYTES 253
#define RECALL_KEY_MAX_BYTES 255
#define RECALL_CALL_MAX_BYTES 64
#define RECALL_CONTENT_TYPE_MAX_BYTES 256
#define RECALL_MAX_LEFT_MS 3600000
#define RECALL_ANSWER_MAX_BYTES (256 * 1024)
#define RECALL_BODY_MAX_BYTES ((RECALL_ANSWER_MAX_BYTES + 2) / 3 * 4) /* as base64 */

enum recall_verdict {
    RECALL_UNKNOWN,
    RECALL_RUNNING,   /* the same is being asked now */
    RECALL_DIFFERENT, /* the key stands for another question */
    RECALL_ANSWERED,  /* here is the answer */
};
extern const char *const recall_verdict_names[]; /* Unknown Running Different Answered */
extern const struct text_format text_format_recall_header;

/* clang-format off */
#define LEDGER_RECALL_FIELDS(F, T)                                                                                     \
    F(T, INT, number, "number", REQUIRED, RANGE(1, INT64_MAX), DOC("Which of the asker's questions on this stream."))  \
    F(T, TEXT, caller, "caller", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(RECALL_CALLER_MAX_BYTES), DOC("Whose key it is.")) \
    F(T, TEXT, key, "key", REQUIRED, MIN_LENGTH(1), MAX_LENGTH(RECALL_KEY_MAX_BYTES), DOC("The Idempotency-Key."))     \
    F(T, TEXT, digest, "digest", REQUIRED, MAX_LENGTH(64), FORMAT(sha256_hex), DOC("Of all that makes it the same question."))
DECLARE_SCHEMA(ledger_recall, LEDGER_RECALL_FIELDS);

#define LEDGER_RECALLED_FIELDS(F, T)                                                                                   \
    F(T, INT, number, "number", REQUIRED, RANGE(1, INT64_MAX), DOC("Of the Recall."))                                  \
    F(T, ENUM(recall_verdict), verdict, "verdict", REQUIRED, DOC("What is known under the key."))                      \
    F(T, BOOL, is_partial, "isPartial", DEFAULT("false"), DOC("Of the ledger's Unknown: a gateway could not be asked, or did not answer in time.")) \
    F(T, TEXT, call, "call", MAX_LENGTH(RECALL_CALL_MAX_BYTES), FORMAT(recall_header), DOC("Answered: the id of the call whose answer this is.")) \
    F(T, TEXT, content_type, "contentType", MAX_LENGTH(RECALL_CONTENT_TYPE_MAX_BYTES), FORMAT(recall_header), DOC("Answered: what the body is.")) \
    F(T, INT, left_ms, "leftMs", DEFAULT("0"), RANGE(0, RECALL_MAX_LEFT_MS), DOC("Answered: how long it is kept yet.")) \
    F(T, TEXT, body, "body", MAX_LENGTH(RECALL_BODY_MAX_BYTES), DOC("Answered: its bytes, in base64."))
DECLARE_SCHEMA(ledger_recalled, LEDGER_RECALLED_FIELDS);
/* clang-format on */

/* Whether an answer of this type can be given by another gateway. */
bool recall_can_say(struct text content_type);
