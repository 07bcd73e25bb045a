/* The four forms of a request target, the Host field, and percent-unescaping (RFC 9112 3.2, RFC 3986 2-3).
 *
 * Does not normalise: dot segments and escapes stay as they are, so that what is matched is what was sent. */
#include "lib/net/http1_target.h"

#include "lib/base/arena.h"

#define HTTP_MAX_PORT 65535

static enum http_parse check_host(const struct http_request_head *head, const struct http_framing *framing,
                                  struct http_refusal *out_refusal);
static bool host_is_valid(struct text host);
static bool port_is_valid(struct text port);
static bool skip_authority(struct text *target, struct text *out_authority);
static void split_query(struct http_request_head *head, struct text path_and_query);
static int hex_digit(char byte);

enum http_parse
http_target_check(struct http_request_head *head, const struct http_framing *framing,
                  struct http_refusal *out_refusal)
{
    enum http_parse checked = check_host(head, framing, out_refusal);
    if (checked != HTTP_PARSE_DONE)
        return checked;

    struct text target = head->target;
    if (target.bytes[0] == '/') { /* origin-form */
        split_query(head, target);
        return HTTP_PARSE_DONE;
    }
    if (text_equals(head->method, TEXT("CONNECT"))) /* authority-form, RFC 9112 3.2.3 */
        return http_refuse(out_refusal, 501, "CONNECT is not offered here.");
    if (text_equals(target, TEXT("*"))) { /* asterisk-form, RFC 9112 3.2.4 */
        if (!text_equals(head->method, TEXT("OPTIONS")))
            return http_refuse(out_refusal, 400, "The target \"*\" is for OPTIONS only.");
        head->path = target;
        head->query = (struct text){0};
        return HTTP_PARSE_DONE;
    }

    struct text authority;
    if (!skip_authority(&target, &authority)) /* absolute-form, RFC 9112 3.2.2 */
        return http_refuse(out_refusal, 400,
                           "The request target is neither a path nor an http or https URL.");
    /* RFC 9112 3.2.2 would let the target win over the Host; whoever sends two different ones means mischief.
     */
    if (!text_equals_ignore_case(authority, framing->host))
        return http_refuse(out_refusal, 400, "The request target names another host than the Host field.");
    split_query(head, target);
    return HTTP_PARSE_DONE;
}

bool
http_unescape(struct arena *arena, struct text escaped, struct text *out_text)
{
    if (text_find_byte(escaped, '%') < 0) {
        *out_text = escaped;
        return true;
    }

    char *bytes = arena_alloc(arena, escaped.length);
    size_t length = 0;
    for (size_t i = 0; i < escaped.length; i++) {
        char byte = escaped.bytes[i];
        if (byte == '%') {
            if (escaped.length - i < 3)
                return false;
            int high = hex_digit(escaped.bytes[i + 1]);
            int low = hex_digit(escaped.bytes[i + 2]);
            if (high < 0 || low < 0 || high + low == 0)
                return false;
            byte = (char)(high << 4 | low);
            i += 2;
        }
        bytes[length++] = byte;
    }
    *out_text = (struct text){bytes, length};
    return true;
}

/* RFC 9112 3.2: exactly one, in every HTTP/1.1 request. An empty one names no http origin (RFC 9110 4.2.1).
 */
static enum http_parse
check_host(const struct http_request_head *head, const struct http_framing *framing,
           struct http_refusal *out_refusal)
{
    if (framing->host_count == 0 && head->is_http10)
        return HTTP_PARSE_DONE;
    if (framing->host_count == 0)
        return http_refuse(out_refusal, 400, "The Host field is missing.");
    if (framing->host_count > 1)
        return http_refuse(out_refusal, 400, "There is more than one Host field.");
    if (!host_is_valid(framing->host))
        return http_refuse(out_refusal, 400, "The Host field is not a host name with an optional port.");
    return HTTP_PARSE_DONE;
}

/* uri-host [ ":" port ], where uri-host is a name, an IPv4 address or an IPv6 address in brackets. */
static bool
host_is_valid(struct text host)
{
    size_t at = 0;
    if (host.length > 0 && host.bytes[0] == '[') {
        at = 1;
        while (at < host.length &&
               (hex_digit(host.bytes[at]) >= 0 || host.bytes[at] == ':' || host.bytes[at] == '.'))
            at++;
        if (at < 3 || at == host.length || host.bytes[at] != ']')
            return false;
        at++;
    } else {
        while (at < host.length && http_byte_is(host.bytes[at], HTTP_BYTE_HOST))
            at++;
        if (at == 0)
            return false;
    }
    return at == host.length ||
           (host.bytes[at] == ':' && port_is_valid(text_slice(host, at + 1, host.length)));
}

static bool
port_is_valid(struct text port)
{
    unsigned number = 0;
    if (port.length == 0 || port.length > 5)
        return false;
    for (size_t i = 0; i < port.length; i++) {
        unsigned digit = (unsigned)(unsigned char)port.bytes[i] - '0';
        if (digit > 9)
            return false;
        number = number * 10 + digit;
    }
    return number <= HTTP_MAX_PORT;
}

/* Takes "http://authority" off the target. No user information: RFC 9110 4.2.4 tells to treat it as an error.
 */
static bool
skip_authority(struct text *target, struct text *out_authority)
{
    size_t start = text_equals_ignore_case(text_slice(*target, 0, 7), TEXT("http://"))    ? 7
                   : text_equals_ignore_case(text_slice(*target, 0, 8), TEXT("https://")) ? 8
                                                                                          : 0;
    if (start == 0)
        return false;

    size_t end = start;
    while (end < target->length && target->bytes[end] != '/' && target->bytes[end] != '?')
        end++;
    *out_authority = text_slice(*target, start, end);
    *target = text_slice(*target, end, target->length);
    return host_is_valid(*out_authority);
}

static void
split_query(struct http_request_head *head, struct text path_and_query)
{
    const char *mark =
        path_and_query.length ? memchr(path_and_query.bytes, '?', path_and_query.length) : NULL;
    size_t path_length = mark ? (size_t)(mark - path_and_query.bytes) : path_and_query.length;
    head->path = (struct text){path_and_query.bytes, path_length};
    head->query = mark ? (struct text){mark + 1, path_and_query.length - path_length - 1} : (struct text){0};
}

static int
hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    char lower = (char)(byte | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
