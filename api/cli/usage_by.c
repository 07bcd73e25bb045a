/* See the header. */
#include "api/cli/usage_by.h"

struct text
usage_by_tag(struct text word)
{
    static const struct text prefix = TEXT("tag:");
    return text_starts_with(word, prefix) ? text_slice(word, prefix.length, word.length) : (struct text){0};
}
