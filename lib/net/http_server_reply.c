/* How a reply's head is written, and the small JSON bodies of refusals. */
#include <time.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/net/http_server_output.h"

enum { OWN_HEAD_BYTES = 256, DATE_LIFE_MS = 1000 };

static size_t head_capacity(const struct http_reply_head *head);
static void add_field(const struct http_header *header, struct buffer *out);
static void add_date(struct http_server *server, struct buffer *out);
static void add_framing(struct http_call *call, int status, int64_t content_length, struct buffer *out);

void
http_reply_head(struct http_call *call, const struct http_reply_head *head, int64_t content_length,
                struct buffer *out)
{
    struct http_connection *connection = call->connection;
    const struct http_request_head *request = &call->head;
    call->drops_body =
        text_equals(request->method, TEXT("HEAD")) || head->status == 204 || head->status == 304;
    call->is_chunked = content_length < 0 && !request->is_http10 && !call->drops_body;
    call->closes = call->closes || !request->keep_alive || connection->server->is_draining ||
                   (connection->is_at_end && !connection->input_arena) ||
                   (content_length < 0 && request->is_http10 && !call->drops_body);

    /* Room for a small body too, so that a refusal is one piece. */
    buffer_init(out, call->arena, head_capacity(head) + OWN_HEAD_BYTES);
    buffer_add_text(out, TEXT("HTTP/1.1 "));
    buffer_add_int(out, head->status);
    buffer_add_byte(out, ' ');
    buffer_add_string(out, http_status_reason(head->status));
    buffer_add_text(out, TEXT("\r\n"));
    for (size_t i = 0; i < head->header_count; i++) {
        const struct http_header *header = &head->headers[i];
        if (!http_header_value_is_safe(header->value))
            continue; /* it would end the field: nobody upstream may write our heads */
        add_field(header, out);
    }
    add_date(connection->server, out);
    add_framing(call, head->status, content_length, out);
}

struct text
http_refusal_body(struct arena *arena, const struct http_refusal *refusal)
{
    struct buffer out;
    const char *code = "bad_request";
    if (refusal->status == 408)
        code = "request_timeout";
    else if (refusal->status == 413)
        code = "request_too_large";
    else if (refusal->status == 503)
        code = "overloaded";
    buffer_init(&out, arena, OWN_HEAD_BYTES);
    buffer_add_text(&out, TEXT("{\"error\":{\"message\":"));
    buffer_add_json_string(&out, text_of(refusal->reason));
    buffer_add_text(&out, TEXT(",\"type\":"));
    buffer_add_json_string(&out,
                           refusal->status >= 500 ? TEXT("server_error") : TEXT("invalid_request_error"));
    buffer_add_text(&out, TEXT(",\"param\":null,\"code\":"));
    buffer_add_json_string(&out, text_of(code));
    buffer_add_text(&out, TEXT("}}"));
    return buffer_text(&out);
}

/* In one go: a reply has a dozen. */
static void
add_field(const struct http_header *header, struct buffer *out)
{
    size_t length = header->name.length + header->value.length + 4;
    char *at = buffer_reserve(out, length);
    at = mempcpy(at, header->name.bytes, header->name.length);
    at = mempcpy(at, ": ", 2);
    if (header->value.length > 0)
        at = mempcpy(at, header->value.bytes, header->value.length);
    at[0] = '\r';
    at[1] = '\n';
    buffer_grew(out, length);
}

static size_t
head_capacity(const struct http_reply_head *head)
{
    size_t bytes = 0;
    for (size_t i = 0; i < head->header_count; i++)
        bytes += head->headers[i].name.length + head->headers[i].value.length + sizeof(": \r\n");
    return bytes;
}

/* Written once a second, RFC 9110 5.6.7. */
static void
add_date(struct http_server *server, struct buffer *out)
{
    int64_t now_ms = loop_now_ms(server->loop);
    if (now_ms >= server->date_until_ms || server->date_line[0] == '\0') {
        time_t now = (time_t)(clock_unix_ms() / 1000);
        struct tm parts;
        gmtime_r(&now, &parts);
        strftime(server->date_line, sizeof(server->date_line), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
        server->date_until_ms = now_ms + DATE_LIFE_MS;
    }
    buffer_add_string(out, server->date_line);
}

static void
add_framing(struct http_call *call, int status, int64_t content_length, struct buffer *out)
{
    if (call->is_chunked) {
        buffer_add_text(out, TEXT("Transfer-Encoding: chunked\r\n"));
    } else if (content_length >= 0 && status != 204 && status != 304) {
        buffer_add_text(out, TEXT("Content-Length: "));
        buffer_add_int(out, content_length);
        buffer_add_text(out, TEXT("\r\n"));
    }
    if (call->closes)
        buffer_add_text(out, TEXT("Connection: close\r\n"));
    else if (call->head.is_http10)
        buffer_add_text(out, TEXT("Connection: keep-alive\r\n"));
    buffer_add_text(out, TEXT("\r\n"));
}
