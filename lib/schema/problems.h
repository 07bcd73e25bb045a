/* Everything that is wrong with a document, collected, not stopped at. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"
#include "lib/document/document.h"

struct buffer;

enum problem_level {
    PROBLEM_NOTICE, /* accepted, but does nothing here or yet: said, not refused */
    PROBLEM_ERROR,
};

struct problem {
    enum problem_level level;
    struct document_place place;
    struct text path;    /* spec.limits[0].requestsPerMinute */
    struct text message; /* "unknown field", "\"Fastest\" is not one of ..." */
    struct text hint;    /* "did you mean requestsPerMinute?", or empty */
    size_t width;        /* bytes to underline at the place */
};

struct problem_list {
    struct arena *arena;
    struct problem *items;
    size_t count, capacity;
    size_t error_count;
    size_t left_out; /* beyond PROBLEMS_MAX */
};

#define PROBLEMS_MAX 100

void problems_init(struct problem_list *problems, struct arena *arena);
/* An error at the node's place; the message is formatted into the list's arena. */
void problems_add(struct problem_list *problems, const struct document *at, struct text path,
                  const char *format, ...) PRINTF_LIKE(4, 5);
void problems_add_notice(struct problem_list *problems, const struct document *at, struct text path,
                         const char *format, ...) PRINTF_LIKE(4, 5);
/* The fully spelled form, for a place that is not a node's own (a key) and for hints. */
void problems_add_problem(struct problem_list *problems, const struct problem *problem);

/* Orders the problems from index `first` on by file, line and column; equal places keep their order. */
void problems_sort_from(struct problem_list *problems, size_t first);

/* "file:14:9: error: path: message" and, when the file's text is at hand, the line with carets and the hint
 * (UX.md "A wrong file"). source may be empty. */
void problem_print(const struct problem *problem, struct text source, struct buffer *out);
/* One line without the source, for conditions and logs. */
struct text problem_line(struct arena *arena, const struct problem *problem);
