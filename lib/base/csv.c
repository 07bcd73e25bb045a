/* What would end a cell is quoted; a quote is doubled. */
#include "lib/base/csv.h"

#include "lib/base/buffer.h"

static bool is_formula(struct text value);
static bool needs_quotes(struct text value);

void
csv_add_cell(struct buffer *out, struct text value)
{
    if (is_formula(value))
        value = text_format(out->arena, "'%.*s", TEXT_ARG(value));
    csv_add_plain(out, value);
}

void
csv_add_plain(struct buffer *out, struct text value)
{
    if (!needs_quotes(value)) {
        buffer_add_text(out, value);
        return;
    }
    buffer_add_byte(out, '"');
    for (size_t i = 0; i < value.length; i++) {
        if (value.bytes[i] == '"')
            buffer_add_byte(out, '"');
        buffer_add_byte(out, value.bytes[i]);
    }
    buffer_add_byte(out, '"');
}

static bool
is_formula(struct text value)
{
    return value.length > 0 && text_find_byte(TEXT("=+-@\t\r"), value.bytes[0]) >= 0;
}

static bool
needs_quotes(struct text value)
{
    return text_find_byte(value, ',') >= 0 || text_find_byte(value, '"') >= 0 ||
           text_find_byte(value, '\r') >= 0 || text_find_byte(value, '\n') >= 0;
}
