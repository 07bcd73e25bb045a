/* The declarations of model_policy_defaults.h made real, with their rules. */
#include "api/types/model_policy_defaults.h"

#include "api/types/broken_rule.h"

const char *const cache_mode_names[] = {"None", "Exact", "Semantic", NULL};

static const struct schema_rule policy_deadlines_rules[] = {
    {"!has(self.total) || ((!has(self.connect) || duration(self.connect) <= duration(self.total)) && "
     "(!has(self.firstByte) || duration(self.firstByte) <= duration(self.total)) && "
     "(!has(self.gap) || duration(self.gap) <= duration(self.total)))",
     "total must not be shorter than connect, firstByte or gap", ".total"},
};

/* FIELD_UNSET is the least number there is, so an absent part is never the longer one. */
static void
policy_deadlines_check(const void *value, struct text path, struct problem_list *problems)
{
    const struct policy_deadlines *deadlines = value;
    int64_t total = deadlines->total;
    if (total == FIELD_UNSET)
        return;
    if (deadlines->connect > total || deadlines->first_byte > total || deadlines->gap > total)
        broken_rule_add(problems, deadlines->source, path, "total",
                        "must not be shorter than connect, firstByte or gap");
}

DEFINE_SCHEMA(policy_deadlines, POLICY_DEADLINES_FIELDS, "How long calls may take.",
              CHECKED_BY(policy_deadlines));
DEFINE_SCHEMA(policy_cache, POLICY_CACHE_FIELDS, "Reuse of answers.");
DEFINE_SCHEMA(policy_defaults, POLICY_DEFAULTS_FIELDS, "What the most specific level decides.");

bool
policy_defaults_says_client_gone(const struct policy_defaults *defaults)
{
    return source_has(defaults->source, "clientGone");
}
