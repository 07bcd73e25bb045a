/* Unix sockets: made with mode 0600 from the first instant on (umask around bind). */
#include "lib/net/unix_socket.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib/base/error.h"

enum { BACKLOG = 1024, MAX_FOLDER_BYTES = 4096 };

static bool bind_privately(int fd, const struct sockaddr_un *address);
static bool listen_at(const struct unix_socket_path *path, int *out_fd);

bool
unix_socket_path_open(const char *path, struct unix_socket_path *out_path, struct error *err)
{
    struct unix_socket_path opened = {.folder_fd = -1};
    size_t length = strlen(path);
    if (length < sizeof(opened.path)) {
        memcpy(opened.path, path, length + 1);
        *out_path = opened;
        return true;
    }
    char folder[MAX_FOLDER_BYTES];
    const char *name = strrchr(path, '/');
    size_t folder_length = name ? (size_t)(name - path) : 0;
    if (folder_length == 0 || folder_length >= sizeof(folder))
        return error_set(err, ERROR_INVALID, "the path of the socket %s is too long", path);
    memcpy(folder, path, folder_length);
    folder[folder_length] = '\0';

    opened.folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (opened.folder_fd < 0)
        return error_set_errno(err, errno, "cannot open the folder of the socket %s", path);
    int written = snprintf(opened.path, sizeof(opened.path), "/proc/self/fd/%d%s", opened.folder_fd, name);
    if (written < 0 || (size_t)written >= sizeof(opened.path)) {
        close(opened.folder_fd);
        return error_set(err, ERROR_INVALID, "the name of the socket %s is too long", path);
    }
    *out_path = opened;
    return true;
}

void
unix_socket_path_close(struct unix_socket_path *path)
{
    if (path->folder_fd >= 0)
        close(path->folder_fd);
    path->folder_fd = -1;
}

bool
unix_socket_listen(const char *path, int *out_fd, struct error *err)
{
    struct unix_socket_path opened = {.folder_fd = -1};
    if (!unix_socket_path_open(path, &opened, err))
        return false;
    bool is_listening = listen_at(&opened, out_fd);
    int failed = errno;
    unix_socket_path_close(&opened);
    return is_listening || error_set_errno(err, failed, "cannot listen on %s", path);
}

/* False with errno. */
static bool
listen_at(const struct unix_socket_path *path, int *out_fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat old;
    static_assert(sizeof(address.sun_path) == UNIX_SOCKET_MAX_PATH, "the kernel's bound");
    memcpy(address.sun_path, path->path, sizeof(address.sun_path));
    if (lstat(path->path, &old) == 0 && S_ISSOCK(old.st_mode))
        unlink(path->path);

    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    if (!bind_privately(fd, &address) || listen(fd, BACKLOG) != 0) {
        int failed = errno;
        close(fd);
        errno = failed;
        return false;
    }
    *out_fd = fd;
    return true;
}

static bool
bind_privately(int fd, const struct sockaddr_un *address)
{
    mode_t before = umask(0177);
    int bound = bind(fd, (const struct sockaddr *)address, sizeof(*address));
    int failed = errno;
    umask(before);
    errno = failed;
    return bound == 0;
}
