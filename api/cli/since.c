/* The words of a span that is none. */
#include "api/cli/since.h"

#include "lib/base/error.h"
#include "lib/base/parse.h"

bool
since_parse(struct text since, int64_t now_ms, int64_t *out_from, struct error *err)
{
    int64_t span = 0;
    if (text_is_empty(since)) {
        *out_from = 0;
        return true;
    }
    if (!parse_span_ms(since, &span))
        return error_set(err, ERROR_INVALID, "--since \"%.*s\" is not a time span (examples: 90m, 24h, 7d)",
                         TEXT_ARG(since));
    *out_from = now_ms - span;
    return true;
}
