/* The forms of uri. What CEL and the decoder could not see (.. in a path) is refused here. */
#include "operator/objects/batch_files.h"

#include "lib/base/error.h"
#include "operator/objects/model_engine.h"

static bool
is_plain_path(struct text path)
{
    return !text_is_empty(path) && text_find(path, TEXT("..")) < 0 && !text_ends_with(path, TEXT("/")) &&
           !text_starts_with(path, TEXT("/")) && text_find(path, TEXT("$(")) < 0;
}

bool
batch_input_parse(struct text uri, struct batch_place *out_place, struct error *err)
{
    *out_place = (struct batch_place){.kind = BATCH_PLACE_URL};
    if (text_starts_with(uri, TEXT("https://")) || text_starts_with(uri, TEXT("http://")))
        return true;
    out_place->kind = BATCH_PLACE_CLAIM;
    if (claim_uri_parse(uri, &out_place->name, &out_place->path) && is_plain_path(out_place->path))
        return true;
    if (text_starts_with(uri, TEXT("configmap://"))) {
        struct text rest = text_slice(uri, 12, uri.length);
        out_place->kind = BATCH_PLACE_CONFIG_MAP;
        out_place->name = text_cut(&rest, '/');
        out_place->path = rest;
        if (!text_is_empty(out_place->name) && is_plain_path(rest) && text_find_byte(rest, '/') < 0)
            return true;
    }
    return error_set(err, ERROR_INVALID,
                     "spec.workload.batch.input.uri: \"%.*s\" cannot be read in this version; give "
                     "configmap://NAME/KEY, pvc://CLAIM/path or https://...",
                     TEXT_ARG(uri));
}

bool
batch_output_parse(struct text uri, struct batch_place *out_place, struct error *err)
{
    out_place->kind = BATCH_PLACE_CLAIM;
    if (claim_uri_parse(uri, &out_place->name, &out_place->path) && is_plain_path(out_place->path))
        return true;
    return error_set(err, ERROR_INVALID,
                     "spec.workload.batch.output.uri: \"%.*s\" cannot be written in this version; give "
                     "pvc://CLAIM/path, a PersistentVolumeClaim of the namespace",
                     TEXT_ARG(uri));
}
