/* The declarations of allocation_query.h made real. */
#include "api/types/allocation_query.h"

static bool
is_allocation_dimension(struct text text)
{
    static const char *const words[] = {"workspace", "environment", "namespace", "controller", "pod"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (text_equals(text, text_of(words[i])))
            return true;
    return false;
}

const struct text_format text_format_allocation_dimension = {
    .name = "one of namespace, controller, pod, workspace, environment",
    .pattern = "^(namespace|controller|pod|workspace|environment)$",
    .example = "namespace",
    .accepts = is_allocation_dimension,
};

DEFINE_SCHEMA(allocation_query, ALLOCATION_QUERY_FIELDS, "Whose allocation is asked for.");
