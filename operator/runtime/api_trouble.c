/* One trouble goes on from its first sign until something works again. */
#include "operator/runtime/api_trouble.h"

#include "lib/base/arena.h"
#include "lib/base/parse.h"

bool
api_trouble_note(struct api_trouble *trouble, const struct error *error, int64_t now_ms, int64_t now_unix_ms)
{
    bool was_there = trouble->since_unix_ms != 0, is_there = error->kind != ERROR_NONE;
    if (!is_there) {
        *trouble = (struct api_trouble){0};
        return was_there;
    }
    if (!was_there) {
        trouble->since_ms = now_ms;
        trouble->since_unix_ms = now_unix_ms;
    }
    trouble->last_ms = now_ms;
    trouble->error = *error;
    return !was_there;
}

bool
api_trouble_lasts(const struct api_trouble *trouble, int64_t now_ms)
{
    return trouble->since_unix_ms != 0 && now_ms - trouble->since_ms > API_TROUBLE_LASTS_MS &&
           now_ms - trouble->last_ms < API_TROUBLE_FORGOTTEN_MS;
}

struct text
api_trouble_words(struct arena *arena, const struct api_trouble *trouble, const char *what)
{
    struct text since = print_time(arena, trouble->since_unix_ms, false);
    return text_format(arena, "%s since %.*s: %s\n", what, TEXT_ARG(since), trouble->error.message);
}

bool
api_trouble_is_missing_right(const struct error *error)
{
    struct text words = text_of(error->message);
    return error->kind == ERROR_DENIED &&
           (text_find(words, TEXT("forbidden: User ")) >= 0 || text_find(words, TEXT("Unauthorized")) >= 0);
}
