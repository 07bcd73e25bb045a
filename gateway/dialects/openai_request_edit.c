/* Writing: the original bytes with at most five edits spliced in, in one pass and one allocation by the
 * caller. */
#include <assert.h>

#include "gateway/dialects/openai_request.h"
#include "lib/base/buffer.h"

enum { MOST_EDITS = 5, LONGEST_INT64 = 20, ROOM_FOR_KEYS = 128 };

#define ASKED_FOR_USAGE "{\"include_usage\":true}"

enum edit_kind {
    EDIT_MODEL,
    EDIT_MAXIMUM,
    EDIT_NEW_MAXIMUM,
    EDIT_OPTIONS,
    EDIT_NEW_OPTIONS,
    EDIT_USAGE,
    EDIT_NEW_USAGE
};

struct edit {
    struct body_span at;
    enum edit_kind kind;
};

struct edit_list {
    struct edit items[MOST_EDITS];
    size_t count;
};

size_t
openai_request_growth(const struct openai_edits *edits)
{
    /* A byte of the model's name may need six when it is written as JSON. */
    return edits->model.length * 6 + 2 + 2 * LONGEST_INT64 + ROOM_FOR_KEYS;
}

/* Kept in the order of the body: there are never more than a handful. */
static void
add_edit(struct edit_list *list, struct body_span at, enum edit_kind kind)
{
    assert(list->count < MOST_EDITS);
    size_t place = list->count++;
    for (; place > 0 && list->items[place - 1].at.from > at.from; place--)
        list->items[place] = list->items[place - 1];
    list->items[place] = (struct edit){at, kind};
}

static struct body_span
after_brace(struct text body, size_t from)
{
    struct text rest = text_slice(body, from, body.length);
    size_t at = from + (size_t)text_find_byte(rest, '{') + 1;
    return (struct body_span){at, at};
}

static void
choose_maximum_edits(const struct model_request *request, const struct openai_edits *edits,
                     struct edit_list *list)
{
    bool is_unchanged = edits->max_output_tokens == request->max_output_tokens;
    if (edits->max_output_tokens == MODEL_REQUEST_NO_MAXIMUM || is_unchanged ||
        request->endpoint == MODEL_ENDPOINT_EMBEDDINGS)
        return;
    if (request->max_tokens_at.to > 0)
        add_edit(list, request->max_tokens_at, EDIT_MAXIMUM);
    if (request->max_completion_tokens_at.to > 0)
        add_edit(list, request->max_completion_tokens_at, EDIT_MAXIMUM);
    if (request->max_tokens_at.to == 0 && request->max_completion_tokens_at.to == 0)
        add_edit(list, after_brace(request->body, 0), EDIT_NEW_MAXIMUM);
}

static void
choose_usage_edit(const struct model_request *request, const struct openai_edits *edits,
                  struct edit_list *list)
{
    if (!edits->include_usage || request->wants_usage)
        return;
    bool is_object =
        request->stream_options_at.to > 0 && request->body.bytes[request->stream_options_at.from] == '{';
    if (request->include_usage_at.to > 0)
        add_edit(list, request->include_usage_at, EDIT_USAGE);
    else if (is_object)
        add_edit(list, after_brace(request->body, request->stream_options_at.from), EDIT_NEW_USAGE);
    else if (request->stream_options_at.to > 0)
        add_edit(list, request->stream_options_at, EDIT_OPTIONS);
    else
        add_edit(list, after_brace(request->body, 0), EDIT_NEW_OPTIONS);
}

static bool
is_empty_object_at(struct text body, size_t after_brace_at)
{
    struct text rest = text_trim(text_slice(body, after_brace_at, body.length));
    return rest.length > 0 && rest.bytes[0] == '}';
}

static void
write_new_maximum(const struct model_request *request, const struct openai_edits *edits, struct buffer *out)
{
    /* Reasoning models refuse max_tokens in a chat; completions know nothing else. */
    bool is_chat = request->endpoint == MODEL_ENDPOINT_CHAT;
    buffer_add_string(out, is_chat ? "\"max_completion_tokens\":" : "\"max_tokens\":");
    buffer_add_int(out, edits->max_output_tokens);
    buffer_add_byte(out, ',');
}

static void
write_edit(const struct model_request *request, const struct openai_edits *edits, const struct edit *edit,
           struct buffer *out)
{
    switch (edit->kind) {
    case EDIT_MODEL:
        buffer_add_json_string(out, edits->model);
        break;
    case EDIT_MAXIMUM:
        buffer_add_int(out, edits->max_output_tokens);
        break;
    case EDIT_NEW_MAXIMUM:
        write_new_maximum(request, edits, out);
        break;
    case EDIT_OPTIONS:
        buffer_add_string(out, ASKED_FOR_USAGE);
        break;
    case EDIT_NEW_OPTIONS:
        buffer_add_string(out, "\"stream_options\":" ASKED_FOR_USAGE ",");
        break;
    case EDIT_USAGE:
        buffer_add_string(out, "true");
        break;
    case EDIT_NEW_USAGE:
        buffer_add_string(out, "\"include_usage\":true");
        if (!is_empty_object_at(request->body, edit->at.from))
            buffer_add_byte(out, ',');
        break;
    }
}

void
openai_request_write(const struct model_request *request, const struct openai_edits *edits,
                     struct buffer *out)
{
    struct edit_list list = {0};
    if (!text_equals(edits->model, request->model))
        add_edit(&list, request->model_at, EDIT_MODEL);
    choose_maximum_edits(request, edits, &list);
    choose_usage_edit(request, edits, &list);

    size_t written = 0;
    for (size_t i = 0; i < list.count; i++) {
        buffer_add_text(out, text_slice(request->body, written, list.items[i].at.from));
        write_edit(request, edits, &list.items[i], out);
        written = list.items[i].at.to;
    }
    buffer_add_text(out, text_slice(request->body, written, request->body.length));
}
