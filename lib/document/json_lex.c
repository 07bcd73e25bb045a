/* The tokens of JSON over bytes. Strings are where the bytes are, so they are skipped 16 at a time where the
 * machine can; everything else is plain loops. */
#include "lib/document/json_lex.h"

#include <stdint.h>

#include "lib/base/utf8.h"

#ifdef __SSE2__
#pragma push_macro("malloc") /* the compiler's own header has an inline use of it, which we do not call */
#undef malloc
#include <emmintrin.h>
#pragma pop_macro("malloc")
#endif

struct json_lex
json_lex_over(struct text json)
{
    const char *bytes = json.bytes ? json.bytes : ""; /* nothing may be added to NULL, not even 0 */
    return (struct json_lex){.start = bytes, .at = bytes, .end = bytes + json.length};
}

bool
json_lex_fail(struct json_lex *lex, const char *reason)
{
    lex->reason = reason;
    return false;
}

void
json_lex_blanks(struct json_lex *lex)
{
    const char *at = lex->at;
    while (at < lex->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    lex->at = at;
}

static bool
is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static const char *
skip_digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

/* One or more digits. */
static bool
lex_digits(struct json_lex *lex)
{
    const char *after = skip_digits(lex->at, lex->end);
    if (after == lex->at)
        return json_lex_fail(lex, lex->at < lex->end ? "a digit is missing here in a number"
                                                     : "the text ends in the middle of a number");
    lex->at = after;
    return true;
}

bool
json_lex_number(struct json_lex *lex)
{
    if (lex->at < lex->end && *lex->at == '-')
        lex->at++;
    if (lex->at < lex->end && *lex->at == '0') {
        lex->at++;
        if (lex->at < lex->end && is_digit(*lex->at))
            return json_lex_fail(lex, "a number must not start with 0");
    } else if (!lex_digits(lex)) {
        return false;
    }

    if (lex->at < lex->end && *lex->at == '.') {
        lex->at++;
        if (!lex_digits(lex))
            return false;
    }
    if (lex->at < lex->end && (*lex->at == 'e' || *lex->at == 'E')) {
        lex->at++;
        if (lex->at < lex->end && (*lex->at == '+' || *lex->at == '-'))
            lex->at++;
        return lex_digits(lex);
    }
    return true;
}

bool
json_lex_is_number(struct text text)
{
    struct json_lex lex = json_lex_over(text);
    return text.length > 0 && json_lex_number(&lex) && lex.at == lex.end;
}

static bool
lex_word(struct json_lex *lex, struct text word)
{
    size_t left = (size_t)(lex->end - lex->at);
    if (left < word.length || memcmp(lex->at, word.bytes, word.length) != 0)
        return json_lex_fail(lex, "a value is expected here");
    lex->at += word.length;
    return true;
}

bool
json_lex_scalar(struct json_lex *lex)
{
    switch (*lex->at) {
    case '"':
        return json_lex_string(lex);
    case 't':
        return lex_word(lex, TEXT("true"));
    case 'f':
        return lex_word(lex, TEXT("false"));
    case 'n':
        return lex_word(lex, TEXT("null"));
    case '-':
    case '0' ... '9':
        return json_lex_number(lex);
    default:
        return json_lex_fail(lex, "a value is expected here");
    }
}

/* The next byte that ends or interrupts a run of plain ASCII string bytes: '"', '\\', a control or a
 * non-ASCII byte; end when there is none. */
static const char *
skip_plain(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i below_blank = _mm_set1_epi8(0x1f);
    while (end - at >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i stops = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
        stops = _mm_or_si128(stops, _mm_cmpeq_epi8(_mm_min_epu8(bytes, below_blank), bytes));
        /* movemask reads top bits, which non-ASCII bytes carry themselves. */
        int mask = _mm_movemask_epi8(_mm_or_si128(stops, bytes));
        if (mask)
            return at + __builtin_ctz((unsigned)mask);
        at += 16;
    }
#endif
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x80)
        at++;
    return at;
}

static int
hex_value(char byte)
{
    if (is_digit(byte))
        return byte - '0';
    char lower = (char)(byte | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Four hex digits at at as a number; -1 when they are not. */
static int
hex4(const char *at, const char *end)
{
    if (end - at < 4)
        return -1;
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(at[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static bool
is_high_surrogate(int unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool
is_low_surrogate(int unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Stands at the backslash. */
static bool
lex_escape(struct json_lex *lex)
{
    if (lex->end - lex->at < 2)
        return json_lex_fail(lex, "the text ends in the middle of a string");
    char letter = lex->at[1];
    if (letter != 'u') {
        if (!letter || !strchr("\"\\/bfnrt", letter))
            return json_lex_fail(lex, "an escape that JSON does not have");
        lex->at += 2;
        return true;
    }

    int unit = hex4(lex->at + 2, lex->end);
    if (unit < 0)
        return json_lex_fail(lex, "\\u needs four hex digits");
    if (is_low_surrogate(unit))
        return json_lex_fail(lex, "a lone surrogate escape");
    if (!is_high_surrogate(unit)) {
        lex->at += 6;
        return true;
    }
    bool has_second = lex->end - lex->at >= 12 && lex->at[6] == '\\' && lex->at[7] == 'u';
    if (!has_second || !is_low_surrogate(hex4(lex->at + 8, lex->end)))
        return json_lex_fail(lex, "a lone surrogate escape");
    lex->at += 12;
    return true;
}

/* What interrupted a run of plain bytes and is not the closing quote. */
static bool
lex_special(struct json_lex *lex)
{
    if (*lex->at == '\\') {
        lex->has_escape = true;
        return lex_escape(lex);
    }
    if ((unsigned char)*lex->at < 0x20)
        return json_lex_fail(lex, "a control character in a string must be escaped");
    while (lex->at < lex->end && (unsigned char)*lex->at >= 0x80) {
        size_t length = utf8_character_length(lex->at, (size_t)(lex->end - lex->at));
        if (length == 0)
            return json_lex_fail(lex, "this is not valid UTF-8");
        lex->at += length;
    }
    return true;
}

bool
json_lex_string(struct json_lex *lex)
{
    lex->at++;
    lex->has_escape = false;
    for (;;) {
        lex->at = skip_plain(lex->at, lex->end);
        if (lex->at == lex->end)
            return json_lex_fail(lex, "the text ends in the middle of a string");
        if (*lex->at == '"')
            break;
        if (!lex_special(lex))
            return false;
    }
    lex->at++;
    return true;
}

static size_t
put_utf8(uint32_t point, char out[4])
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xc0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xe0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3f));
        out[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3f));
    out[2] = (char)(0x80 | (point >> 6 & 0x3f));
    out[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

static size_t
unescape_unit(const char **at, char out[4])
{
    int unit = hex4(*at + 2, *at + 6);
    *at += 6;
    if (!is_high_surrogate(unit))
        return put_utf8((uint32_t)unit, out);
    int second = hex4(*at + 2, *at + 6);
    *at += 6;
    return put_utf8(0x10000u + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(second - 0xdc00), out);
}

size_t
json_lex_unescape(const char **at, char out[4])
{
    if (**at != '\\') {
        out[0] = *(*at)++;
        return 1;
    }
    if ((*at)[1] == 'u')
        return unescape_unit(at, out);

    static const char letters[] = "bfnrt", values[] = "\b\f\n\r\t";
    char letter = (*at)[1];
    const char *found = strchr(letters, letter);
    out[0] = found ? values[found - letters] : letter;
    *at += 2;
    return 1;
}
