/* The formats, on the scanner: nothing is built, bodies are passed on as they were written. */
#include "api/cli/batch/batch_line.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/base/utf8.h"
#include "lib/document/json_scan.h"

#define ID_PREFIX "batch_req_"

static void print_start(struct buffer *out, const struct batch_line *line);
static void print_json(struct buffer *out, struct text body);
static struct text find_problem(struct arena *arena, const struct batch_line *line,
                                const struct json_field *fields, struct text endpoint);

enum { FOREIGN_BODY_MAX_BYTES = 65536 }; /* of an answer that is not JSON: a proxy's page */
enum { CUSTOM_ID, METHOD, URL, BODY, MODEL, STREAM, FIELD_COUNT };

void
batch_line_read(struct arena *arena, struct text text, uint64_t number, struct text endpoint,
                struct batch_line *out_line)
{
    struct json_field fields[FIELD_COUNT] = {[CUSTOM_ID] = {.path = "custom_id"},
                                             [METHOD] = {.path = "method"},
                                             [URL] = {.path = "url"},
                                             [BODY] = {.path = "body"},
                                             [MODEL] = {.path = "body.model"},
                                             [STREAM] = {.path = "body.stream"}};
    struct error err = {0};
    *out_line = (struct batch_line){.number = number};
    if (!json_scan(text, fields, FIELD_COUNT, &err)) {
        out_line->problem = text_format(arena, "the line is not a JSON object: %s", err.message);
        return;
    }
    out_line->custom_id = text_copy(arena, json_scan_string(arena, fields[CUSTOM_ID].raw));
    out_line->body = text_copy(arena, fields[BODY].raw);
    out_line->names_model = fields[MODEL].kind != JSON_ABSENT;
    out_line->problem = find_problem(arena, out_line, fields, endpoint);
}

static struct text
find_problem(struct arena *arena, const struct batch_line *line, const struct json_field *fields,
             struct text endpoint)
{
    struct text url = json_scan_string(arena, fields[URL].raw);
    if (fields[CUSTOM_ID].kind != JSON_STRING || text_is_empty(line->custom_id))
        return TEXT("custom_id is missing: a text that no other line has");
    if (line->custom_id.length > CUSTOM_ID_MAX_BYTES)
        return text_format(arena, "custom_id is longer than %d bytes", CUSTOM_ID_MAX_BYTES);
    if (!text_equals(json_scan_string(arena, fields[METHOD].raw), TEXT("POST")))
        return TEXT("method must be \"POST\"");
    if (!text_equals(url, endpoint))
        return text_format(arena, "url must be \"%.*s\", as for the whole batch; it is \"%.*s\"",
                           TEXT_ARG(endpoint), TEXT_ARG(utf8_at_most(url, 128)));
    if (fields[BODY].kind != JSON_OBJECT)
        return TEXT("body is missing: the request, a JSON object");
    if (fields[STREAM].kind == JSON_TRUE)
        return TEXT("body.stream is not possible in a batch");
    return (struct text){0};
}

struct text
batch_line_body(struct arena *arena, const struct batch_line *line, struct text model)
{
    if (line->names_model || text_is_empty(model))
        return line->body;
    struct text members = text_trim(text_slice(line->body, 1, line->body.length));
    struct buffer body;
    buffer_init(&body, arena, line->body.length + model.length + 16);
    buffer_add_string(&body, "{\"model\":");
    buffer_add_json_string(&body, model);
    if (!text_equals(members, TEXT("}")))
        buffer_add_byte(&body, ',');
    buffer_add_text(&body, members);
    return buffer_text(&body);
}

void
batch_line_print_answer(struct buffer *out, const struct batch_line *line, int status, struct text request_id,
                        struct text body)
{
    print_start(out, line);
    buffer_add_string(out, "\"response\":{\"status_code\":");
    buffer_add_int(out, status);
    buffer_add_string(out, ",\"request_id\":");
    buffer_add_json_string(out, request_id);
    buffer_add_string(out, ",\"body\":");
    print_json(out, body);
    buffer_add_string(out, "},\"error\":null}\n");
}

void
batch_line_print_error(struct buffer *out, const struct batch_line *line, const char *code,
                       struct text message)
{
    print_start(out, line);
    buffer_add_string(out, "\"response\":null,\"error\":{\"code\":");
    buffer_add_json_string(out, text_of(code));
    buffer_add_string(out, ",\"message\":");
    buffer_add_json_string(out, message);
    buffer_add_string(out, "}}\n");
}

static void
print_start(struct buffer *out, const struct batch_line *line)
{
    buffer_add_string(out, "{\"id\":\"" ID_PREFIX);
    buffer_add_int(out, (int64_t)line->number);
    buffer_add_string(out, "\",\"custom_id\":");
    if (text_is_empty(line->custom_id))
        buffer_add_string(out, "null");
    else
        buffer_add_json_string(out, line->custom_id);
    buffer_add_byte(out, ',');
}

/* On one line: between the tokens of JSON a line end is a blank, and inside them there is none. */
static void
print_json(struct buffer *out, struct text body)
{
    if (!json_scan(body, NULL, 0, NULL)) {
        buffer_add_json_string(out, text_slice(body, 0, FOREIGN_BODY_MAX_BYTES));
        return;
    }
    size_t start = out->length;
    buffer_add_text(out, text_trim(body));
    for (size_t i = start; i < out->length; i++)
        if (out->bytes[i] == '\n' || out->bytes[i] == '\r')
            out->bytes[i] = ' ';
}

bool
batch_line_read_answer(struct arena *arena, struct text text, uint64_t *out_number,
                       struct text *out_custom_id)
{
    struct json_field fields[] = {{.path = "id"}, {.path = "custom_id"}};
    int64_t number = 0;
    if (!json_scan(text, fields, COUNT_OF(fields), NULL))
        return false;
    struct text id = json_scan_string(arena, fields[0].raw);
    if (!text_starts_with(id, TEXT(ID_PREFIX)) ||
        !parse_int64(text_slice(id, strlen(ID_PREFIX), id.length), &number) || number < 1)
        return false;
    *out_number = (uint64_t)number;
    *out_custom_id = json_scan_string(arena, fields[1].raw);
    return true;
}
