/* The declaration of condition.h made real. */
#include "api/types/condition.h"

const char *const condition_status_names[] = {"Unknown", "True", "False", NULL};

DEFINE_SCHEMA(condition, CONDITION_FIELDS, "One thing that is so, is not so, or is not known yet.");

const struct condition *
condition_find(const struct condition_list *conditions, struct text type)
{
    for (size_t i = 0; i < conditions->count; i++)
        if (text_equals(conditions->items[i].type, type))
            return &conditions->items[i];
    return NULL;
}
