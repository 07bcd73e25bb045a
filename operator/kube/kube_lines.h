/* Cuts a watch's body into its lines, one event each, wherever the pieces are cut. Knows no JSON. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/base/text.h"

struct arena;

#define KUBE_LINE_MAX_BYTES (16u * 1024 * 1024)

struct kube_lines {
    struct arena *arena;   /* of its own: what a long line took is given back with the next */
    struct buffer partial; /* the beginning of a line whose end has not come */
    bool is_handed_out;    /* partial is what the caller holds */
};

enum kube_line {
    KUBE_LINE_WHOLE,
    KUBE_LINE_NEEDS_MORE, /* the piece is used up */
    KUBE_LINE_TOO_LONG,   /* over KUBE_LINE_MAX_BYTES: nothing of this stream can be used any more */
};

/* Ends with the arena. */
void kube_lines_init(struct kube_lines *lines, struct arena *arena);
/* For a new stream: forgets what was half received. */
void kube_lines_reset(struct kube_lines *lines);
/* Takes the next line off *piece, without its line end; it is valid until the next call. Empty lines are left
 * out, and so are chunk sizes (RFC 9112 7.1), which a proxy that encodes twice leaves between events. */
enum kube_line kube_lines_next(struct kube_lines *lines, struct text *piece, struct text *out_line);
