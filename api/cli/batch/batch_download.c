/* Written beside its place and renamed over it, so that a cut download is never taken for the file. */
#include "api/cli/batch/batch_download.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/net/fetch_client.h"
#include "lib/net/http_headers.h"
#include "lib/net/loop.h"

#define MAX_FILE_BYTES ((int64_t)64 * 1024 * 1024 * 1024)
#define IDLE_MS 60000

enum { TOKEN_MAX_BYTES = 65536, COMPLAINT_BYTES = 300 };

struct download {
    struct loop *loop;
    int fd, status;
    char complaint[COMPLAINT_BYTES]; /* how an answer that is not 200 begins */
    size_t complaint_length;
    struct error problem;
};

static void on_head(void *owner, struct fetch_call *call, int status);
static void on_body(void *owner, struct text content);
static void on_end(void *owner, enum fetch_end end, const struct error *why);
static bool read_token(struct arena *arena, const struct batch_source *source, struct text *out_headers,
                       struct error *err);
static void
run(struct arena *arena, const struct batch_source *source, struct text headers, struct download *download);

bool
batch_download(struct arena *arena, struct loop *loop, const struct batch_source *source, struct error *err)
{
    struct stat there;
    struct text headers;
    if (stat(source->copy, &there) == 0)
        return true;
    const char *part = text_c_string(arena, text_format(arena, "%s.part", source->copy));
    const char *slash = strrchr(part, '/');
    struct text folder = {part, slash ? (size_t)(slash - part) : 0};
    if (folder.length > 0 && !file_make_folders(text_c_string(arena, folder), 0755, err))
        return false;
    if (!read_token(arena, source, &headers, err))
        return false;
    struct download download = {.loop = loop};
    download.fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (download.fd < 0)
        return error_set_errno(err, errno, "opening %s", part);
    run(arena, source, headers, &download);
    bool is_safe = download.problem.kind != ERROR_NONE || fsync(download.fd) == 0;
    close(download.fd);
    if (download.problem.kind != ERROR_NONE) {
        *err = download.problem;
        return error_context(err, "reading %.*s", TEXT_ARG(source->url));
    }
    if (!is_safe || rename(part, source->copy) != 0)
        return error_set_errno(err, errno, "writing %s", source->copy);
    return true;
}

static bool
read_token(struct arena *arena, const struct batch_source *source, struct text *out_headers,
           struct error *err)
{
    struct text token;
    *out_headers = (struct text){0};
    if (text_is_empty(source->token_file))
        return true;
    if (!text_starts_with(source->url, TEXT("https://")))
        return error_set(err, ERROR_INVALID, "--input-token-file: a key is sent to https:// only");
    if (!file_read(arena, text_c_string(arena, source->token_file), TOKEN_MAX_BYTES, &token, err))
        return false;
    token = text_trim(token);
    if (!http_header_value_is_safe(token))
        return error_set(err, ERROR_INVALID, "--input-token-file: it holds more than one line");
    *out_headers = text_format(arena, "Authorization: Bearer %.*s\n", TEXT_ARG(token));
    return true;
}

static void
run(struct arena *arena, const struct batch_source *source, struct text headers, struct download *download)
{
    const struct fetch_request request = {.method = TEXT("GET"),
                                          .url = source->url,
                                          .headers = headers,
                                          .idle_ms = IDLE_MS,
                                          .max_body_bytes = MAX_FILE_BYTES};
    const struct fetch_events events = {
        .on_head = on_head, .on_body = on_body, .on_end = on_end, .owner = download};
    struct arena *calling = arena_new(0);
    struct fetch_client *client = fetch_client_new(arena, download->loop);
    fetch_start(calling, client, &request, &events);
    loop_run(download->loop);
    arena_free(calling);
}

static void
on_head(void *owner, struct fetch_call *call, int status)
{
    struct download *download = owner;
    (void)call;
    download->status = status;
}

static void
on_body(void *owner, struct text content)
{
    struct download *download = owner;
    if (download->status != 200) {
        content = text_slice(content, 0, COMPLAINT_BYTES - download->complaint_length);
        if (content.length > 0)
            memcpy(download->complaint + download->complaint_length, content.bytes, content.length);
        download->complaint_length += content.length;
        return;
    }
    while (content.length > 0 && download->problem.kind == ERROR_NONE) {
        ssize_t written = write(download->fd, content.bytes, content.length);
        if (written < 0 && errno != EINTR)
            error_set_errno(&download->problem, errno, "writing it down");
        content = text_slice(content, written > 0 ? (size_t)written : 0, content.length);
    }
}

static void
on_end(void *owner, enum fetch_end end, const struct error *why)
{
    struct download *download = owner;
    if (end != FETCH_COMPLETE)
        download->problem = *why;
    else if (download->status != 200)
        error_set(&download->problem, download->status >= 500 ? ERROR_UNAVAILABLE : ERROR_NOT_FOUND,
                  "status %d: %.*s", download->status, (int)download->complaint_length, download->complaint);
    loop_stop(download->loop);
}
