/* The tokens of JSON over bytes, strictly RFC 8259: what json_scan.c and json.c walk with. Builds nothing.
 *
 * Each json_lex_* function stands at the token's first byte and moves past its last; on failure it returns
 * false, `reason` says what is wrong and `at` stands at the offending byte. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct json_lex {
    const char *start, *at, *end;
    const char *reason; /* a static sentence without place */
    bool has_escape;    /* in the last string */
};

/* Before the first byte of the text, which may be empty. */
struct json_lex json_lex_over(struct text json);

void json_lex_blanks(struct json_lex *lex);
/* A string with its quotes: valid UTF-8, no control characters, only paired surrogates. */
MUST_CHECK bool json_lex_string(struct json_lex *lex);
MUST_CHECK bool json_lex_number(struct json_lex *lex);
/* Any value that is not a list or an object. Must not stand at the end. */
MUST_CHECK bool json_lex_scalar(struct json_lex *lex);
/* Sets the reason and returns false. */
bool json_lex_fail(struct json_lex *lex, const char *reason);

/* True when the whole text is one number of JSON's grammar. */
bool json_lex_is_number(struct text text);

/* Decodes the string character at *at (a byte, or an escape of up to 12 bytes) of a string that
 * json_lex_string accepted, moves past it and returns how many UTF-8 bytes it put into out. */
size_t json_lex_unescape(const char **at, char out[4]);
