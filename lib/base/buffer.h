/* A growing byte buffer in an arena. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct buffer {
    struct arena *arena;
    char *bytes;
    size_t length;
    size_t capacity;
};

void buffer_init(struct buffer *buffer, struct arena *arena, size_t capacity);
/* Room for at least `more` further bytes, at the returned place; then say buffer_grew. */
char *buffer_reserve(struct buffer *buffer, size_t more);
void buffer_grew(struct buffer *buffer, size_t by);
void buffer_add(struct buffer *buffer, const void *bytes, size_t length);
void buffer_add_text(struct buffer *buffer, struct text text);
void buffer_add_string(struct buffer *buffer, const char *string);
void buffer_add_byte(struct buffer *buffer, char byte);
void buffer_add_int(struct buffer *buffer, int64_t value);
/* Digits in room that was reserved: BUFFER_INT_BYTES of it, whatever the value. Returns where they end. */
#define BUFFER_INT_BYTES 20
char *buffer_put_int(char *at, int64_t value);
void buffer_print(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
/* value as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
void buffer_add_json_string(struct buffer *buffer, struct text value);
struct text buffer_text(const struct buffer *buffer);
