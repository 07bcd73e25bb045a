/* Finds the running `weir up` by its folder and asks it over its unix socket. Starts nothing. */
#include "api/cli/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/json.h"
#include "lib/net/fetch.h"

#define MAX_POINTER_BYTES 4096

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
    if (reply->status == 200)
        return true;
    struct text message = document_text(document_get(answer, "error.message"));
    enum error_kind kind = reply->status == 404 ? ERROR_NOT_FOUND : ERROR_INVALID;
    if (reply->status >= 500)
        kind = ERROR_UNAVAILABLE;
    return error_set(err, kind, "%.*s", TEXT_ARG(message));
}

bool
instance_ask(const struct invocation *invocation, struct text path, struct document **out_answer,
             struct error *err)
{
    struct arena *arena = invocation->arena;
    struct text state;
    if (!instance_find_state(invocation, &state, err))
        return false;
    char *socket = text_c_string(arena, text_format(arena, "%.*s/api.sock", TEXT_ARG(state)));
    if (access(socket, F_OK) != 0)
        return error_set(err, ERROR_UNAVAILABLE, "weir up is not running in %.*s", TEXT_ARG(state));

    struct fetch_reply reply;
    if (!fetch_get_unix(arena, socket, path, &reply, err))
        return false;
    if (!json_parse(arena, reply.body, TEXT("the operator's answer"), out_answer, err))
        return false;
    return judge_status(&reply, *out_answer, err);
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
