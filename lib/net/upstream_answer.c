/* Reading an answer: heads and body straight out of the pool's scratch buffer, in runs as they arrive.
 *
 * Any callback may cancel the call, and the memory of the call may be gone then. The connection's memory is
 * not (it is freed by a task), so after each callback the connection's state says whether there still is
 * something to read for. */
#include <assert.h>
#include <errno.h>

#include "lib/base/arena.h"
#include "lib/net/upstream_private.h"

static void take(struct upstream_connection *connection, struct text bytes);
static bool take_head(struct upstream_connection *connection, struct text *bytes);
static bool take_body(struct upstream_connection *connection, struct text *bytes);
static void answer_ended(struct upstream_connection *connection, int failed);
static void broken(struct upstream_connection *connection, const char *reason);
static void complete(struct upstream_connection *connection, bool is_reusable);

void
upstream_answer_read(struct upstream_connection *connection, bool is_last)
{
    char *scratch = connection->origin->pool->scratch;
    ssize_t length = transport_receive(connection->transport, scratch, UPSTREAM_SCRATCH_BYTES);
    if (length < 0 && errno == EAGAIN && !is_last)
        return;
    if (length <= 0) {
        answer_ended(connection, length < 0 ? errno : 0);
        return;
    }
    connection->has_answered = true;
    upstream_connection_set_deadline(connection, connection->call->request.deadlines.gap_ms);
    take(connection, (struct text){scratch, (size_t)length});
}

static void
take(struct upstream_connection *connection, struct text bytes)
{
    bool goes_on = true;
    while (goes_on && bytes.length > 0)
        goes_on = connection->is_in_body ? take_body(connection, &bytes) : take_head(connection, &bytes);
}

/* The head's bytes so far: straight from the scratch buffer, unless a part came earlier. */
static struct text
gather_head(struct upstream_connection *connection, struct text bytes)
{
    struct buffer *partial = &connection->partial_head;
    if (partial->length == 0)
        return bytes;
    buffer_add_text(partial, bytes);
    return buffer_text(partial);
}

/* False when the head is longer than we keep. */
static bool
keep_partial_head(struct upstream_connection *connection, struct text bytes)
{
    struct buffer *partial = &connection->partial_head;
    if (bytes.length > connection->origin->pool->options.max_head_bytes)
        return false;
    if (partial->length == 0) {
        buffer_init(partial, connection->call->arena, bytes.length);
        buffer_add_text(partial, bytes);
    }
    return true;
}

static bool
final_head_came(struct upstream_connection *connection, const struct http_response_head *head,
                struct text rest)
{
    struct upstream_call *call = connection->call;
    connection->is_in_body = true;
    connection->keeps_alive = head->keep_alive;
    http_body_init(&connection->body, head->body_kind, head->content_length);
    call->events.on_head(call->events.owner, head);
    if (connection->state != UPSTREAM_BUSY)
        return false;
    bool is_empty = head->body_kind == HTTP_BODY_NONE ||
                    (head->body_kind == HTTP_BODY_LENGTH && head->content_length == 0);
    if (is_empty)
        complete(connection, rest.length == 0);
    return !is_empty;
}

/* Both takers: false when nothing more is to be read for this call. */
static bool
take_head(struct upstream_connection *connection, struct text *bytes)
{
    struct http_response_head *head = &connection->origin->pool->head;
    struct http_refusal refusal = {0};
    size_t length = 0;
    *bytes = gather_head(connection, *bytes);
    enum http_parse parsed =
        http_response_parse(*bytes, connection->call->request.is_head, head, &length, &refusal);
    if (parsed == HTTP_PARSE_MORE && keep_partial_head(connection, *bytes)) {
        *bytes = (struct text){0};
        return true;
    }
    if (parsed == HTTP_PARSE_MORE)
        refusal.reason = "its head is too long";
    else if (parsed == HTTP_PARSE_DONE && head->status == 101)
        refusal.reason = "it switched protocols unasked";
    if (refusal.reason) {
        broken(connection, refusal.reason);
        return false;
    }
    *bytes = text_slice(*bytes, length, bytes->length);
    if (head->status >= 200)
        return final_head_came(connection, head, *bytes);
    if (connection->partial_head.length > 0) /* an interim head: on to the next one, from fresh memory */
        *bytes = text_copy(connection->call->arena, *bytes);
    connection->partial_head = (struct buffer){0};
    return true;
}

