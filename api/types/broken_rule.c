/* The place and path of a broken rule. What the rules are stands beside each type. */
#include "api/types/broken_rule.h"

#include <stdarg.h>

#define MESSAGE_MAX 512

void
broken_rule_add(struct problem_list *problems, const struct document *source, struct text path,
                const char *key, const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);

    const struct document *value = document_find(source, text_of(key));
    const char *dot = text_is_empty(path) ? "" : ".";
    struct text full = text_format(problems->arena, "%.*s%s%s", TEXT_ARG(path), dot, key);
    problems_add(problems, value ? value : source, full, "%s", message);
}

bool
source_has(const struct document *source, const char *key)
{
    return document_kind(document_find(source, text_of(key))) != DOCUMENT_NULL;
}
