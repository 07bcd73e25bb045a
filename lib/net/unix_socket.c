/* Unix sockets: made with mode 0600 from the first instant on (umask around bind). */
#include "lib/net/unix_socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib/base/error.h"

enum { BACKLOG = 1024 };

static int bind_privately(int fd, const struct sockaddr_un *address);

bool
unix_socket_listen(const char *path, int *out_fd, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat old;
    size_t length = strlen(path);
    if (length >= sizeof(address.sun_path))
        return error_set(err, ERROR_INVALID,
                         "cannot listen on %s: a unix socket's path has at most %zu bytes", path,
                         sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, length + 1);
    if (lstat(path, &old) == 0 && S_ISSOCK(old.st_mode))
        unlink(path);

    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot listen on %s", path);
    if (bind_privately(fd, &address) != 0 || listen(fd, BACKLOG) != 0) {
        int failed = errno;
        close(fd);
        return error_set_errno(err, failed, "cannot listen on %s", path);
    }
    *out_fd = fd;
    return true;
}

static int
bind_privately(int fd, const struct sockaddr_un *address)
{
    mode_t before = umask(0177);
    int bound = bind(fd, (const struct sockaddr *)address, sizeof(*address));
    int failed = errno;
    umask(before);
    errno = failed;
    return bound;
}
