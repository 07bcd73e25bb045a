/* A batch's input from a URL, kept beside its output: a restart then reads the very lines that it has answers
 * for. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct loop;

struct batch_source {
    struct text url;
    struct text token_file; /* its content is sent as bearer token, to https:// only; empty: none */
    const char *copy;       /* where the file is kept; nothing is asked for when it is there */
};

/* Runs the loop until the copy is whole. Streams to disk. */
MUST_CHECK bool
batch_download(struct arena *arena, struct loop *loop, const struct batch_source *source, struct error *err);
