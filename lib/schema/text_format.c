/* The shapes text may be asked to have: each once as a function and once as the pattern a cluster checks.
 *
 * Function and pattern accept the same texts up to lengths, which the field's bounds say in both worlds;
 * where a pattern cannot say it all (cidr), the function is the stricter one. */
#include <arpa/inet.h>

#include "lib/base/parse.h"
#include "lib/base/time_zone.h"
#include "lib/schema/text_format.h"

#define LABEL_MAX 63
#define SUBDOMAIN_MAX 253

static bool
is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool
is_lower_or_digit(char byte)
{
    return (byte >= 'a' && byte <= 'z') || is_digit(byte);
}

static bool
accepts_dns_label(struct text text)
{
    if (!text.bytes || text.length == 0 || text.length > LABEL_MAX)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        bool is_edge = i == 0 || i + 1 == text.length;
        if (!is_lower_or_digit(text.bytes[i]) && (is_edge || text.bytes[i] != '-'))
            return false;
    }
    return true;
}

static bool
accepts_dns_subdomain(struct text text)
{
    if (!text.bytes || text.length == 0 || text.length > SUBDOMAIN_MAX)
        return false;
    struct text rest = text;
    while (rest.bytes)
        if (!accepts_dns_label(text_cut(&rest, '.')))
            return false;
    return text.bytes[text.length - 1] != '.';
}

/* Every byte is printable ASCII and none of the unwanted. */
static bool
is_printable_without(struct text text, const char *unwanted)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.bytes[i] <= ' ' || text.bytes[i] > '~' || strchr(unwanted, text.bytes[i]))
            return false;
    return true;
}

static bool
is_all(struct text text, bool (*accepts)(char byte))
{
    for (size_t i = 0; i < text.length; i++)
        if (!accepts(text.bytes[i]))
            return false;
    return text.length > 0;
}

static bool
is_host_byte(char byte)
{
    return is_lower_or_digit(byte) || (byte >= 'A' && byte <= 'Z') || byte == '.' || byte == '-' ||
           byte == '_';
}

static bool
is_address_byte(char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F') || byte == ':' ||
           byte == '.';
}

/* Nothing, or a colon and one to five digits. */
static bool
is_port(struct text port)
{
    struct text digits = text_slice(port, 1, port.length);
    return port.length == 0 ||
           (text_starts_with(port, TEXT(":")) && digits.length <= 5 && is_all(digits, is_digit));
}

/* What stands between "//" and the path: a name or an address in brackets, and maybe a port. */
static bool
is_authority(struct text authority)
{
    if (text_starts_with(authority, TEXT("["))) {
        ptrdiff_t end = text_find_byte(authority, ']');
        return end > 0 && is_all(text_slice(authority, 1, (size_t)end), is_address_byte) &&
               is_port(text_slice(authority, (size_t)end + 1, authority.length));
    }
    ptrdiff_t colon = text_find_byte(authority, ':');
    size_t end = colon < 0 ? authority.length : (size_t)colon;
    return is_all(text_slice(authority, 0, end), is_host_byte) &&
           is_port(text_slice(authority, end, authority.length));
}

static bool
accepts_url(struct text text)
{
    size_t scheme = text_starts_with(text, TEXT("http://"))    ? strlen("http://")
                    : text_starts_with(text, TEXT("https://")) ? strlen("https://")
                                                               : 0;
    if (scheme == 0)
        return false;
    size_t end = scheme;
    while (end < text.length && !strchr("/?", text.bytes[end]))
        end++;
    struct text authority = text_slice(text, scheme, end);
    return is_authority(authority) &&
           is_printable_without(text_slice(text, end, text.length), "#\"\\<>^`{|}");
}

static bool
is_lower_hex(char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'f');
}

static bool
accepts_sha256(struct text text)
{
    struct text prefix = TEXT("sha256:");
    struct text hex = text_slice(text, prefix.length, text.length);
    return text_starts_with(text, prefix) && hex.length == 64 && is_all(hex, is_lower_hex);
}

