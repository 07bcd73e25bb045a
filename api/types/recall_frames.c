/* Their schemas, and what can be said of an answer. */
#include "api/types/recall_frames.h"

const char *const recall_verdict_names[] = {"Unknown", "Running", "Different", "Answered", NULL};

/* It goes into the head of another gateway's reply. */
static bool
accepts_header_value(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.bytes[i] < ' ' || text.bytes[i] > '~')
            return false;
    return true;
}

const struct text_format text_format_recall_header = {
    .name = "a header's value in visible ASCII",
    .pattern = "^[ -~]*$",
    .example = "application/json",
    .accepts = accepts_header_value,
};

DEFINE_SCHEMA(ledger_recall, LEDGER_RECALL_FIELDS, "A question what is known under an Idempotency-Key.");
DEFINE_SCHEMA(ledger_recalled, LEDGER_RECALLED_FIELDS, "What is known under it.");

bool
recall_can_say(struct text content_type)
{
    return content_type.length <= RECALL_CONTENT_TYPE_MAX_BYTES && accepts_header_value(content_type);
}
