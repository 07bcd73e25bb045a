/* The declarations of workspace_member.h made real. */
#include "api/types/workspace_member.h"

const char *const member_kind_names[] = {"User", "Group", "ServiceAccount", NULL};
const char *const member_role_names[] = {"Owner", "Admin", "Developer", "Viewer", "Auditor", NULL};

DEFINE_SCHEMA(workspace_owner, WORKSPACE_OWNER_FIELDS, "Who answers for a workspace.");
DEFINE_SCHEMA(workspace_member, WORKSPACE_MEMBER_FIELDS, "Somebody who may see or change a workspace.");
DEFINE_SCHEMA(workspace_caller, WORKSPACE_CALLER_FIELDS, "Somebody who may call models, by key.");

bool
workspace_caller_may_call_in(const struct workspace_caller *caller, struct text environment)
{
    for (size_t i = 0; i < caller->environments.count; i++)
        if (text_equals(caller->environments.items[i], environment))
            return true;
    return caller->environments.count == 0;
}
