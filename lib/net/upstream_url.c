/* Reading a base URL (RFC 3986, the part of it that a provider's address needs). */
#include "lib/net/upstream_url.h"

#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/net/upstream.h"

enum { MAX_HOST_BYTES = 253, HTTP_PORT = 80, HTTPS_PORT = 443, MAX_PORT = 65535 };

static bool split_authority(struct text authority, struct text *out_host, struct text *out_port);
static bool is_host(struct text host, bool is_bracketed);

bool
upstream_url_parse(struct text url, struct upstream_url *out_url, struct error *err)
{
    struct upstream_url parsed = {0};
    parsed.is_tls = text_starts_with(url, TEXT("https://"));
    if (!parsed.is_tls && !text_starts_with(url, TEXT("http://")))
        return error_set(err, ERROR_INVALID, "%.*s is not a URL that starts with http:// or https://",
                         TEXT_ARG(url));
    struct text rest = text_slice(url, parsed.is_tls ? strlen("https://") : strlen("http://"), url.length);

    ptrdiff_t slash = text_find_byte(rest, '/');
    struct text authority = slash < 0 ? rest : text_slice(rest, 0, (size_t)slash);
    parsed.path = slash < 0 ? TEXT("") : text_slice(rest, (size_t)slash, rest.length);
    while (text_ends_with(parsed.path, TEXT("/")))
        parsed.path.length--;
    if (text_find_byte(rest, '?') >= 0 || text_find_byte(rest, '#') >= 0 ||
        text_find_byte(authority, '@') >= 0)
        return error_set(err, ERROR_INVALID, "%.*s must have no user, query or fragment", TEXT_ARG(url));

    struct text port = {0};
    uint64_t number = parsed.is_tls ? HTTPS_PORT : HTTP_PORT;
    if (!split_authority(authority, &parsed.host, &port))
        return error_set(err, ERROR_INVALID, "%.*s has no valid host name", TEXT_ARG(url));
    if (port.bytes && (!parse_uint64(port, MAX_PORT, &number) || number == 0))
        return error_set(err, ERROR_INVALID, "%.*s: the port is not a number from 1 to 65535", TEXT_ARG(url));
    bool is_default = number == (parsed.is_tls ? HTTPS_PORT : HTTP_PORT);
    parsed.port = (int)number;
    parsed.authority = authority;
    if (is_default && port.bytes)
        parsed.authority.length -= port.length + 1;
    *out_url = parsed;
    return true;
}

struct text
upstream_url_path(struct text base_url)
{
    struct upstream_url url;
    return upstream_url_parse(base_url, &url, NULL) ? url.path : TEXT("");
}

/* out_port has bytes NULL when there is none. */
static bool
split_authority(struct text authority, struct text *out_host, struct text *out_port)
{
    bool is_bracketed = text_starts_with(authority, TEXT("["));
    ptrdiff_t end = is_bracketed ? text_find_byte(authority, ']') : text_find_byte(authority, ':');
    if (is_bracketed && end < 0)
        return false;
    size_t host_end = end < 0 ? authority.length : (size_t)end;
    *out_host = text_slice(authority, is_bracketed ? 1 : 0, host_end);

    struct text after = text_slice(authority, is_bracketed ? host_end + 1 : host_end, authority.length);
    if (after.length > 0 && after.bytes[0] != ':')
        return false;
    *out_port = after.length > 0 ? text_slice(after, 1, after.length) : (struct text){0};
    return is_host(*out_host, is_bracketed);
}

static bool
is_host(struct text host, bool is_bracketed)
{
    if (host.length == 0 || host.length > MAX_HOST_BYTES)
        return false;
    for (size_t i = 0; i < host.length; i++) {
        char byte = host.bytes[i];
        bool is_name = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_';
        bool is_address = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
                          (byte >= 'A' && byte <= 'F') || byte == ':' || byte == '.';
        if (is_bracketed ? !is_address : !is_name)
            return false;
    }
    return true;
}
