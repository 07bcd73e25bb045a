/* Ranges from the most specific to star/star; what is malformed asks for nothing. */
#include "api/server/rest/rest_accept.h"

enum { FORMAT_COUNT = 3, WHOLE = 1000 };

static int weight_of(struct text accept, enum rest_format format);
static int match(struct text range, enum rest_format format);
static int read_weight(struct text parameters);

static const struct text plain_types[] = {[REST_JSON] = TEXT("application/json"),
                                          [REST_CSV] = TEXT("text/csv"),
                                          [REST_JSONL] = TEXT("application/jsonl")};

struct text
rest_format_type(enum rest_format format)
{
    return format == REST_CSV ? TEXT("text/csv; charset=utf-8") : plain_types[format];
}

bool
rest_accept_choose(struct text accept, unsigned formats, enum rest_format *out_format)
{
    int best = 0;
    for (int i = 0; i < FORMAT_COUNT; i++) {
        enum rest_format format = (enum rest_format)i;
        int weight = text_is_empty(text_trim(accept)) ? WHOLE : weight_of(accept, format);
        if (!(formats & (1u << i)) || weight <= best)
            continue;
        best = weight;
        *out_format = format;
    }
    return best > 0;
}

/* The most specific range that fits decides, whatever its weight. */
static int
weight_of(struct text accept, enum rest_format format)
{
    int nearest = 0, weight = 0;
    while (accept.bytes) {
        struct text parameters = text_cut(&accept, ','), range = text_trim(text_cut(&parameters, ';'));
        int near = match(range, format);
        if (near <= nearest)
            continue;
        nearest = near;
        weight = read_weight(parameters);
    }
    return weight;
}

/* 3: the type itself, 2: its kind, 1: anything, 0: not. */
static int
match(struct text range, enum rest_format format)
{
    struct text type = plain_types[format], rest = type, kind = text_cut(&rest, '/');
    struct text slash = text_slice(range, kind.length, range.length);
    if (text_equals_ignore_case(range, type))
        return 3;
    if (text_equals_ignore_case(text_slice(range, 0, kind.length), kind) && text_equals(slash, TEXT("/*")))
        return 2;
    return text_equals(range, TEXT("*/*"));
}

/* Thousandths: "q=0.5" is 500. */
static int
read_weight(struct text parameters)
{
    while (parameters.bytes) {
        struct text value = text_trim(text_cut(&parameters, ';')), name = text_cut(&value, '=');
        if (!text_equals_ignore_case(name, TEXT("q")))
            continue;
        if (value.length == 0 || (value.bytes[0] != '0' && value.bytes[0] != '1'))
            return 0;
        int weight = (value.bytes[0] - '0') * WHOLE, place = WHOLE / 10;
        for (size_t i = 2; i < value.length && i < 5; i++, place /= 10)
            weight += value.bytes[i] >= '0' && value.bytes[i] <= '9' ? (value.bytes[i] - '0') * place : 0;
        return weight > WHOLE ? WHOLE : weight;
    }
    return WHOLE;
}
