/* One blocking HTTP request, for command-line programs (libcurl). Never used on a loop. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

#define FETCH_MAX_BODY_BYTES (64u * 1024 * 1024)
#define FETCH_TIMEOUT_MS 5000L

struct fetch_reply {
    int status;
    struct text body;
};

/* GET over a unix socket: path is the target ("/v1/objects?kind=Workspace"). Proxies and redirects are never
 * used. UNAVAILABLE when nobody listens or FETCH_TIMEOUT_MS passed; any HTTP status is a success of this
 * call. */
MUST_CHECK bool fetch_get_unix(struct arena *arena, const char *socket_path, struct text path,
                               struct fetch_reply *out_reply, struct error *err);
