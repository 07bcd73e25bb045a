/* One request as a curl handle: what it is told, and what it tells. Nothing of curl's own goodwill: no
 * redirects, no proxies from the environment, no cookies, no second sending of what changes something. */
#include <assert.h>
#include <curl/curl.h>

#include "lib/base/arena.h"
#include "lib/net/fetch_private.h"
#include "lib/net/loop.h"

enum {
    CONNECT_MS = 10000,
    MAX_BODY_BYTES = 16 << 20,
    KEEPALIVE_IDLE_SECONDS = 30,
    KEEPALIVE_BETWEEN_SECONDS = 15,
    MOST_IDLE_SECONDS = 60, /* Go's servers close after 90: a write must not meet that */
};

static void set_always(struct fetch_transfer *transfer);
static void
set_request(struct fetch_transfer *transfer, const struct fetch_request *request, struct curl_slist *headers);
static struct curl_slist *list_headers(struct arena *arena, struct text lines);
static size_t on_header(char *bytes, size_t size, size_t count, void *owner);
static size_t on_body(char *bytes, size_t size, size_t count, void *owner);
static int on_about_to_send(void *owner, char *ip, char *local_ip, int port, int local_port);
static void on_silence(void *owner);

static void
release_easy(void *owner)
{
    curl_easy_cleanup(owner);
}

static void
release_headers(void *owner)
{
    curl_slist_free_all(*(struct curl_slist **)owner);
}

struct fetch_transfer *
fetch_transfer_new(struct fetch_pool *pool, const struct fetch_request *request, struct fetch_call *call)
{
    struct arena *arena = arena_new(0);
    struct fetch_transfer *transfer = arena_alloc(arena, sizeof(*transfer));
    transfer->arena = arena;
    transfer->pool = pool;
    transfer->call = call;
    transfer->events = call->events;
    transfer->head_ms = request->head_ms;
    transfer->idle_ms = request->idle_ms;
    transfer->max_body_bytes = request->max_body_bytes > 0 ? request->max_body_bytes : MAX_BODY_BYTES;
    transfer->is_repeatable =
        text_equals(request->method, TEXT("GET")) || text_equals(request->method, TEXT("HEAD"));
    buffer_init(&transfer->head, arena, 1024);
    transfer->easy = curl_easy_init();
    assert(transfer->easy);
    arena_defer(arena, release_easy, transfer->easy);

    struct curl_slist **headers = arena_alloc(arena, sizeof(struct curl_slist *));
    arena_defer(arena, release_headers, headers);
    *headers = list_headers(arena, request->headers);
    set_always(transfer);
    if (!fetch_identity_apply(transfer, &pool->identity, request->url, headers))
        return transfer;
    set_request(transfer, request, *headers);
    if (transfer->idle_ms > 0 || transfer->head_ms > 0)
        transfer->silence = loop_timer_new(pool->client->loop, arena, on_silence, transfer);
    if (transfer->silence)
        loop_timer_start(transfer->silence, transfer->head_ms > 0 ? transfer->head_ms : transfer->idle_ms);
    return transfer;
}

void
fetch_transfer_part(struct fetch_transfer *transfer)
{
    if (!transfer->call)
        return;
    transfer->call->transfer = NULL;
    transfer->call->is_over = true;
    transfer->call = NULL;
}

enum fetch_end
fetch_transfer_end(const struct fetch_transfer *transfer, int code, struct error *err)
{
    if (code == CURLE_OK)
        return FETCH_COMPLETE;
    if (transfer->refusal.kind != ERROR_NONE) {
        *err = transfer->refusal;
        return transfer->own_end;
    }
    const char *words = transfer->words[0] ? transfer->words : curl_easy_strerror((CURLcode)code);
    error_set(err, ERROR_UNAVAILABLE, "%.*s: %s", TEXT_ARG(transfer->title), words);
    return transfer->sent_count > 0 ? FETCH_UNKNOWN : FETCH_NOT_SENT;
}

static void
set_always(struct fetch_transfer *transfer)
{
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->words);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)MOST_IDLE_SECONDS);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_SECONDS);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_BETWEEN_SECONDS);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_about_to_send);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
}

static void
set_request(struct fetch_transfer *transfer, const struct fetch_request *request, struct curl_slist *headers)
{
    CURL *easy = transfer->easy;
    struct arena *arena = transfer->arena;
    if (text_equals(request->method, TEXT("HEAD"))) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (!transfer->is_repeatable) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, text_c_string(arena, request->body));
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, text_c_string(arena, request->method));
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(request->connect_ms > 0 ? request->connect_ms : CONNECT_MS));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->total_ms);
    if (request->wants_fresh_connection) {
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    }
}

