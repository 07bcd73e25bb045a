/* GET /v1/objects, /v1/environments and /v1/explain on .weir/api.sock (mode 0600): what the CLI reads.
 * Changes nothing. */
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"
#include "lib/net/http_server.h"
#include "operator/local/api_answers.h"
#include "operator/local/operator_parts.h"
#include "operator/local/state_folder.h"

enum {
    MOST_BODY_BYTES = 4096,
    MOST_CONNECTIONS = 64,
    TIMEOUT_MS = 10000,
};

typedef const struct document *(*answer_fn)(struct local_operator *op, struct api_question *question);

static void on_request(void *owner, struct http_call *call);
static void on_nothing(void *owner, struct http_call *call);
static void on_client_gone(void *owner, struct http_call *call);
static answer_fn find_answer(struct text path);
static bool read_query(struct text query, struct api_question *question);
static void reply(struct http_call *call, int status, const struct document *document);
static const struct document *error_document(struct arena *arena, struct text message);

bool
operator_serve_api(struct local_operator *op, struct error *err)
{
    char *socket = NULL;
    if (!state_folder_socket(op->state, op->arena, "api.sock", &socket, err))
        return false;
    struct http_server_options options = {
        .loop = op->loop,
        .address = socket,
        .max_body_bytes = MOST_BODY_BYTES,
        .max_connections = MOST_CONNECTIONS,
        .head_timeout_ms = TIMEOUT_MS,
        .body_timeout_ms = TIMEOUT_MS,
        .idle_timeout_ms = TIMEOUT_MS,
        .write_timeout_ms = TIMEOUT_MS,
    };
    struct http_server_events events = {.on_request = on_request,
                                        .on_writable = on_nothing,
                                        .on_client_gone = on_client_gone,
                                        .on_done = on_nothing,
                                        .owner = op};
    struct http_server *server = NULL;
    if (!http_server_start(op->arena, &options, &events, &server, err))
        return error_context(err, "serving the local API");
    return true;
}

static void
on_request(void *owner, struct http_call *call)
{
    struct local_operator *op = owner;
    const struct http_request_head *head = http_call_head(call);
    struct api_question question = {.arena = http_call_arena(call), .status = 200};
    answer_fn answer = find_answer(head->path);
    if (!answer) {
        reply(call, 404,
              error_document(question.arena, TEXT("there is /v1/objects, /v1/environments and /v1/explain")));
    } else if (!text_equals(head->method, TEXT("GET"))) {
        reply(call, 405, error_document(question.arena, TEXT("only GET: change the files instead")));
    } else if (!op->pass.plan) {
        reply(call, 503, error_document(question.arena, TEXT("the folder has not been read yet")));
    } else if (!read_query(head->query, &question)) {
        reply(call, 400, error_document(question.arena, TEXT("the query is not understood")));
    } else {
        const struct document *document = answer(op, &question);
        reply(call, question.status, document ? document : error_document(question.arena, question.message));
    }
}

static void
on_nothing(void *owner, struct http_call *call)
{
    (void)owner;
    (void)call;
}

static void
on_client_gone(void *owner, struct http_call *call)
{
    (void)owner;
    http_call_abandon(call);
}

static answer_fn
find_answer(struct text path)
{
    static const struct {
        const char *path;
        answer_fn answer;
    } routes[] = {
        {"/v1/objects", api_answer_objects},
        {"/v1/environments", api_answer_environments},
        {"/v1/explain", api_answer_explain},
    };
    for (size_t i = 0; i < COUNT_OF(routes); i++)
        if (text_equals(path, text_of(routes[i].path)))
            return routes[i].answer;
    return NULL;
}

/* Parameters nobody knows are refused: a typo must not look like "no filter". */
static bool
read_query(struct text query, struct api_question *question)
{
    const struct {
        struct text name;
        struct text *value;
    } known[] = {
        {TEXT("kind"), &question->kind},       {TEXT("name"), &question->name},
        {TEXT("namespace"), &question->space}, {TEXT("environment"), &question->environment},
        {TEXT("caller"), &question->caller},   {TEXT("model"), &question->model},
    };
    while (query.bytes && query.length > 0) {
        struct text value = text_cut(&query, '&');
        struct text name = text_cut(&value, '=');
        bool is_known = false;
        for (size_t i = 0; i < COUNT_OF(known) && !is_known; i++) {
            is_known = text_equals(name, known[i].name);
            if (is_known && !http_unescape(question->arena, value, known[i].value))
                return false;
        }
        if (!is_known)
            return false;
    }
    return true;
}

static void
reply(struct http_call *call, int status, const struct document *document)
{
    static const struct http_header headers[] = {
        {{"Content-Type", sizeof("Content-Type") - 1}, {"application/json", sizeof("application/json") - 1}},
    };
    struct buffer body;
    buffer_init(&body, http_call_arena(call), 4096);
    json_print(document, &body);
    struct http_reply_head head = {.status = status, .headers = headers, .header_count = COUNT_OF(headers)};
    http_call_reply(call, &head, buffer_text(&body));
}

static const struct document *
error_document(struct arena *arena, struct text message)
{
    struct document *error = document_new_map(arena);
    document_set_text(error, "message", message);
    struct document *document = document_new_map(arena);
    document_set(document, TEXT("error"), error);
    return document;
}
