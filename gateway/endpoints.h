/* What can be called, as data: one row a path. Adding an endpoint is one line here. */
#pragma once

#include <stdbool.h>

#include "gateway/chat/model_request.h"
#include "lib/base/text.h"

enum endpoint_kind {
    ENDPOINT_MODEL_CALL, /* goes to a provider */
    ENDPOINT_MODELS,     /* the list of models */
    ENDPOINT_ONE_MODEL,  /* one of them: the path goes on with its id */
};

struct endpoint {
    const char *name; /* in usage records and metrics */
    const char *method;
    const char *path; /* the whole one, or up to and with the '/' before an id */
    enum endpoint_kind kind;
    enum model_endpoint model_endpoint;
    const char *provider_path; /* under the provider's base URL */
};

/* NULL for a path that is none of ours. Of *out_is_method_wrong: the path exists, the method does not fit. */
const struct endpoint *endpoint_find(struct text method, struct text path, bool *out_is_method_wrong);
const struct endpoint *endpoint_of(enum model_endpoint model_endpoint);
