/* See the header. */
#include "gateway/providers/echo_vector.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>

#include "gateway/providers/echo_tokens.h"

static uint64_t mix(struct text token);

void
echo_vector(struct text input, float *out_numbers, size_t dimensions)
{
    assert(dimensions > 0);
    for (size_t i = 0; i < dimensions; i++)
        out_numbers[i] = 0;
    double squares = 0;
    for (struct text rest = input; rest.length > 0;) {
        uint64_t hash = mix(text_trim(echo_tokens_next(&rest)));
        out_numbers[(hash >> 1) % dimensions] += hash & 1 ? 1.0F : -1.0F;
    }
    for (size_t i = 0; i < dimensions; i++)
        squares += (double)out_numbers[i] * (double)out_numbers[i];
    if (squares <= 0) {
        out_numbers[0] = 1;
        return;
    }
    double length = sqrt(squares);
    for (size_t i = 0; i < dimensions; i++)
        out_numbers[i] = (float)((double)out_numbers[i] / length);
}

/* FNV-1a: the same in every process, which the map's keyed hash is not. */
static uint64_t
mix(struct text token)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < token.length; i++)
        hash = (hash ^ (uint8_t)token.bytes[i]) * UINT64_C(1099511628211);
    return hash ^ (hash >> 29);
}
