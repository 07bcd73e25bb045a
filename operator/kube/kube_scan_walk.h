/* For kube_scan.c: copies JSON without its blanks to up to two places at once. */
#pragma once

#include "lib/base/siphash.h"
#include "lib/document/json_lex.h"

enum kube_sink { KUBE_SINK_DIGEST = 1, KUBE_SINK_KEEP = 2 };

struct kube_walk {
    struct json_lex lex;
    struct siphash digest;
    char *kept; /* has room for the whole text */
    size_t kept_length;
};

/* sinks are KUBE_SINK_ bits, 0: none. */
void kube_walk_emit(struct kube_walk *walk, unsigned sinks, struct text bytes);
/* Stands at any value's first byte (or the end) and moves past it; depth is how many containers are open. */
MUST_CHECK bool kube_walk_value(struct kube_walk *walk, unsigned sinks, unsigned depth);
/* Stands where a key must be; moves past its colon and the blanks, to the value. */
MUST_CHECK bool kube_walk_key(struct json_lex *lex, struct text *out_key);
