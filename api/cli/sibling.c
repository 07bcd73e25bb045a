/* Finds a program beside this one, and reads what it prints. */
#include "api/cli/sibling.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"

static bool start(char *const *arguments, pid_t *out_pid, int *out_fd, struct error *err);
static bool read_all(int fd, size_t max_bytes, struct buffer *out, struct error *err);

bool
sibling_find(struct arena *arena, const char *name, char **out_path, struct error *err)
{
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self);
    if (length <= 0)
        return error_set_errno(err, errno, "finding the folder weir runs from");
    while (length > 0 && self[length - 1] != '/')
        length--;
    *out_path = text_c_string(arena, text_format(arena, "%.*s%s", (int)length, self, name));
    if (access(*out_path, X_OK) != 0)
        return error_set_errno(err, errno, "%s", *out_path);
    return true;
}

bool
sibling_run(struct arena *arena, char *const *arguments, size_t max_bytes, struct sibling_answer *out_answer,
            struct error *err)
{
    pid_t pid = -1;
    int fd = -1;
    if (!start(arguments, &pid, &fd, err))
        return false;
    struct buffer output;
    buffer_init(&output, arena, 65536);
    bool is_read = read_all(fd, max_bytes, &output, err);
    close(fd);
    if (!is_read)
        kill(pid, SIGKILL);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    *out_answer = (struct sibling_answer){buffer_text(&output), WIFEXITED(status) ? WEXITSTATUS(status) : -1};
    return is_read || error_context(err, "%s", arguments[0]);
}

static bool
start(char *const *arguments, pid_t *out_pid, int *out_fd, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(err, errno, "making a pipe");
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    int failure = posix_spawn(out_pid, arguments[0], &files, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    close(ends[1]);
    *out_fd = ends[0];
    if (failure == 0)
        return true;
    close(ends[0]);
    return error_set_errno(err, failure, "starting %s", arguments[0]);
}

static bool
read_all(int fd, size_t max_bytes, struct buffer *out, struct error *err)
{
    char piece[65536];
    ssize_t length;
    while ((length = read(fd, piece, sizeof(piece))) != 0) {
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return error_set_errno(err, errno, "reading what it prints");
        if (out->length + (size_t)length > max_bytes)
            return error_set(err, ERROR_INVALID, "prints more than %zu bytes", max_bytes);
        buffer_add_text(out, (struct text){piece, (size_t)length});
    }
    return true;
}
