/* Reading the head of a request in one pass (RFC 9112 3), strict as http1.h promises.
 *
 * Syntax is judged byte by byte in order, meaning only when the head is whole: so a message cut anywhere gets
 * the verdict of the whole message or none yet. */
#include "lib/net/http1.h"

#include "lib/net/http1_syntax.h"
#include "lib/net/http1_target.h"

#define HTTP_MAX_METHOD_BYTES 32 /* the longest registered one has 18 */

static enum http_parse read_head(struct http_cursor *cursor, struct http_request_head *out_head,
                                 struct http_framing *out_framing, struct http_refusal *out_refusal);
static enum http_parse
read_method(struct http_cursor *cursor, struct text *out_method, struct http_refusal *out_refusal);
static enum http_parse
read_target(struct http_cursor *cursor, struct text *out_target, struct http_refusal *out_refusal);
static enum http_parse
judge(struct http_request_head *head, const struct http_framing *framing, struct http_refusal *out_refusal);

enum http_parse
http_request_parse(struct text bytes, struct http_request_head *out_head, size_t *out_length,
                   struct http_refusal *out_refusal)
{
    bool is_full = bytes.length >= HTTP_MAX_HEAD_BYTES;
    size_t length = is_full ? HTTP_MAX_HEAD_BYTES : bytes.length;
    if (length == 0)
        return HTTP_PARSE_MORE;

    struct http_cursor cursor = {bytes.bytes, bytes.bytes + length};
    struct http_framing framing = {0};
    enum http_parse parsed = read_head(&cursor, out_head, &framing, out_refusal);
    if (parsed == HTTP_PARSE_MORE && is_full)
        return http_refuse(out_refusal, 431, "The head of the request is longer than 32 KiB.");
    if (parsed != HTTP_PARSE_DONE)
        return parsed;

    *out_length = (size_t)(cursor.at - bytes.bytes);
    return judge(out_head, &framing, out_refusal);
}

static enum http_parse
read_head(struct http_cursor *cursor, struct http_request_head *out_head, struct http_framing *out_framing,
          struct http_refusal *out_refusal)
{
    enum http_parse parsed = read_method(cursor, &out_head->method, out_refusal);
    if (parsed == HTTP_PARSE_DONE)
        parsed = read_target(cursor, &out_head->target, out_refusal);
    if (parsed == HTTP_PARSE_DONE)
        parsed = http_version_parse(cursor, &out_head->is_http10, out_refusal);
    if (parsed == HTTP_PARSE_DONE)
        parsed = http_line_end_parse(cursor, out_refusal);
    if (parsed == HTTP_PARSE_DONE)
        parsed = http_fields_parse(cursor, &out_head->headers, out_framing, out_refusal);
    return parsed;
}

static enum http_parse
read_method(struct http_cursor *cursor, struct text *out_method, struct http_refusal *out_refusal)
{
    const char *const start = cursor->at;
    const char *at = start;
    while (at < cursor->end && http_byte_is(*at, HTTP_BYTE_TOKEN))
        at++;
    if (at - start > HTTP_MAX_METHOD_BYTES) /* RFC 9112 3 */
        return http_refuse(out_refusal, 501, "The method is longer than any that is offered here.");
    if (at == cursor->end)
        return HTTP_PARSE_MORE;
    if (at == start &&
        (*at == '\r' || *at == '\n')) /* RFC 9112 2.2 would skip one; parsers disagree how many */
        return http_refuse(out_refusal, 400, "An empty line stands before the request.");
    if (at == start || *at != ' ')
        return http_refuse(out_refusal, 400, "The request does not begin with a method and one blank.");

    *out_method = (struct text){start, (size_t)(at - start)};
    cursor->at = at + 1;
    return HTTP_PARSE_DONE;
}

static enum http_parse
read_target(struct http_cursor *cursor, struct text *out_target, struct http_refusal *out_refusal)
{
    const char *const start = cursor->at;
    const char *at = start;
    while (at < cursor->end && http_byte_is(*at, HTTP_BYTE_TARGET))
        at++;
    if (at - start > HTTP_MAX_TARGET_BYTES)
        return http_refuse(out_refusal, 414, "The request target is longer than 8 KiB.");
    if (at == cursor->end)
        return HTTP_PARSE_MORE;
    if (*at == '\r' || *at == '\n')
        return http_refuse(out_refusal, 400,
                           "The first line names no HTTP version (HTTP/0.9 is not spoken here).");
    if (at == start || *at != ' ')
        return http_refuse(out_refusal, 400,
                           "The request target is empty or has a byte that may not stand there.");

    *out_target = (struct text){start, (size_t)(at - start)};
    cursor->at = at + 1;
    return HTTP_PARSE_DONE;
}

static enum http_parse
judge(struct http_request_head *head, const struct http_framing *framing, struct http_refusal *out_refusal)
{
    enum http_parse judged =
        http_framing_body(framing, head->is_http10, &head->body_kind, &head->content_length, out_refusal);
    if (judged == HTTP_PARSE_DONE)
        judged = http_target_check(head, framing, out_refusal);
    if (judged != HTTP_PARSE_DONE)
        return judged;

    /* RFC 9110 10.1.1: an HTTP/1.0 client's expectation is ignored, and one without content has nothing to
     * wait for. */
    bool is_continue =
        framing->expect_count == 1 && text_equals_ignore_case(framing->expect, TEXT("100-continue"));
    if (framing->expect_count > 0 && !is_continue)
        return http_refuse(out_refusal, 417, "The only expectation met here is 100-continue.");
    head->expects_continue = is_continue && !head->is_http10 && head->body_kind != HTTP_BODY_NONE;

    head->keep_alive = http_framing_keeps_alive(framing, head->is_http10);
    /* RFC 9110 7.8: named by Connection, and never from HTTP/1.0. More than one field: nothing is offered. */
    bool upgrades = framing->says_upgrade && framing->upgrade_count == 1 && !head->is_http10;
    head->upgrade = upgrades ? framing->upgrade : (struct text){0};
    return HTTP_PARSE_DONE;
}
