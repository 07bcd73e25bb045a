/* Looking up and judging header fields; reading them is http1_syntax.c's. */
#include "lib/net/http_headers.h"

#include "lib/net/http1_syntax.h"

struct text
http_headers_find(const struct http_headers *headers, struct text name)
{
    for (size_t i = 0; i < headers->count; i++) {
        const struct http_header *header = &headers->items[i];
        if (header->name.length == name.length && text_equals_ignore_case(header->name, name))
            return header->value;
    }
    return (struct text){0};
}

size_t
http_headers_count_of(const struct http_headers *headers, struct text name)
{
    size_t count = 0;
    for (size_t i = 0; i < headers->count; i++) {
        const struct http_header *header = &headers->items[i];
        if (header->name.length == name.length && text_equals_ignore_case(header->name, name))
            count++;
    }
    return count;
}

/* By length first: the gateway asks this for every field of every message. */
bool
http_header_is_hop_by_hop(struct text name)
{
    switch (name.length) {
    case 2:
        return text_equals_ignore_case(name, TEXT("te"));
    case 7:
        return text_equals_ignore_case(name, TEXT("trailer")) ||
               text_equals_ignore_case(name, TEXT("upgrade"));
    case 10:
        if (text_equals_ignore_case(name, TEXT("connection")) ||
            text_equals_ignore_case(name, TEXT("keep-alive")))
            return true;
        break;
    case 17:
        if (text_equals_ignore_case(name, TEXT("transfer-encoding")))
            return true;
        break;
    default:
        break;
    }
    return name.length > 6 && text_equals_ignore_case(text_slice(name, 0, 6), TEXT("proxy-"));
}

bool
http_header_value_is_safe(struct text value)
{
    if (value.length == 0)
        return true;
    return http_scan_field_value(value.bytes, value.bytes + value.length) == value.bytes + value.length;
}
