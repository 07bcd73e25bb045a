/* Listening TCP sockets at an IP address. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct error;

/* A non-blocking listening socket with TCP_NODELAY, which accepted ones inherit. The address is an IPv4 or
 * IPv6 one, "::" takes both kinds; port 0: any. share_port: SO_REUSEPORT. */
MUST_CHECK bool
tcp_socket_listen(const char *address, int port, bool share_port, int *out_fd, struct error *err);
int tcp_socket_port(int fd);
/* Cuts "0.0.0.0:8443" or "[::]:8443" at its last colon; the host comes without brackets. */
MUST_CHECK bool tcp_socket_cut_port(struct text address, struct text *out_host, int *out_port);
