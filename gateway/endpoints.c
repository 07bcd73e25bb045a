/* The table and two walks over it. */
#include "gateway/endpoints.h"

#include <assert.h>

#include "lib/base/compiler.h"

/* clang-format off */
static const struct endpoint endpoints[] = {
    {"chat.completions", "POST", "/v1/chat/completions", ENDPOINT_MODEL_CALL, MODEL_ENDPOINT_CHAT,        "/chat/completions"},
    {"completions",      "POST", "/v1/completions",      ENDPOINT_MODEL_CALL, MODEL_ENDPOINT_COMPLETIONS, "/completions"},
    {"embeddings",       "POST", "/v1/embeddings",       ENDPOINT_MODEL_CALL, MODEL_ENDPOINT_EMBEDDINGS,  "/embeddings"},
    {"models",           "GET",  "/v1/models",           ENDPOINT_MODELS,     MODEL_ENDPOINT_CHAT,        NULL},
    {"models",           "GET",  "/v1/models/",          ENDPOINT_ONE_MODEL,  MODEL_ENDPOINT_CHAT,        NULL},
};
/* clang-format on */

static bool
is_at(const struct endpoint *endpoint, struct text path)
{
    struct text own = text_of(endpoint->path);
    if (endpoint->kind == ENDPOINT_ONE_MODEL)
        return path.length > own.length && text_starts_with(path, own);
    return text_equals(path, own);
}

const struct endpoint *
endpoint_find(struct text method, struct text path, bool *out_is_method_wrong)
{
    for (size_t i = 0; i < COUNT_OF(endpoints); i++) {
        if (!is_at(&endpoints[i], path))
            continue;
        *out_is_method_wrong = !text_equals(method, text_of(endpoints[i].method));
        return &endpoints[i];
    }
    return NULL;
}

const struct endpoint *
endpoint_of(enum model_endpoint model_endpoint)
{
    assert((size_t)model_endpoint < COUNT_OF(endpoints));
    return &endpoints[model_endpoint];
}
