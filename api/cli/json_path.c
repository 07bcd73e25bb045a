/* Walks printer-column paths. Not a JSONPath engine: what our CRDs use and nothing more. */
#include "api/cli/json_path.h"

#include "lib/base/parse.h"
#include "lib/document/document.h"

/* [?(@.type=="Ready")] */
static const struct document *
find_by_filter(const struct document *list, struct text filter)
{
    struct text inside = text_slice(filter, 4, filter.length - 1); /* without ?(@. and ) */
    ptrdiff_t equals = text_find(inside, TEXT("=="));
    if (equals < 0)
        return NULL;
    struct text key = text_slice(inside, 0, (size_t)equals);
    struct text value = text_slice(inside, (size_t)equals + 2, inside.length);
    if (value.length < 2)
        return NULL;
    value = text_slice(value, 1, value.length - 1);
    for (size_t i = 0; i < document_count(list); i++) {
        const struct document *item = document_at(list, i);
        if (text_equals(document_text(document_find(item, key)), value))
            return item;
    }
    return NULL;
}

static const struct document *
find_in_brackets(const struct document *list, struct text inside)
{
    uint64_t index = 0;
    if (text_starts_with(inside, TEXT("?(@.")) && text_ends_with(inside, TEXT(")")))
        return find_by_filter(list, inside);
    return parse_uint64(inside, 1000000, &index) ? document_at(list, (size_t)index) : NULL;
}

const struct document *
json_path_find(const struct document *document, struct text path)
{
    const struct document *at = document;
    size_t i = 0;
    while (at && i < path.length) {
        size_t start = ++i;
        bool in_brackets = path.bytes[start - 1] == '[';
        if (!in_brackets && path.bytes[start - 1] != '.')
            return NULL;
        while (i < path.length &&
               (in_brackets ? path.bytes[i] != ']' : path.bytes[i] != '.' && path.bytes[i] != '['))
            i++;
        struct text step = text_slice(path, start, i);
        at = in_brackets ? find_in_brackets(at, step) : document_find(at, step);
        i += in_brackets;
    }
    return at;
}
