/* The declarations of rest_keys.h made real. */
#include "api/types/rest_keys.h"

enum { LEAST_DIGITS = 12, MOST_DIGITS = 64 };

const char *const key_origin_names[] = {"Declared", "Made", NULL};

static bool
is_key_id(struct text text)
{
    static const struct text start = TEXT("sha256:");
    if (text_starts_with(text, start))
        text = text_slice(text, start.length, text.length);
    for (size_t i = 0; i < text.length; i++)
        if (text_find_byte(TEXT("0123456789abcdef"), text.bytes[i]) < 0)
            return false;
    return text.length >= LEAST_DIGITS && text.length <= MOST_DIGITS;
}

const struct text_format text_format_key_id = {
    .name = "the first 12 to 64 hex digits of a key's hash",
    .pattern = "^(sha256:)?[0-9a-f]{12,64}$",
    .example = "sha256:9f86d081884c",
    .accepts = is_key_id,
};

static void
check_wanted(const void *value, struct text path, struct problem_list *problems)
{
    const struct key_wanted *wanted = value;
    if (wanted->after > 0 && text_is_empty(wanted->replaces))
        problems_add(problems, wanted->source, path, "after: is of a key that is replaced: say which");
}

DEFINE_SCHEMA(keys_path, KEYS_PATH_FIELDS, "Whose keys.");
DEFINE_SCHEMA(key_path, KEY_PATH_FIELDS, "Which key.");
DEFINE_SCHEMA(key_revocation_query, KEY_REVOCATION_QUERY_FIELDS, "When a key is revoked.");
DEFINE_SCHEMA(key_wanted, KEY_WANTED_FIELDS, "Another key for a caller.", .check = check_wanted);
DEFINE_SCHEMA(key_state, KEY_STATE_FIELDS, "A key of a caller, without the key.");
DEFINE_SCHEMA(keys_report, KEYS_REPORT_FIELDS, "A caller's keys in one environment.");
DEFINE_SCHEMA(made_key, MADE_KEY_FIELDS, "A key that was made.");
