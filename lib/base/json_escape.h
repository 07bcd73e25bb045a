/* What stands between the quotes of a JSON string (RFC 8259 §7), piece by piece, without allocating. */
#pragma once

#include <stdbool.h>

#include "lib/base/text.h"

#define JSON_ESCAPE_BYTES 8

/* Takes the next piece off *rest and returns how it is written: a run of *rest itself, or one escape in
 * scratch. Invalid UTF-8 becomes U+FFFD, one for each offending byte. Loop with `while (rest.length > 0)`. */
struct text json_escape_next(struct text *rest, char scratch[JSON_ESCAPE_BYTES]);
/* Whether the text is written as it is: all ASCII and nothing to escape. Most texts are; asking is a few
 * instructions. */
bool json_escape_is_plain(struct text text);
