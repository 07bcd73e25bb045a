/* Whatever goes wrong is logged here, when it is something else than before: by whose token is never said,
 * and answers are not quoted, for a review has the token in it. */
#include "api/server/identity/kube_reviewer.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/net/fetch_client.h"
#include "lib/net/http_headers.h"
#include "lib/net/loop.h"

enum {
    READ_AGAIN_MS = 60000,
    CONNECT_MS = 3000,
    TOTAL_MS = 5000,
    MOST_ANSWER_BYTES = 262144,
    MOST_PEM_BYTES = 1 << 20,
    MOST_TOKEN_BYTES = 65536,
    MOST_AT_ONCE = 64,
};

struct kube_reviewer {
    struct kube_reviewer_options options;
    struct fetch_client *client;
    struct arena *account_arena;
    struct text headers;
    int64_t read_at_ms;
    int at_once;
    struct error trouble; /* as it was told */
};

struct review {
    struct kube_reviewer *reviewer;
    struct kube_question question;
    struct buffer answer;
    int status;
    bool is_over;
};

static bool read_account(struct kube_reviewer *reviewer, struct error *err);
static void on_head(void *owner, struct fetch_call *call, int status);
static void on_body(void *owner, struct text content);
static void on_end(void *owner, enum fetch_end end, const struct error *why);
static bool judge(struct review *review, struct error *err);
static void tell(struct kube_reviewer *reviewer, const struct error *trouble);
static void review_release(void *owner);
static void release(void *owner);

bool
kube_reviewer_open(struct arena *arena, const struct kube_reviewer_options *options,
                   struct kube_reviewer **out_reviewer, struct error *err)
{
    struct kube_reviewer *reviewer = arena_alloc(arena, sizeof(*reviewer));
    *reviewer = (struct kube_reviewer){.options = *options, .client = fetch_client_new(arena, options->loop)};
    arena_defer(arena, release, reviewer);
    if (!read_account(reviewer, err))
        return false;
    *out_reviewer = reviewer;
    return true;
}

bool
kube_reviewer_ask(struct arena *arena, struct kube_reviewer *reviewer, const struct kube_question *question,
                  struct error *err)
{
    struct error why = {0};
    if (reviewer->at_once >= MOST_AT_ONCE)
        return error_set(err, ERROR_UNAVAILABLE, "%d reviews are asked for already", MOST_AT_ONCE);
    if (loop_now_ms(reviewer->options.loop) - reviewer->read_at_ms >= READ_AGAIN_MS &&
        !read_account(reviewer, &why))
        tell(reviewer, &why); /* and goes on with what there is */
    struct review *review = arena_alloc(arena, sizeof(*review));
    *review = (struct review){.reviewer = reviewer, .question = *question};
    buffer_init(&review->answer, arena, 2048);
    reviewer->at_once++;
    arena_defer(arena, review_release, review);
    struct text server = reviewer->options.server;
    const struct fetch_request request = {.method = TEXT("POST"),
                                          .url =
                                              text_format(arena, "%.*s%s", TEXT_ARG(server), question->path),
                                          .headers = reviewer->headers,
                                          .body = question->body,
                                          .connect_ms = CONNECT_MS,
                                          .total_ms = TOTAL_MS,
                                          .max_body_bytes = MOST_ANSWER_BYTES};
    const struct fetch_events events = {
        .on_head = on_head, .on_body = on_body, .on_end = on_end, .owner = review};
    (void)fetch_start(arena, reviewer->client, &request, &events);
    return true;
}

/* All or nothing: what cannot be read now stays as it was. */
static bool
read_account(struct kube_reviewer *reviewer, struct error *err)
{
    struct arena *arena = arena_new(0);
    const char *folder = reviewer->options.account;
    struct text token, ca;
    reviewer->read_at_ms = loop_now_ms(reviewer->options.loop);
    bool is_read = file_read(arena, text_c_string(arena, text_format(arena, "%s/token", folder)),
                             MOST_TOKEN_BYTES, &token, err) &&
                   file_read(arena, text_c_string(arena, text_format(arena, "%s/ca.crt", folder)),
                             MOST_PEM_BYTES, &ca, err);
    token = is_read ? text_trim(token) : TEXT("");
    if (is_read && (text_is_empty(token) || !http_header_value_is_safe(token)))
        is_read = error_set(err, ERROR_INVALID, "%s/token holds no token", folder);
    if (!is_read) {
        arena_free(arena);
        return false;
    }
    arena_free(reviewer->account_arena);
    reviewer->account_arena = arena;
    reviewer->headers = text_format(
        arena, "Authorization: Bearer %.*s\nContent-Type: application/json\nAccept: application/json\n",
        TEXT_ARG(token));
    fetch_client_set_identity(reviewer->client, &(struct fetch_identity){.ca_pem = ca});
    return true;
}

static void
on_head(void *owner, struct fetch_call *call, int status)
{
    struct review *review = owner;
    (void)call;
    review->status = status;
}

static void
on_body(void *owner, struct text content)
{
    struct review *review = owner;
    buffer_add_text(&review->answer, content);
}

static void
on_end(void *owner, enum fetch_end end, const struct error *why)
{
    struct review *review = owner;
    struct error trouble = {0};
    review->is_over = true;
    review->reviewer->at_once--;
    bool is_good = end == FETCH_COMPLETE ? judge(review, &trouble)
                                         : error_set(&trouble, ERROR_UNAVAILABLE, "%s", why->message);
    tell(review->reviewer, &trouble);
    review->question.on_answer(review->question.owner, buffer_text(&review->answer),
                               is_good ? NULL : &trouble);
}

static bool
judge(struct review *review, struct error *err)
{
    const char *path = review->question.path;
    if (review->status == 200 || review->status == 201)
        return true;
    if (review->status == 401) {
        review->reviewer->read_at_ms -= READ_AGAIN_MS;
        return error_set(err, ERROR_UNAVAILABLE, "the API server does not know the token in %s",
                         review->reviewer->options.account);
    }
    if (review->status == 403)
        return error_set(err, ERROR_UNAVAILABLE,
                         "our ServiceAccount may not create at %s: it needs the chart's ClusterRole weir-api",
                         path);
    return error_set(err, ERROR_UNAVAILABLE, "the API server answered %s with status %d", path,
                     review->status);
}

static void
tell(struct kube_reviewer *reviewer, const struct error *trouble)
{
    if (trouble->kind != ERROR_NONE && strcmp(trouble->message, reviewer->trouble.message) != 0)
        log_error("identity_not_reviewed", LOG_STRING("reason", trouble->message));
    reviewer->trouble = *trouble;
}

static void
review_release(void *owner)
{
    struct review *review = owner;
    if (!review->is_over)
        review->reviewer->at_once--;
}

static void
release(void *owner)
{
    arena_free(((struct kube_reviewer *)owner)->account_arena);
}
