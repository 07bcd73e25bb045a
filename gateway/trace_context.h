/* W3C trace context: which trace a call belongs to. Version 00, and the first four fields of later ones. */
#pragma once

#include <stdbool.h>

#include "lib/base/text.h"

struct arena;

#define TRACE_ID_DIGITS 32
#define TRACE_SPAN_DIGITS 16

struct trace_context {
    char trace_id[TRACE_ID_DIGITS];
    char parent_span[TRACE_SPAN_DIGITS]; /* the caller's span, when is_continued */
    bool is_continued;                   /* the client sent a good one */
    bool is_sampled;
};

/* What the client's traceparent says; anything invalid, or none, starts a new trace. */
struct trace_context trace_context_from(struct text traceparent);
/* "00-<trace>-<new span>-01" */
struct text trace_context_print(struct arena *arena, const struct trace_context *trace);
