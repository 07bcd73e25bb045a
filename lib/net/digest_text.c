/* Bytes as text: hex and base64, read strictly (RFC 4648). One text stands for one value: no blanks, no line
 * ends, no missing padding, no stray bits (RFC 4648 3.5). */
#include "lib/base/arena.h"
#include "lib/net/digest.h"

static struct text print_base64(struct arena *arena, const void *bytes, size_t length, const char *alphabet);
static int hex_value(char digit);
static int base64_value(char digit);
static bool decode_group(const char group[4], size_t digits, uint8_t out[3]);

struct text
digest_hex(struct arena *arena, const void *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = bytes;
    char *hex = arena_alloc_array(arena, length, 2);
    for (size_t i = 0; i < length; i++) {
        hex[2 * i] = digits[from[i] >> 4];
        hex[2 * i + 1] = digits[from[i] & 15];
    }
    return (struct text){hex, 2 * length};
}

bool
digest_parse_hex(struct text hex, void *out, size_t length)
{
    uint8_t *to = out;
    if (hex.length / 2 != length || hex.length % 2 != 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        int high = hex_value(hex.bytes[2 * i]);
        int low = hex_value(hex.bytes[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

struct text
digest_base64url(struct arena *arena, const void *bytes, size_t length)
{
    struct text padded = print_base64(arena, bytes, length,
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    while (padded.length > 0 && padded.bytes[padded.length - 1] == '=')
        padded.length--;
    return padded;
}

struct text
digest_base64(struct arena *arena, const void *bytes, size_t length)
{
    return print_base64(arena, bytes, length,
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}

bool
digest_base64_decode(struct arena *arena, struct text base64, struct text *out_bytes)
{
    if (base64.length % 4 != 0)
        return false;

    size_t padding = 0;
    while (padding < 2 && padding < base64.length && base64.bytes[base64.length - 1 - padding] == '=')
        padding++;
    size_t length = base64.length / 4 * 3 - padding;
    uint8_t *bytes = arena_alloc(arena, base64.length / 4 * 3);
    for (size_t i = 0; i < base64.length / 4; i++) {
        bool is_last = i == base64.length / 4 - 1;
        if (!decode_group(base64.bytes + 4 * i, is_last ? 4 - padding : 4, bytes + 3 * i))
            return false;
    }
    *out_bytes = (struct text){(const char *)bytes, length};
    return true;
}

bool
digest_base64url_decode(struct arena *arena, struct text base64url, struct text *out_bytes)
{
    size_t padded = (base64url.length + 3) / 4 * 4;
    char *base64 = arena_alloc_raw(arena, padded);
    for (size_t i = 0; i < padded; i++) {
        char digit = i < base64url.length ? base64url.bytes[i] : '=';
        bool is_foreign = i < base64url.length && (digit == '+' || digit == '/' || digit == '=');
        if (is_foreign)
            return false;
        base64[i] = digit == '-' ? '+' : digit == '_' ? '/' : digit;
    }
    return digest_base64_decode(arena, (struct text){base64, padded}, out_bytes);
}

static struct text
print_base64(struct arena *arena, const void *bytes, size_t length, const char *alphabet)
{
    const uint8_t *from = bytes;
    size_t groups = length / 3 + (length % 3 != 0);
    char *out = arena_alloc_array(arena, groups, 4);
    for (size_t i = 0; i < groups; i++) {
        size_t there = length - 3 * i;
        uint32_t group = (uint32_t)from[3 * i] << 16;
        if (there > 1)
            group |= (uint32_t)from[3 * i + 1] << 8;
        if (there > 2)
            group |= from[3 * i + 2];
        out[4 * i] = alphabet[group >> 18];
        out[4 * i + 1] = alphabet[group >> 12 & 63];
        out[4 * i + 2] = there > 1 ? alphabet[group >> 6 & 63] : '=';
        out[4 * i + 3] = there > 2 ? alphabet[group & 63] : '=';
    }
    return (struct text){out, 4 * groups};
}

static int
hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    char lower = (char)(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static int
base64_value(char digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

/* Two, three or four digits make one, two or three bytes; bits left over must be zero. */
static bool
decode_group(const char group[4], size_t digits, uint8_t out[3])
{
    uint32_t bits = 0;
    for (size_t i = 0; i < digits; i++) {
        int value = base64_value(group[i]);
        if (value < 0)
            return false;
        bits |= (uint32_t)value << (18 - 6 * i);
    }
    if ((digits == 2 && (bits & 0xffff) != 0) || (digits == 3 && (bits & 0xff) != 0))
        return false;
    out[0] = (uint8_t)(bits >> 16);
    out[1] = (uint8_t)(bits >> 8);
    out[2] = (uint8_t)bits;
    return true;
}
