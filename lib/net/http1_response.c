/* Reading the head of a response in one pass (RFC 9112 4, 6.3), as strictly as a request: whoever answers us
 * may be as wrong, or as hostile, as whoever asks. */
#include "lib/net/http1.h"

#include "lib/net/http1_syntax.h"

static enum http_parse read_head(struct http_cursor *cursor, struct http_response_head *out_head,
                                 struct http_framing *out_framing, struct http_refusal *out_refusal);
static enum http_parse
read_status(struct http_cursor *cursor, int *out_status, struct http_refusal *out_refusal);
static enum http_parse decide_body(struct http_response_head *head, const struct http_framing *framing,
                                   bool to_head_request, struct http_refusal *out_refusal);

enum http_parse
http_response_parse(struct text bytes, bool to_head_request, struct http_response_head *out_head,
                    size_t *out_length, struct http_refusal *out_refusal)
{
    bool is_full = bytes.length >= HTTP_MAX_HEAD_BYTES;
    size_t length = is_full ? HTTP_MAX_HEAD_BYTES : bytes.length;
    if (length == 0)
        return HTTP_PARSE_MORE;

    struct http_cursor cursor = {bytes.bytes, bytes.bytes + length};
    struct http_framing framing = {0};
    enum http_parse parsed = read_head(&cursor, out_head, &framing, out_refusal);
    if (parsed == HTTP_PARSE_MORE && is_full)
        parsed = http_refuse(out_refusal, 502, "The head of the answer is longer than 32 KiB.");
    if (parsed == HTTP_PARSE_DONE) {
        *out_length = (size_t)(cursor.at - bytes.bytes);
        parsed = decide_body(out_head, &framing, to_head_request, out_refusal);
    }
    if (parsed == HTTP_PARSE_WRONG)
        out_refusal->status = 502; /* the fault is the upstream's, whatever it would have been in a request */
    return parsed;
}

static enum http_parse
read_head(struct http_cursor *cursor, struct http_response_head *out_head, struct http_framing *out_framing,
          struct http_refusal *out_refusal)
{
    bool is_http10 = false;
    enum http_parse parsed = http_version_parse(cursor, &is_http10, out_refusal);
    if (parsed == HTTP_PARSE_DONE)
        parsed = read_status(cursor, &out_head->status, out_refusal);
    if (parsed == HTTP_PARSE_DONE)
        parsed = http_fields_parse(cursor, &out_head->headers, out_framing, out_refusal);
    if (parsed == HTTP_PARSE_DONE)
        parsed = http_framing_body(out_framing, is_http10, &out_head->body_kind, &out_head->content_length,
                                   out_refusal);
    if (parsed == HTTP_PARSE_DONE)
        out_head->keep_alive = http_framing_keeps_alive(out_framing, is_http10);
    return parsed;
}

/* SP 3DIGIT SP [ reason-phrase ] CRLF; the phrase is checked and dropped (RFC 9112 4). */
static enum http_parse
read_status(struct http_cursor *cursor, int *out_status, struct http_refusal *out_refusal)
{
    const char *at = cursor->at;
    if (cursor->end - at < 5)
        return HTTP_PARSE_MORE;
    bool is_status = at[0] == ' ' && at[1] >= '1' && at[1] <= '5' && at[2] >= '0' && at[2] <= '9' &&
                     at[3] >= '0' && at[3] <= '9' && at[4] == ' ';
    if (!is_status)
        return http_refuse(out_refusal, 502, "The answer has no status between 100 and 599.");

    *out_status = (at[1] - '0') * 100 + (at[2] - '0') * 10 + (at[3] - '0');
    cursor->at = http_scan_field_value(at + 5, cursor->end);
    return http_line_end_parse(cursor, out_refusal);
}

/* RFC 9112 6.3, after the rules that requests and responses share. */
static enum http_parse
decide_body(struct http_response_head *head, const struct http_framing *framing, bool to_head_request,
            struct http_refusal *out_refusal)
{
    bool never_has_content = head->status < 200 || head->status == 204;
    if (never_has_content && head->body_kind != HTTP_BODY_NONE) /* RFC 9112 6.1, RFC 9110 8.6 */
        return http_refuse(out_refusal, 502, "The answer announces content that its status does not allow.");
    if (never_has_content || head->status == 304 || to_head_request) {
        head->body_kind = HTTP_BODY_NONE;
        return HTTP_PARSE_DONE;
    }
    if (head->body_kind == HTTP_BODY_NONE && framing->content_length_count == 0) {
        head->body_kind = HTTP_BODY_UNTIL_CLOSE;
        head->keep_alive = false;
    }
    return HTTP_PARSE_DONE;
}
