/* UTF-8 as RFC 3629 defines it: no surrogates, no overlong forms, at most U+10FFFF. */
#pragma once

#include <stddef.h>

#include "lib/base/text.h"

/* How many bytes (1 to 4) the character at the start of bytes has; 0 when it is not a whole, valid one. */
size_t utf8_character_length(const char *bytes, size_t length);
/* As much of the text as fits into that many bytes, whole characters only; it ends at the first invalid one.
 */
struct text utf8_at_most(struct text text, size_t bytes);
