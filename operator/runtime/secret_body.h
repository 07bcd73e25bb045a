/* The values of one Secret, decoded from the API server's JSON and wiped when they are no longer needed. */
#pragma once

#include <stddef.h>

#include "lib/base/text.h"

struct arena;

#define SECRET_BODY_MAX_KEYS 256

struct secret_value {
    struct text key, value;
};

/* Zeroed: holds nothing. */
struct secret_body {
    struct arena *arena;
    struct secret_value *items;
    size_t count;
};

/* Reads `data` of a Secret's JSON; what is no Secret has no values. Takes no other copy of a value. */
void secret_body_read(struct secret_body *body, struct text json);
/* Wipes the values. */
void secret_body_close(struct secret_body *body);
/* Empty: it has no such key. */
struct text secret_body_find(const struct secret_body *body, struct text key);
