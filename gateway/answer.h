/* One provider's answer on its way to the client: what kind it is, what of it the client gets now, what it
 * used.
 *
 * Touches no socket. Whole answers are collected (so that a broken one can still be retried), streams and
 * very large ones pass through. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/dialects/openai_stream.h"
#include "gateway/dialects/openai_tools.h"
#include "gateway/dialects/openai_usage.h"
#include "lib/base/buffer.h"
#include "lib/net/http_headers.h"

struct arena;
struct http_response_head;

#define ANSWER_MAX_COLLECTED_BYTES (256 * 1024)
#define ANSWER_MAX_ERROR_BYTES (64 * 1024)
#define ANSWER_MAX_HEADERS 6

enum answer_kind {
    ANSWER_NONE,   /* no head came */
    ANSWER_WHOLE,  /* a success, collected in `body` */
    ANSWER_LARGE,  /* a success that outgrew collecting, passed through */
    ANSWER_STREAM, /* a success as events, passed through */
    ANSWER_ERROR,  /* a status of 300 or more, collected as far as it is short */
};

struct answer {
    enum answer_kind kind;
    int status;
    struct http_header headers[ANSWER_MAX_HEADERS]; /* for the client, copied */
    size_t header_count;
    int64_t retry_after_ms; /* RETRY_AFTER_NONE when it named no time */
    struct buffer body;     /* collected */
    struct buffer out;      /* for the client now; emptied by answer_taken */
    struct buffer held;     /* for the client last of all */
    struct openai_stream stream;
    struct openai_usage_finder finder;
    struct openai_tools tools; /* of whom it may ask to call some */
    int64_t content_bytes;
    bool is_until_close; /* only the connection's end says that it is whole */
    bool is_coded;       /* with a content coding that nobody asked for */
    bool is_cut_error;   /* an error body that was too long to keep */
};

struct answer_hopes {
    bool strips_usage;         /* the client did not ask for the usage chunk */
    struct arena *tools_arena; /* for the names of tools that it asks to call; NULL: nobody offered any */
    int64_t unix_ms;
};

void answer_init(struct answer *answer, struct arena *arena);
void answer_begin(struct answer *answer, struct arena *arena, const struct http_response_head *head,
                  const struct answer_hopes *hopes);
/* The next content. What the client may have of it is in `out` afterwards. */
void answer_feed(struct answer *answer, struct text content);
struct text answer_out(const struct answer *answer);
void answer_taken(struct answer *answer);
/* The content ended as its framing says it should: whether the answer is whole. */
bool answer_is_whole(struct answer *answer);
/* The provider's own count, or USAGE_NONE. */
struct call_usage answer_usage(const struct answer *answer);
/* Which functions it asks to call; of a whole one it is looked at now, of a large one nothing is known. */
struct text_list answer_tools(struct answer *answer);
/* About how many tokens came, for when the provider did not say. */
int64_t answer_count_tokens(const struct answer *answer);
