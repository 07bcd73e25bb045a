/* Rows of text under headings, and the ways to print them: -o table|wide|json|yaml|name. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/text.h"

struct arena;
struct buffer;
struct document;

#define TABLE_MAX_COLUMNS 16

struct table {
    struct arena *arena;
    struct text headings[TABLE_MAX_COLUMNS];
    bool right_aligned[TABLE_MAX_COLUMNS];
    size_t column_count;
    struct text (*rows)[TABLE_MAX_COLUMNS];
    size_t row_count, row_capacity;
};

void table_init(struct table *table, struct arena *arena);
void table_add_column(struct table *table, const char *heading, bool right_aligned);
/* A new row of empty cells; the pointer is good until the next call. */
struct text *table_add_row(struct table *table);
/* ASCII letters in upper case: headings. */
const char *upper_case(struct arena *arena, const char *words);
/* Two blanks between columns, no blanks at line ends; columns measured in UTF-8 characters. */
void table_print(const struct table *table, struct buffer *out);

extern const char *const output_formats[]; /* table json yaml */
/* Prints a document as JSON or YAML on stdout. */
void output_document(struct arena *arena, struct text format, const struct document *document);
/* Prints what is in the buffer on stdout. */
void output_text(const struct buffer *buffer);
/* "1,234,567". */
struct text print_grouped(struct arena *arena, int64_t value);
