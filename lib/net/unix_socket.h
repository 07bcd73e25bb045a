/* Unix sockets that only their owner may use, at paths of any length.
 *
 * The kernel takes 107 bytes of path; a longer one is reached through a descriptor of its folder. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"

struct error;

#define UNIX_SOCKET_MAX_PATH 108

/* A path the kernel takes, good until unix_socket_path_close. */
struct unix_socket_path {
    char path[UNIX_SOCKET_MAX_PATH];
    int folder_fd; /* -1: not needed */
};

MUST_CHECK bool unix_socket_path_open(const char *path, struct unix_socket_path *out_path, struct error *err);
void unix_socket_path_close(struct unix_socket_path *path);

/* A non-blocking listening socket of mode 0600 at path; a socket that an earlier process left there is
 * replaced, anything else there is an error. */
MUST_CHECK bool unix_socket_listen(const char *path, int *out_fd, struct error *err);
