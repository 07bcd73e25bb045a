/* How far apart two words are, for "did you mean": optimal string alignment distance.
 *
 * Compares bytes, not characters: what it is used on (field names, model names) is ASCII. */
#include <stdint.h>

#include "lib/base/text.h"

enum { LONGEST = 64 };

static size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t
text_edit_distance(struct text a, struct text b)
{
    if (a.length > LONGEST || b.length > LONGEST)
        return LONGEST;

    /* rows[i % 3][j]: how far the first i bytes of a are from the first j of b; a swap looks two rows back.
     */
    uint8_t rows[3][LONGEST + 1];
    for (size_t j = 0; j <= b.length; j++)
        rows[0][j] = (uint8_t)j;

    for (size_t i = 1; i <= a.length; i++) {
        uint8_t *row = rows[i % 3];
        const uint8_t *above = rows[(i - 1) % 3];
        row[0] = (uint8_t)i;
        for (size_t j = 1; j <= b.length; j++) {
            bool same = a.bytes[i - 1] == b.bytes[j - 1];
            size_t best = smaller(smaller(above[j], row[j - 1]) + 1U, above[j - 1] + (same ? 0U : 1U));
            if (i > 1 && j > 1 && a.bytes[i - 1] == b.bytes[j - 2] && a.bytes[i - 2] == b.bytes[j - 1])
                best = smaller(best, rows[(i - 2) % 3][j - 2] + 1U);
            row[j] = (uint8_t)best;
        }
    }
    return rows[a.length % 3][b.length];
}
