/* The declarations of rest_questions.h made real. */
#include "api/types/rest_questions.h"

#include "api/types/audit_questions.h"
#include "lib/base/parse.h"

const char *const rest_format_names[] = {"json", "csv", NULL};
const char *const focus_version_names[] = {"1.2", "1.4", NULL};
const char *const usage_over_names[] = {"all", "hour", "day", NULL};

#define TAG_KEY_MAX 63 /* as a client's; a declared tag whose key is longer is in no sum */

static bool
is_tag_key(struct text key)
{
    return key.length > 0 && key.length <= TAG_KEY_MAX && text_find_byte(key, ',') < 0;
}

static bool
is_usage_tag(struct text text)
{
    struct text value = text, key = text_cut(&value, '=');
    return is_tag_key(key) && value.length > 0;
}

const struct text_format text_format_usage_tag = {
    .name = "a tag as KEY=VALUE",
    .pattern = "^[^=,]{1,63}=.+$",
    .example = "feature=search",
    .accepts = is_usage_tag,
};

static bool
is_by_tag(struct text text)
{
    return text_starts_with(text, TEXT("tag:")) && is_tag_key(text_slice(text, 4, text.length));
}

const struct text_format text_format_usage_by_tag = {
    .name = "a tag as tag:KEY",
    .pattern = "^tag:[^,]{1,63}$",
    .example = "tag:cost-center",
    .accepts = is_by_tag,
};

static bool
is_usage_dimension(struct text text)
{
    static const char *const words[] = {"workspace",  "environment", "team",     "caller",
                                        "deployment", "model",       "provider", "targetModel",
                                        "outcome",    "run",         "tool"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (text_equals(text, text_of(words[i])))
            return true;
    return is_by_tag(text);
}

const struct text_format text_format_usage_dimension = {
    .name = "one of workspace, environment, team, caller, deployment, model, provider, targetModel, outcome, "
            "run, tool, tag:KEY",
    .pattern =
        "^(workspace|environment|team|caller|deployment|model|provider|targetModel|outcome|run|tool|tag:[^,"
        "]{1,63})$",
    .example = "environment",
    .accepts = is_usage_dimension,
};

static bool
is_usage_span(struct text text)
{
    if (text.length < 2 || text.length > 5 || text.bytes[0] == '0' ||
        text_find_byte(TEXT("hdw"), text.bytes[text.length - 1]) < 0)
        return false;
    for (size_t i = 0; i < text.length - 1; i++)
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return false;
    return true;
}

const struct text_format text_format_usage_span = {
    .name = "a span of whole hours, days or weeks like 24h, 7d or 2w, at most 9999 of them",
    .pattern = "^[1-9][0-9]{0,3}[hdw]$",
    .example = "7d",
    .accepts = is_usage_span,
};

int64_t
usage_span_ms(struct text span)
{
    int64_t ms = 0;
    return parse_span_ms(span, &ms) ? ms : 0;
}

static void
check_span(int64_t from, int64_t until, struct text path, struct problem_list *problems)
{
    if (from != FIELD_UNSET && until != FIELD_UNSET && from >= until)
        problems_add(problems, NULL, path, "until must be later than from");
}

static void
check_usage_query(const void *value, struct text path, struct problem_list *problems)
{
    const struct usage_query *query = value;
    check_span(query->from, query->until, path, problems);
}

static void
check_calls_query(const void *value, struct text path, struct problem_list *problems)
{
    const struct calls_query *query = value;
    check_span(query->from, query->until, path, problems);
}

static void
check_focus_query(const void *value, struct text path, struct problem_list *problems)
{
    const struct focus_query *query = value;
    check_span(query->from, query->until, path, problems);
}

static void
check_audit_query(const void *value, struct text path, struct problem_list *problems)
{
    const struct audit_query *query = value;
    check_span(query->from, query->until, path, problems);
}

static void
check_budgets_query(const void *value, struct text path, struct problem_list *problems)
{
    const struct budgets_query *query = value;
    if (!text_is_empty(query->environment) && text_is_empty(query->workspace))
        problems_add(problems, NULL, path, "an environment is one of a workspace: say workspace= too");
}

DEFINE_SCHEMA(usage_query, USAGE_QUERY_FIELDS, "What usage is asked for.", .check = check_usage_query);
DEFINE_SCHEMA(movers_query, MOVERS_QUERY_FIELDS, "Whose changes are asked for.");
DEFINE_SCHEMA(calls_query, CALLS_QUERY_FIELDS, "Which calls are asked for.", .check = check_calls_query);
DEFINE_SCHEMA(call_path, CALL_PATH_FIELDS, "Which call.");
DEFINE_SCHEMA(focus_query, FOCUS_QUERY_FIELDS, "What is exported.", .check = check_focus_query);
DEFINE_SCHEMA(audit_query, AUDIT_QUERY_FIELDS, "Which rows of the audit log are asked for.",
              .check = check_audit_query);
DEFINE_SCHEMA(audit_export_query, AUDIT_EXPORT_QUERY_FIELDS, "What of the audit log is exported.");
DEFINE_SCHEMA(in_force_query, IN_FORCE_QUERY_FIELDS, "Of whom it is asked what is in force.");
DEFINE_SCHEMA(budgets_query, BUDGETS_QUERY_FIELDS, "Which budgets are asked for.",
              .check = check_budgets_query);
