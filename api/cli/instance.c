/* Finds the running `weir up` by its folder and asks it over its unix socket. Starts nothing. */
#include "api/cli/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "api/cli/remote_ledger.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/json.h"
#include "lib/net/fetch.h"

#define MAX_POINTER_BYTES 4096
#define EXPORT_TIMEOUT_MS 60000L /* of a part that is megabytes */

static const char start_one[] =
    "no `weir up` is known; start one (weir up DIR) or name its folder with --dir";

/* The file that `weir up` leaves for us. It must be ours: /tmp is everybody's. */
static bool
read_pointer(struct arena *arena, struct text *out_folder, struct error *err)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    struct text path =
        text_format(arena, "%s/weir-%u/current", runtime && *runtime ? runtime : "/tmp", (unsigned)getuid());
    int fd = open(text_c_string(arena, path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return error_set(err, ERROR_NOT_FOUND, "%s", start_one);
    struct stat status;
    char *bytes = arena_alloc(arena, MAX_POINTER_BYTES);
    ssize_t length = -1;
    if (fstat(fd, &status) == 0 && status.st_uid == getuid())
        length = read(fd, bytes, MAX_POINTER_BYTES);
    close(fd);
    if (length <= 0)
        return error_set(err, ERROR_NOT_FOUND, "%s", start_one);
    *out_folder = text_trim((struct text){bytes, (size_t)length});
    return true;
}

bool
instance_find_folder(const struct invocation *invocation, struct text *out_folder, struct error *err)
{
    struct text given = invocation_value(invocation, "dir");
    if (text_is_empty(given))
        given = text_of(getenv("WEIR_DIR"));
    if (text_is_empty(given))
        return read_pointer(invocation->arena, out_folder, err);
    *out_folder = given;
    return true;
}

bool
instance_find_state(const struct invocation *invocation, struct text *out_state, struct error *err)
{
    *out_state = invocation_value(invocation, "state");
    if (!text_is_empty(*out_state))
        return true;
    struct text folder = {0};
    if (!instance_find_folder(invocation, &folder, err))
        return false;
    *out_state = text_format(invocation->arena, "%.*s/.weir", TEXT_ARG(folder));
    if (access(text_c_string(invocation->arena, *out_state), R_OK | X_OK) == 0)
        return true;
    return error_set_errno(err, errno, "%.*s has never been started with `weir up` (%.*s)", TEXT_ARG(folder),
                           TEXT_ARG(*out_state));
}

static bool
judge_status(const struct fetch_reply *reply, const struct document *answer, struct error *err)
{
    if (reply->status == 200 || reply->status == 201)
        return true;
    struct text message = document_text(document_get(answer, "error.message"));
    enum error_kind kind = reply->status == 404   ? ERROR_NOT_FOUND
                           : reply->status == 401 ? ERROR_DENIED
                           : reply->status == 403 ? ERROR_DENIED
                                                  : ERROR_INVALID;
    if (reply->status >= 500)
        kind = ERROR_UNAVAILABLE;
    return error_set(err, kind, "%.*s", TEXT_ARG(message));
}

/* Whom to ask: the socket's name in the state folder, and what it is called. */
struct answerer {
    const char *socket, *name;
};

static const struct answerer the_ledger = {"ledger-api.sock", "the ledger's answer"};

static bool
fetch(const struct invocation *invocation, const struct answerer *whom, const struct fetch_question *question,
      struct fetch_reply *out_reply, struct error *err)
{
    struct arena *arena = invocation->arena;
    struct text state;
    if (whom == &the_ledger && remote_ledger_is_given(invocation))
        return remote_ledger_fetch(invocation, question, out_reply, err);
    if (!instance_find_state(invocation, &state, err))
        return false;
    char *socket = text_c_string(arena, text_format(arena, "%.*s/%s", TEXT_ARG(state), whom->socket));
    if (access(socket, F_OK) != 0)
        return error_set(err, ERROR_UNAVAILABLE, "weir up is not running in %.*s", TEXT_ARG(state));
    return fetch_unix(arena, socket, question, out_reply, err);
}

static bool
ask(const struct invocation *invocation, const struct answerer *whom, const struct fetch_question *question,
    struct document **out_answer, struct error *err)
{
    struct fetch_reply reply = {0};
    return fetch(invocation, whom, question, &reply, err) &&
           json_parse(invocation->arena, reply.body, text_of(whom->name), out_answer, err) &&
           judge_status(&reply, *out_answer, err);
}

bool
instance_ask(const struct invocation *invocation, struct text path, struct document **out_answer,
             struct error *err)
{
    static const struct answerer operator= {"api.sock", "the operator's answer"};
    const struct fetch_question question = {.path = path};
    return ask(invocation, &operator, & question, out_answer, err);
}

bool
instance_ask_ledger(const struct invocation *invocation, struct text path, struct document **out_answer,
                    struct error *err)
{
    const struct fetch_question question = {.path = path};
    return ask(invocation, &the_ledger, &question, out_answer, err);
}

bool
instance_change_ledger(const struct invocation *invocation, const struct fetch_question *question,
                       struct document **out_answer, struct error *err)
{
    return ask(invocation, &the_ledger, question, out_answer, err);
}

bool
instance_fetch_ledger(const struct invocation *invocation, struct text path, struct text *out_body,
                      struct error *err)
{
    struct fetch_reply reply = {0};
    struct document *refusal = NULL;
    const struct fetch_question question = {.path = path, .timeout_ms = EXPORT_TIMEOUT_MS};
    if (!fetch(invocation, &the_ledger, &question, &reply, err))
        return false;
    if (reply.status != 200)
        return json_parse(invocation->arena, reply.body, text_of(the_ledger.name), &refusal, err) &&
               judge_status(&reply, refusal, err);
    *out_body = reply.body;
    return true;
}

struct text
instance_escape(struct arena *arena, struct text value)
{
    struct buffer out;
    buffer_init(&out, arena, value.length + 16);
    for (size_t i = 0; i < value.length; i++) {
        unsigned char byte = (unsigned char)value.bytes[i];
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' ||
                     byte == '~' || byte == '/';
        if (plain)
            buffer_add_byte(&out, (char)byte);
        else
            buffer_print(&out, "%%%02X", byte);
    }
    return buffer_text(&out);
}
