/* Listening on a unix socket that only its owner may use. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"

struct error;

/* A non-blocking listening socket of mode 0600 at path; a socket that an earlier process left there is
 * replaced, anything else there is an error. */
MUST_CHECK bool unix_socket_listen(const char *path, int *out_fd, struct error *err);
