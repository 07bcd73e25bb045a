/* What a change would loosen, for people. For loosening.c only. */
#pragma once

#include "operator/reconcile/merge_constraints.h"

struct loosening_change {
    struct merged_constraints before, after;
    int64_t now_unix_ms;
};

/* "maxOutputTokens 100 → none, constraints.models.allow gpt-* → none"; never empty for a change that
 * loosens. At most 4 KB. */
struct text loosening_difference(struct arena *arena, const struct loosening_change *change);
/* Who set what would get looser, each once. */
struct text_list loosening_policies(struct arena *arena, const struct loosening_change *change);