/* Curl adds Expect and a form's Content-Type of its own to bodies: both are switched off. */
static struct curl_slist *
list_headers(struct arena *arena, struct text lines)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    bool has_type = false;
    while (lines.bytes) {
        struct text line = text_trim(text_cut(&lines, '\n'));
        if (line.length == 0)
            continue;
        headers = curl_slist_append(headers, text_c_string(arena, line));
        has_type |= text_equals_ignore_case(text_cut(&line, ':'), TEXT("content-type"));
    }
    return has_type ? headers : curl_slist_append(headers, "Content-Type:");
}

/* ---- what curl tells ---- */

static size_t
cut_off(struct fetch_transfer *transfer, const char *what, int64_t most_bytes)
{
    transfer->own_end = FETCH_TOO_LONG;
    error_set(&transfer->refusal, ERROR_INVALID, "%.*s: the %s of the answer is longer than %lld bytes",
              TEXT_ARG(transfer->title), what, (long long)most_bytes);
    return 0;
}

static void
heard(struct fetch_transfer *transfer)
{
    if (!transfer->silence || (transfer->head_ms > 0 && !transfer->has_head))
        return;
    loop_timer_stop(transfer->silence);
    if (transfer->idle_ms > 0)
        loop_timer_start(transfer->silence, transfer->idle_ms);
}

static size_t
on_header(char *bytes, size_t size, size_t count, void *owner)
{
    struct fetch_transfer *transfer = owner;
    struct text line = {bytes, size * count};
    heard(transfer);
    if (!transfer->call)
        return 0;
    if (transfer->has_head)
        return line.length; /* trailers */
    if (text_starts_with(line, TEXT("HTTP/")))
        transfer->head.length = 0; /* the final head follows a 1xx one */
    if (transfer->head.length + line.length > FETCH_MAX_HEAD_BYTES)
        return cut_off(transfer, "head", FETCH_MAX_HEAD_BYTES);
    buffer_add_text(&transfer->head, line);
    if (text_trim(line).length > 0)
        return line.length;
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200)
        return line.length;
    transfer->has_head = true;
    transfer->status = (int)status;
    heard(transfer);
    if (transfer->events.on_head)
        transfer->events.on_head(transfer->events.owner, transfer->call, (int)status);
    return transfer->call ? line.length : 0;
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *owner)
{
    struct fetch_transfer *transfer = owner;
    size_t length = size * count;
    heard(transfer);
    if (!transfer->call)
        return 0;
    if ((int64_t)length > transfer->max_body_bytes - transfer->body_bytes)
        return cut_off(transfer, "body", transfer->max_body_bytes);
    transfer->body_bytes += (int64_t)length;
    if (transfer->events.on_body)
        transfer->events.on_body(transfer->events.owner, (struct text){bytes, length});
    return transfer->call ? length : 0;
}

/* Curl would send a request again when a kept connection turns out to be dead: fine for a GET, but what
 * changes something is its owner's to repeat, who may no longer be allowed to. */
static int
on_about_to_send(void *owner, char *ip, char *local_ip, int port, int local_port)
{
    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;
    struct fetch_transfer *transfer = owner;
    if (!transfer->call)
        return CURL_PREREQFUNC_ABORT;
    if (transfer->sent_count > 0 && !transfer->is_repeatable) {
        transfer->own_end = FETCH_UNKNOWN;
        error_set(&transfer->refusal, ERROR_UNAVAILABLE,
                  "%.*s: the connection broke after the request was sent", TEXT_ARG(transfer->title));
        return CURL_PREREQFUNC_ABORT;
    }
    if (transfer->events.may_send && !transfer->events.may_send(transfer->events.owner)) {
        transfer->own_end = FETCH_NOT_SENT;
        error_set(&transfer->refusal, ERROR_DENIED, "%.*s: held back", TEXT_ARG(transfer->title));
        return CURL_PREREQFUNC_ABORT;
    }
    transfer->sent_count++;
    return CURL_PREREQFUNC_OK;
}

static void
on_silence(void *owner)
{
    struct fetch_transfer *transfer = owner;
    struct error why = {0};
    int64_t ms = transfer->head_ms > 0 && !transfer->has_head ? transfer->head_ms : transfer->idle_ms;
    error_set(&why, ERROR_UNAVAILABLE, "%.*s: nothing came for %lld ms", TEXT_ARG(transfer->title),
              (long long)ms);
    fetch_pool_finish(transfer, transfer->sent_count > 0 ? FETCH_UNKNOWN : FETCH_NOT_SENT, &why);
}
