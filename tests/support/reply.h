/* Parts of a raw HTTP reply, for asserting on. */
#pragma once

#include <stdbool.h>

#include "lib/base/text.h"

struct arena;

int reply_status(struct text reply);
struct text reply_header(struct arena *arena, struct text reply, const char *name);
struct text reply_body(struct arena *arena, struct text reply); /* chunks joined */
bool reply_is_whole(struct text reply);
bool reply_has(struct text reply, const char *words);