static bool
take_body(struct upstream_connection *connection, struct text *bytes)
{
    struct upstream_call *call = connection->call;
    struct http_refusal refusal = {0};
    struct text content = {0};
    size_t used = 0;
    enum http_parse parsed = http_body_next(&connection->body, *bytes, &used, &content, &refusal);
    if (parsed == HTTP_PARSE_WRONG) {
        broken(connection, refusal.reason);
        return false;
    }
    *bytes = text_slice(*bytes, used, bytes->length);
    if (content.length > 0) {
        call->events.on_body(call->events.owner, content);
        if (connection->state != UPSTREAM_BUSY)
            return false;
    }
    if (parsed == HTTP_PARSE_DONE) {
        complete(connection, bytes->length == 0);
        return false;
    }
    assert(used > 0);
    return true;
}

/* failed: the errno, or 0 for an orderly end. */
static void
answer_ended(struct upstream_connection *connection, int failed)
{
    struct upstream_call *call = connection->call;
    struct text host = connection->origin->host_header;
    struct error why = {0};
    if (connection->is_in_body && connection->body.kind == HTTP_BODY_UNTIL_CLOSE && failed == 0) {
        complete(connection, false);
        return;
    }
    bool is_stale = connection->is_reused && !connection->has_answered && !call->was_replayed;
    upstream_connection_close(connection);
    if (is_stale) {
        upstream_call_replay(call);
        return;
    }
    struct text tls_failure = transport_failure(connection->transport); /* the connection is freed later */
    const char *where = connection->has_answered ? "inside its answer" : "before it answered";
    if (tls_failure.length > 0)
        error_set(&why, ERROR_UNAVAILABLE, "%.*s ended the connection %s: %.*s", TEXT_ARG(host), where,
                  TEXT_ARG(tls_failure));
    else if (failed != 0)
        error_set_errno(&why, failed, "%.*s ended the connection %s", TEXT_ARG(host), where);
    else
        error_set(&why, ERROR_UNAVAILABLE, "%.*s ended the connection %s", TEXT_ARG(host), where);
    upstream_call_fail(call, UPSTREAM_CUT, &why);
}

static void
broken(struct upstream_connection *connection, const char *reason)
{
    struct upstream_call *call = connection->call;
    struct error why = {0};
    error_set(&why, ERROR_UNAVAILABLE, "%.*s sent no valid HTTP/1.1 answer: %s",
              TEXT_ARG(connection->origin->host_header), reason ? reason : "it is malformed");
    upstream_connection_close(connection);
    upstream_call_fail(call, UPSTREAM_BROKEN, &why);
}

/* The connection is free for the next call before on_end is told, which may start that call. Last thing of a
 * read. */
static void
complete(struct upstream_connection *connection, bool has_nothing_left)
{
    struct upstream_call *call = connection->call;
    struct upstream_origin *origin = connection->origin;
    bool is_reusable = has_nothing_left && connection->keeps_alive &&
                       call->sent == call->request.bytes.length &&
                       connection->body.kind != HTTP_BODY_UNTIL_CLOSE;
    if (is_reusable) {
        connection->call = NULL;
        connection->state = UPSTREAM_IDLE;
        transport_pause_reading(connection->transport, false);
        upstream_connection_set_deadline(connection, origin->pool->options.idle_timeout_ms);
        upstream_origin_put_idle(origin, connection);
    } else {
        upstream_connection_close(connection);
    }
    upstream_call_complete(call);
}
