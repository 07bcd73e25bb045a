/* podPatches over the pod that we made: for what the kind does not name. */
#include "lib/base/error.h"
#include "lib/document/json_patch.h"
#include "operator/objects/workload.h"

bool
workload_patch_pod(const struct workload *workload, const struct document *template,
                   const struct document **out_template, struct error *err)
{
    const struct pod_patch_list *patches = &workload->deployment->spec.pod_patches;
    const struct document *patched = template;
    for (size_t i = 0; i < patches->count; i++) {
        const struct pod_patch *patch = &patches->items[i];
        struct json_patch step = {.op = (enum json_patch_op)patch->op,
                                  .path = patch->path,
                                  .from = patch->from,
                                  .value = patch->value};
        if (!json_patch_apply(workload->arena, patched, &step, &patched, err))
            return error_context(err, "spec.podPatches[%zu]", i);
    }
    *out_template = patched;
    return true;
}
