/* Lays rows out for a terminal and documents out for programs. Decides nothing about what is shown. */
#include "api/cli/table.h"

#include <stdio.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/document/json.h"
#include "lib/document/yaml.h"

const char *const output_formats[] = {"table", "json", "yaml", NULL};

void
table_init(struct table *table, struct arena *arena)
{
    *table = (struct table){.arena = arena};
}

void
table_add_column(struct table *table, const char *heading, bool right_aligned)
{
    table->headings[table->column_count] = text_of(heading);
    table->right_aligned[table->column_count++] = right_aligned;
}

struct text *
table_add_row(struct table *table)
{
    table->rows =
        arena_grow(table->arena, table->rows, table->row_count, &table->row_capacity, sizeof table->rows[0]);
    struct text *row = table->rows[table->row_count++];
    for (size_t i = 0; i < TABLE_MAX_COLUMNS; i++)
        row[i] = (struct text){0};
    return row;
}

const char *
upper_case(struct arena *arena, const char *words)
{
    char *copy = text_c_string(arena, text_of(words));
    for (char *letter = copy; *letter; letter++)
        *letter = (char)(*letter >= 'a' && *letter <= 'z' ? *letter - 'a' + 'A' : *letter);
    return copy;
}

/* UTF-8 characters, not bytes: continuation bytes take no room on a terminal. */
static size_t
width_of(struct text cell)
{
    size_t width = 0;
    for (size_t i = 0; i < cell.length; i++)
        width += ((unsigned char)cell.bytes[i] & 0xc0) != 0x80;
    return width;
}

static void
add_blanks(struct buffer *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_add_byte(out, ' ');
}

static void
print_row(const struct table *table, const struct text *cells, const size_t *widths, struct buffer *out)
{
    size_t owed = 0; /* blanks are written only when something follows them */
    for (size_t i = 0; i < table->column_count; i++) {
        size_t padding = widths[i] - width_of(cells[i]);
        if (table->right_aligned[i])
            owed += padding;
        if (!text_is_empty(cells[i])) {
            add_blanks(out, owed);
            buffer_add_text(out, cells[i]);
            owed = 0;
        }
        owed += 2 + (table->right_aligned[i] ? 0 : padding);
    }
    buffer_add_byte(out, '\n');
}

void
table_print(const struct table *table, struct buffer *out)
{
    size_t widths[TABLE_MAX_COLUMNS];
    for (size_t i = 0; i < table->column_count; i++) {
        widths[i] = width_of(table->headings[i]);
        for (size_t row = 0; row < table->row_count; row++) {
            size_t width = width_of(table->rows[row][i]);
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    print_row(table, table->headings, widths, out);
    for (size_t row = 0; row < table->row_count; row++)
        print_row(table, table->rows[row], widths, out);
}

void
output_text(const struct buffer *buffer)
{
    fwrite(buffer->bytes, 1, buffer->length, stdout);
}

void
output_document(struct arena *arena, struct text format, const struct document *document)
{
    struct buffer out;
    buffer_init(&out, arena, 4096);
    if (text_equals(format, TEXT("yaml")))
        yaml_print(document, &out);
    else
        json_print_pretty(document, &out);
    output_text(&out);
}

struct text
print_grouped(struct arena *arena, int64_t value)
{
    struct text digits = text_format(arena, "%lld", (long long)value);
    struct buffer out;
    buffer_init(&out, arena, digits.length * 2);
    for (size_t i = 0; i < digits.length; i++) {
        size_t left = digits.length - i;
        if (i > 0 && left % 3 == 0 && digits.bytes[i - 1] != '-')
            buffer_add_byte(&out, ',');
        buffer_add_byte(&out, digits.bytes[i]);
    }
    return buffer_text(&out);
}
