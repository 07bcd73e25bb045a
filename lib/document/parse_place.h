/* Line and column while a reader moves forward through text, and the one way readers word an error. */
#pragma once

#include "lib/document/document.h"

struct error;

/* Where a reader is: column counts characters, both are 1-based. */
struct parse_place {
    struct document_place place;
    const char *at;
};

void parse_place_start(struct parse_place *place, struct text text, struct text file);
/* Moves forward to a byte of the same text (never back) and returns its place. */
struct document_place parse_place_move(struct parse_place *place, const char *to);
/* "file:14:9: message", ERROR_INVALID. Without a file: "14:9: message". Returns false. */
bool parse_place_fail(const struct document_place *place, struct error *err, const char *format, ...)
    PRINTF_LIKE(3, 4);
