/* Where a Batch reads and writes: configmap://NAME/KEY, pvc://CLAIM/path, https://... Pure. */
#pragma once

#include "operator/objects/workload_pod.h"

enum batch_place_kind { BATCH_PLACE_CONFIG_MAP, BATCH_PLACE_CLAIM, BATCH_PLACE_URL };

struct batch_place {
    enum batch_place_kind kind;
    struct text name; /* of the ConfigMap or the claim */
    struct text path; /* the key, or the path in the claim */
};

/* ERROR_INVALID says which forms there are. */
MUST_CHECK bool batch_input_parse(struct text uri, struct batch_place *out_place, struct error *err);
MUST_CHECK bool batch_output_parse(struct text uri, struct batch_place *out_place, struct error *err);
