#include "api/cli/check_zones.h"

#include "api/types/model_policy.h"
#include "api/types/workspace.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/time_zone.h"

static void check_zone(const struct object *object, struct text path, struct problem_list *problems);

void
check_zones(const struct object *object, struct problem_list *problems)
{
    struct arena *arena = problems->arena;
    if (object->kind->id == KIND_MODEL_POLICY) {
        size_t count = object->model_policy->spec.constraints.budgets.count;
        for (size_t i = 0; i < count; i++)
            check_zone(object, text_format(arena, "spec.constraints.budgets[%zu].timeZone", i), problems);
    } else if (object->kind->id == KIND_WORKSPACE) {
        check_zone(object, TEXT("spec.budget.timeZone"), problems);
        size_t count = object->workspace->spec.environments.count;
        for (size_t i = 0; i < count; i++)
            check_zone(object, text_format(arena, "spec.environments[%zu].budget.timeZone", i), problems);
    }
}

static void
check_zone(const struct object *object, struct text path, struct problem_list *problems)
{
    const struct document *at = document_get(object->document, text_c_string(problems->arena, path));
    const struct time_zone *zone;
    struct error why;
    if (at && !time_zone_load(problems->arena, document_text(at), &zone, &why))
        problems_add_notice(problems, at, path, "%s", why.message);
}
