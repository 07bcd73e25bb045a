/* UTF-8 as RFC 3629 defines it: no surrogates, no overlong forms, at most U+10FFFF. */
#pragma once

#include <stddef.h>

/* How many bytes (1 to 4) the character at the start of bytes has; 0 when it is not a whole, valid one. */
size_t utf8_character_length(const char *bytes, size_t length);
