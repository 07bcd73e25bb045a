/* See the header. */
#include "gateway/decide/token_bound.h"

int64_t
token_bound_upper(size_t content_bytes, size_t messages)
{
    return (int64_t)content_bytes + TOKEN_BOUND_PER_MESSAGE * (int64_t)messages + TOKEN_BOUND_PER_REQUEST;
}

int64_t
token_bound_parts(size_t images, size_t files)
{
    return TOKEN_BOUND_PER_IMAGE * (int64_t)images + TOKEN_BOUND_PER_FILE * (int64_t)files;
}

int64_t
token_bound_estimate(size_t content_bytes, size_t messages)
{
    int64_t text_tokens = (int64_t)((content_bytes + TOKEN_ESTIMATE_BYTES - 1) / TOKEN_ESTIMATE_BYTES);
    return text_tokens + TOKEN_ESTIMATE_PER_MESSAGE * (int64_t)messages;
}
