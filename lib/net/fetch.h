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

struct fetch_question {
    struct text path;   /* the target: "/v1/objects?kind=Workspace" */
    const char *method; /* NULL: GET */
    struct text body;   /* JSON that goes along; empty: none does */
    long timeout_ms;    /* 0: FETCH_TIMEOUT_MS */
};

/* Over a unix socket. Proxies and redirects are never used. UNAVAILABLE when nobody listens or
 * its time is up; any HTTP status is a success of this call. */
MUST_CHECK bool
fetch_unix(struct arena *arena, const char *socket_path, const struct fetch_question *question,
           struct fetch_reply *out_reply, struct error *err);

/* A server elsewhere, and who asks. */
struct fetch_place {
    struct text url;     /* "https://host:port", and nothing behind it: what is secret goes nowhere else */
    struct text token;   /* shown as "Authorization: Bearer ..."; empty: none. It is in no error */
    const char *ca_file; /* who signed its certificate (PEM); NULL: the system's authorities */
    struct text name;    /* whom the certificate must be for; empty: the URL's host */
};
/* Over TLS, as above: the server is always verified. INVALID when the place is none. */
MUST_CHECK bool
fetch_tls(struct arena *arena, const struct fetch_place *place, const struct fetch_question *question,
          struct fetch_reply *out_reply, struct error *err);
