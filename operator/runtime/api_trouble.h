/* Since when the API server does not do what this replica asks of it, in words for people. Pure but for the
 * times it is given. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/text.h"

struct arena;

#define API_TROUBLE_LASTS_MS 10000 /* shorter ones are restarts of the API server, and nobody's business */
#define API_TROUBLE_FORGOTTEN_MS 660000 /* what is refused is tried again within five minutes: twice that */

struct api_trouble {
    int64_t since_ms, last_ms; /* monotonic */
    int64_t since_unix_ms;     /* for people; 0: there is none */
    struct error error;        /* the newest */
};

/* trouble of kind ERROR_NONE: it is over. True when that is news: it began, or it ended. */
bool
api_trouble_note(struct api_trouble *trouble, const struct error *error, int64_t now_ms, int64_t now_unix_ms);
/* Whether it has gone on for so long that it is worth telling, and was seen lately. */
bool api_trouble_lasts(const struct api_trouble *trouble, int64_t now_ms);
/* "what since 2026-11-22T21:04:05Z: why\n" */
struct text api_trouble_words(struct arena *arena, const struct api_trouble *trouble, const char *what);
/* Refused because nobody allowed it (RBAC), and not by a quota or an admission policy, which answer 403 too.
 */
bool api_trouble_is_missing_right(const struct error *error);