static bool
accepts_sha256_hex(struct text text)
{
    return text.length == 64 && is_all(text, is_lower_hex);
}

static bool
accepts_quantity(struct text text)
{
    int64_t milli;
    return parse_quantity_milli(text, &milli);
}

static bool
accepts_glob(struct text text)
{
    return text.length > 0 && is_printable_without(text, "\"'`\\");
}

static bool
is_cron_byte(char byte)
{
    return is_lower_or_digit(byte) || (byte >= 'A' && byte <= 'Z') || (byte && strchr("*,/-?#", byte));
}

static bool
accepts_cron(struct text text)
{
    size_t fields = 0;
    struct text rest = text;
    while (rest.bytes) {
        fields++;
        if (fields > 5 || !is_all(text_cut(&rest, ' '), is_cron_byte))
            return false;
    }
    return fields == 5;
}

static bool
accepts_cidr(struct text text)
{
    struct text bits = text;
    struct text address = text_cut(&bits, '/');
    char c_address[INET6_ADDRSTRLEN];
    if (!bits.bytes || address.length >= sizeof(c_address))
        return false;
    memcpy(c_address, address.bytes, address.length);
    c_address[address.length] = '\0';

    unsigned char parsed[16];
    uint64_t length;
    if (inet_pton(AF_INET, c_address, parsed) == 1)
        return parse_uint64(bits, 32, &length);
    return inet_pton(AF_INET6, c_address, parsed) == 1 && parse_uint64(bits, 128, &length);
}

static bool
accepts_file_name(struct text text)
{
    return is_all(text, is_host_byte) && text.bytes[0] != '.';
}

const struct text_format text_format_dns_label = {
    .name = "a DNS label",
    .pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
    .example = "team-a",
    .accepts = accepts_dns_label,
};

const struct text_format text_format_dns_subdomain = {
    .name = "a DNS name",
    .pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$",
    .example = "models.example.com",
    .accepts = accepts_dns_subdomain,
};

const struct text_format text_format_url = {
    .name = "an http or https URL",
    .pattern = "^https?://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?([/?][!$-;=?-\\[\\]_a-z~%]*)?$",
    .example = "https://api.example.com/v1",
    .accepts = accepts_url,
};

const struct text_format text_format_sha256 = {
    .name = "a SHA-256 hash",
    .pattern = "^sha256:[0-9a-f]{64}$",
    .example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    .accepts = accepts_sha256,
};

const struct text_format text_format_sha256_hex = {
    .name = "64 hex digits",
    .pattern = "^[0-9a-f]{64}$",
    .example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    .accepts = accepts_sha256_hex,
};

const struct text_format text_format_quantity = {
    .name = "a quantity",
    .pattern = "^([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$",
    .example = "500m",
    .accepts = accepts_quantity,
};

const struct text_format text_format_glob = {
    .name = "a name or a glob",
    .pattern = "^[!#-&(-\\[\\]-_a-~]+$",
    .example = "gpt-4.1*",
    .accepts = accepts_glob,
};

const struct text_format text_format_cron = {
    .name = "a schedule of five fields",
    .pattern = "^[0-9A-Za-z*,/?#-]+( [0-9A-Za-z*,/?#-]+){4}$",
    .example = "0 2 * * *",
    .accepts = accepts_cron,
};

const struct text_format text_format_cidr = {
    .name = "an address range",
    .pattern = "^[0-9A-Fa-f.:]+/[0-9]{1,3}$",
    .example = "10.0.0.0/8",
    .accepts = accepts_cidr,
};

const struct text_format text_format_time_zone = {
    .name = "a name of a time zone",
    .pattern = "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$",
    .example = "Europe/Berlin",
    .accepts = time_zone_name_is_valid,
};

const struct text_format text_format_file_name = {
    .name = "a file name",
    .pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$",
    .example = "openai-key",
    .accepts = accepts_file_name,
};
