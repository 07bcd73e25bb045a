/* Texts are of callers' choosing and guarded; numbers and money are ours, with a minus before them too. */
#include "api/server/rest/rest_csv.h"

#include "api/types/usage_report.h"
#include "lib/base/buffer.h"
#include "lib/base/csv.h"

void
rest_csv_add_heading(struct buffer *out, const struct schema *schema)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        if (i > 0)
            buffer_add_byte(out, ',');
        buffer_add_text(out, schema->fields[i].key);
    }
    buffer_add_string(out, "\r\n");
}

void
rest_csv_add_row(struct buffer *out, const struct schema *schema, const struct document *encoded)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field *field = &schema->fields[i];
        const struct document *value = document_find(encoded, field->key);
        struct text cell = value ? document_text(value) : text_of(field->default_text);
        if (i > 0)
            buffer_add_byte(out, ',');
        if (document_kind(value) == DOCUMENT_BOOL)
            cell = document_bool(value) ? TEXT("true") : TEXT("false");
        if (field->kind == FIELD_TEXT && field->format != &text_format_money_change)
            csv_add_cell(out, cell);
        else
            csv_add_plain(out, cell);
    }
    buffer_add_string(out, "\r\n");
}
