/* Base URLs of upstreams, taken apart: http or https, host, port, path. No user, query or fragment. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct error;

struct upstream_url {
    bool is_tls;
    struct text host;      /* without the brackets of an IPv6 address */
    struct text authority; /* as Host carries it: without the scheme's default port */
    struct text path;      /* without a trailing slash: "" or "/v1" */
    int port;
};

/* The texts point into url. */
MUST_CHECK bool upstream_url_parse(struct text url, struct upstream_url *out_url, struct error *err);
